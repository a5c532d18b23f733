/* SPDX-License-Identifier: MIT */
#include "metadata.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* ---- characters that cJSON cannot hold ---------------------------------------------------------- */

/* The value of an escape `\uXXXX` at `text`, or -1 when there is none. */
static int32_t
escape_value(const char *text)
{
    if (text[0] != '\\' || text[1] != 'u') {
        return -1;
    }
    int32_t value = 0;
    for (int digit = 2; digit < 6; digit++) {
        char c = text[digit];
        int32_t nibble = c >= '0' && c <= '9'   ? c - '0'
                         : c >= 'a' && c <= 'f' ? c - 'a' + 10
                         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                : -1;
        if (nibble < 0) {
            return -1;
        }
        value = value << 4 | nibble;
    }
    return value;
}

static bool
is_surrogate(int32_t value, int32_t first)
{
    return value >= first && value < first + 0x400;
}

/*
 * Turns the escapes of NUL and of lone surrogates into those of U+FFFD. Python's json.dumps writes both:
 * a command line that was not UTF-8 is full of lone surrogates.
 */
static void
repair_escapes(char *text)
{
    while ((text = strchr(text, '\\')) != NULL) {
        int32_t value = escape_value(text);
        if (value < 0) {
            text += text[1] == '\0' ? 1 : 2;
            continue;
        }
        if (is_surrogate(value, 0xD800) && is_surrogate(escape_value(text + 6), 0xDC00)) {
            text += 12;
            continue;
        }
        if (value == 0 || is_surrogate(value, 0xD800) || is_surrogate(value, 0xDC00)) {
            memcpy(text + 2, "fffd", 4);
        }
        text += 6;
    }
}

/* ---- canonical form ----------------------------------------------------------------------------- */

typedef struct member {
    cJSON *item;
    size_t order;
} member;

static int
by_key(const void *left, const void *right)
{
    const member *a = left;
    const member *b = right;
    int order = strcmp(a->item->string, b->item->string);
    return order != 0 ? order : a->order < b->order ? -1 : 1;
}

/* Sorts the members of one object; of equal keys the last one stays. */
static prof_status
sort_members(cJSON *object)
{
    size_t count = (size_t)cJSON_GetArraySize(object);
    if (count < 2) {
        return PROF_OK;
    }
    member *members = malloc(count * sizeof(*members));
    if (members == NULL) {
        return PROF_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        members[i] =
            (member){.item = cJSON_DetachItemViaPointer(object, object->child), .order = i};
    }
    qsort(members, count, sizeof(*members), by_key);
    for (size_t i = 0; i < count; i++) {
        cJSON *item = members[i].item;
        if (i + 1 < count && strcmp(item->string, members[i + 1].item->string) == 0) {
            cJSON_Delete(item);
        } else {
            (void)cJSON_AddItemToArray(object, item); /* the item has its key already */
        }
    }
    free(members);
    return PROF_OK;
}

/* Recursion is bounded by PROF__MAX_METADATA_DEPTH. */
static prof_status
normalise(cJSON *value, int depth)
{
    if (depth > PROF__MAX_METADATA_DEPTH) {
        return PROF_LIMIT;
    }
    prof_status status = cJSON_IsObject(value) ? sort_members(value) : PROF_OK;
    cJSON *item = value->child;
    for (; item != NULL && status == PROF_OK; item = item->next) {
        status = normalise(item, depth + 1);
    }
    return status;
}

prof_status
prof__metadata_normalise(cJSON *object)
{
    return cJSON_IsObject(object) ? normalise(object, 1) : PROF_BAD_ARGUMENT;
}

/* ---- parsing, printing, comparing --------------------------------------------------------------- */

prof_status
prof__metadata_parse(const char *text, cJSON **object)
{
    if (strnlen(text, PROF__MAX_METADATA_BYTES + 1) > PROF__MAX_METADATA_BYTES) {
        return PROF_LIMIT;
    }
    char *copy = prof__utf8_strdup(text);
    if (copy == NULL) {
        return PROF_NO_MEMORY;
    }
    repair_escapes(copy);
    errno = 0; /* cJSON does not say why it failed; malloc does */
    cJSON *parsed = cJSON_ParseWithOpts(copy, NULL, true);
    bool no_memory = parsed == NULL && errno == ENOMEM;
    free(copy);
    if (parsed == NULL) {
        return no_memory ? PROF_NO_MEMORY : PROF_BAD_ARGUMENT;
    }
    prof_status status = prof__metadata_normalise(parsed);
    if (status != PROF_OK) {
        cJSON_Delete(parsed);
        return status;
    }
    *object = parsed;
    return PROF_OK;
}

char *
prof__metadata_print(const cJSON *object)
{
    return cJSON_PrintUnformatted(object);
}

/* Texts are compared and not values: a double read back from its text may differ in the last bit. */
static prof_status
same_text(const cJSON *a, const cJSON *b, bool *same)
{
    char *left = cJSON_PrintUnformatted(a);
    char *right = cJSON_PrintUnformatted(b);
    prof_status status = PROF_NO_MEMORY;
    if (left != NULL && right != NULL) {
        *same = strcmp(left, right) == 0;
        status = PROF_OK;
    }
    free(left);
    free(right);
    return status;
}

prof_status
prof__metadata_intersect(cJSON *object, const cJSON *other)
{
    const cJSON *candidate = other->child;
    cJSON *next = NULL;
    for (cJSON *item = object->child; item != NULL; item = next) {
        next = item->next;
        while (candidate != NULL && strcmp(candidate->string, item->string) < 0) {
            candidate = candidate->next;
        }
        bool same = false;
        if (candidate != NULL && strcmp(candidate->string, item->string) == 0) {
            prof_status status = same_text(item, candidate, &same);
            if (status != PROF_OK) {
                return status;
            }
        }
        if (!same) {
            cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
        }
    }
    return PROF_OK;
}
