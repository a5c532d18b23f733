/* SPDX-License-Identifier: MIT */
/* Reading protobuf's wire format, independently of the writer. */
#ifndef PROF_TESTS_WIRE_H
#define PROF_TESTS_WIRE_H

#include "support/testing.h"

#include <stdbool.h>
#include <string.h>

/* Bytes not read yet. */
typedef struct wire {
    const unsigned char *at;
    const unsigned char *end;
} wire;

/* One field: a number, or bytes. */
typedef struct wire_field {
    uint32_t number;
    uint64_t value;
    wire bytes;
} wire_field;

static inline uint64_t
wire_varint(wire *input)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        assert_true(input->at < input->end && shift < 64);
        unsigned char byte = *input->at++;
        value |= (uint64_t)(byte & 0x7Fu) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
}

/* False at the end. */
static inline bool
wire_next(wire *input, wire_field *field)
{
    if (input->at == input->end) {
        return false;
    }
    uint64_t tag = wire_varint(input);
    *field = (wire_field){.number = (uint32_t)(tag >> 3)};
    if ((tag & 7) == 0) {
        field->value = wire_varint(input);
        return true;
    }
    assert_int_equal(tag & 7, 2);
    uint64_t length = wire_varint(input);
    assert_true(length <= (uint64_t)(input->end - input->at));
    field->bytes = (wire){.at = input->at, .end = input->at + length};
    input->at += length;
    return true;
}

/* The number in a field of a message; 0 when it has none. */
static inline uint64_t
wire_number(wire message, uint32_t number)
{
    wire_field field;
    while (wire_next(&message, &field)) {
        if (field.number == number) {
            return field.value;
        }
    }
    return 0;
}

/* The bytes in the `skip`th field of this number; it must be there. */
static inline wire
wire_bytes(wire message, uint32_t number, size_t skip)
{
    wire_field field;
    while (wire_next(&message, &field)) {
        if (field.number == number && skip-- == 0) {
            return field.bytes;
        }
    }
    fail_msg("no field %u", number);
    return message;
}

static inline bool
wire_is(wire bytes, const char *text)
{
    size_t length = (size_t)(bytes.end - bytes.at);
    return strlen(text) == length && memcmp(bytes.at, text, length) == 0;
}

#endif
