/* SPDX-License-Identifier: MIT */
#include "utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"
#define REPLACEMENT_LENGTH 3u

/* How many bytes follow a first byte, and where the second byte must lie (it excludes the odd forms). */
typedef struct shape {
    unsigned char first_low, first_high, tail, second_low, second_high;
} shape;

/* Table 3-7 of the Unicode standard: well-formed byte sequences. */
static const shape shapes[] = {
    {0x00, 0x7F, 0, 0x80, 0xBF}, {0xC2, 0xDF, 1, 0x80, 0xBF}, {0xE0, 0xE0, 2, 0xA0, 0xBF},
    {0xE1, 0xEC, 2, 0x80, 0xBF}, {0xED, 0xED, 2, 0x80, 0x9F}, {0xEE, 0xEF, 2, 0x80, 0xBF},
    {0xF0, 0xF0, 3, 0x90, 0xBF}, {0xF1, 0xF3, 3, 0x80, 0xBF}, {0xF4, 0xF4, 3, 0x80, 0x8F},
};

static const shape *
find_shape(unsigned char first)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (first >= shapes[i].first_low && first <= shapes[i].first_high) {
            return &shapes[i];
        }
    }
    return NULL;
}

/* The length of the character that `bytes` begins with; 0 when it is none. */
static size_t
character(const unsigned char *bytes, size_t length)
{
    if (bytes[0] < 0x80) {
        return 1;
    }
    const shape *form = find_shape(bytes[0]);
    if (form == NULL || form->tail >= length || bytes[1] < form->second_low ||
        bytes[1] > form->second_high) {
        return 0;
    }
    for (size_t i = 2; i <= form->tail; i++) {
        if ((bytes[i] & 0xC0u) != 0x80u) {
            return 0;
        }
    }
    return form->tail + 1u;
}

#define WORD_OF_HIGH_BITS UINT64_C(0x8080808080808080)

/* How many bytes of ASCII these begin with, in whole words: most texts are nothing else. */
static size_t
ascii_words(const char *bytes, size_t length)
{
    size_t at = 0;
    for (uint64_t word; at + sizeof(word) <= length; at += sizeof(word)) {
        memcpy(&word, bytes + at, sizeof(word));
        if ((word & WORD_OF_HIGH_BITS) != 0) {
            break;
        }
    }
    return at;
}

size_t
prof__utf8_valid(const char *bytes, size_t length)
{
    size_t at = ascii_words(bytes, length);
    while (at < length) {
        size_t step = character((const unsigned char *)bytes + at, length - at);
        if (step == 0) {
            break;
        }
        at += step;
    }
    return at;
}

size_t
prof__utf8_repaired_length(const char *bytes, size_t length)
{
    size_t result = length;
    for (size_t at = 0; at < length; at++) {
        at += prof__utf8_valid(bytes + at, length - at);
        if (at < length) {
            result += REPLACEMENT_LENGTH - 1;
        }
    }
    return result;
}

char *
prof__utf8_repair(char *copy, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        size_t valid = prof__utf8_valid(bytes + at, length - at);
        memcpy(copy, bytes + at, valid);
        copy += valid;
        at += valid;
        if (at < length) {
            memcpy(copy, REPLACEMENT, REPLACEMENT_LENGTH);
            copy += REPLACEMENT_LENGTH;
        }
    }
    return copy;
}

char *
prof__utf8_strdup(const char *text)
{
    size_t length = strlen(text);
    char *copy = malloc(prof__utf8_repaired_length(text, length) + 1);
    if (copy != NULL) {
        *prof__utf8_repair(copy, text, length) = '\0';
    }
    return copy;
}
