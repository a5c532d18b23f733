/* SPDX-License-Identifier: MIT */
#include "json_check.h"

#include <string.h>

#include "utf8.h"

#define NUL_ESCAPE "\\u0000"

/* The end of the string whose opening quote is at `at`: its closing quote, or `length`. */
static const char *
check_string(const char *json, size_t length, size_t *at)
{
    for ((*at)++; *at < length && json[*at] != '"'; (*at)++) {
        if ((unsigned char)json[*at] < 0x20) {
            return "a control character in a string";
        }
        if (json[*at] == '\\') {
            if (length - *at >= strlen(NUL_ESCAPE) &&
                memcmp(json + *at, NUL_ESCAPE, strlen(NUL_ESCAPE)) == 0) {
                return "a NUL in a string";
            }
            (*at)++; /* what is escaped may be a quote */
        }
    }
    return NULL;
}

/* Control characters that JSON allows between values. */
static bool
is_blank(char c)
{
    return c == '\t' || c == '\n' || c == '\r';
}

static const char *
check_values(const char *json, size_t length, size_t max_values, size_t *at)
{
    size_t values = 1;
    for (*at = 0; *at < length; (*at)++) {
        char c = json[*at];
        if (c == '"') {
            const char *problem = check_string(json, length, at);
            if (problem != NULL) {
                return problem;
            }
        } else if (c == ',' || c == '[' || c == '{') {
            if (++values > max_values) {
                return "too many values";
            }
        } else if ((unsigned char)c < 0x20 && !is_blank(c)) {
            return "a control character";
        }
    }
    return NULL;
}

const char *
prof__json_check(const char *json, size_t length, size_t max_values, size_t *position)
{
    *position = prof__utf8_valid(json, length);
    return *position < length ? "invalid UTF-8" : check_values(json, length, max_values, position);
}
