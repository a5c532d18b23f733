/* SPDX-License-Identifier: MIT */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 4096u
#define MAX_DIGITS 20u /* of UINT64_MAX */

void
prof__buffer_init(prof__buffer *buffer)
{
    *buffer = (prof__buffer){.status = PROF_OK};
}

void
prof__buffer_deinit(prof__buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (prof__buffer){.status = PROF_OK};
}

static prof_status
grow(prof__buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity == 0 ? FIRST_CAPACITY : buffer->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    char *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL) {
        return PROF_NO_MEMORY;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return PROF_OK;
}

/* Makes room for `length` more bytes; false after a failure. */
static bool
reserve(prof__buffer *buffer, size_t length)
{
    if (buffer->status == PROF_OK && length > PROF__MAX_EXPORT_BYTES - buffer->length) {
        buffer->status = PROF_LIMIT;
    }
    if (buffer->status == PROF_OK && buffer->length + length > buffer->capacity) {
        buffer->status = grow(buffer, buffer->length + length);
    }
    return buffer->status == PROF_OK;
}

void
prof__buffer_add(prof__buffer *buffer, const void *bytes, size_t length)
{
    if (length > 0 && reserve(buffer, length)) {
        memcpy(buffer->bytes + buffer->length, bytes, length);
        buffer->length += length;
    }
}

void
prof__buffer_text(prof__buffer *buffer, const char *text)
{
    prof__buffer_add(buffer, text, strlen(text));
}

void
prof__buffer_char(prof__buffer *buffer, char c)
{
    if (reserve(buffer, 1)) {
        buffer->bytes[buffer->length++] = c;
    }
}

void
prof__buffer_number(prof__buffer *buffer, uint64_t number)
{
    char digits[MAX_DIGITS];
    size_t first = MAX_DIGITS;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    prof__buffer_add(buffer, digits + first, MAX_DIGITS - first);
}

static void
add_control(prof__buffer *buffer, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    prof__buffer_add(buffer, escape, sizeof(escape));
}

void
prof__buffer_json(prof__buffer *buffer, const char *text)
{
    prof__buffer_char(buffer, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7F) {
            add_control(buffer, c);
        } else {
            if (c == '"' || c == '\\') {
                prof__buffer_char(buffer, '\\');
            }
            prof__buffer_char(buffer, *text);
        }
    }
    prof__buffer_char(buffer, '"');
}

prof_status
prof__buffer_finish(prof__buffer *buffer, prof_bytes *bytes)
{
    size_t length = buffer->length;
    prof__buffer_char(buffer, '\0');
    prof_status status = buffer->status;
    if (status == PROF_OK) {
        bytes->bytes = buffer->bytes;
        bytes->length = length;
        buffer->bytes = NULL;
    }
    prof__buffer_deinit(buffer);
    return status;
}
