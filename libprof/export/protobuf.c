/* SPDX-License-Identifier: MIT */
#include "protobuf.h"

#define TYPE_VARINT 0u
#define TYPE_BYTES 2u

static void
tag(prof__buffer *buffer, uint32_t field, uint32_t type)
{
    prof__protobuf_varint(buffer, (uint64_t)field << 3 | type);
}

void
prof__protobuf_varint(prof__buffer *buffer, uint64_t value)
{
    while (value >= 0x80) {
        prof__buffer_char(buffer, (char)(unsigned char)(value | 0x80));
        value >>= 7;
    }
    prof__buffer_char(buffer, (char)value);
}

void
prof__protobuf_number(prof__buffer *buffer, uint32_t field, uint64_t value)
{
    if (value != 0) {
        tag(buffer, field, TYPE_VARINT);
        prof__protobuf_varint(buffer, value);
    }
}

void
prof__protobuf_bytes(prof__buffer *buffer, uint32_t field, const void *bytes, size_t length)
{
    tag(buffer, field, TYPE_BYTES);
    prof__protobuf_varint(buffer, length);
    prof__buffer_add(buffer, bytes, length);
}

void
prof__protobuf_part(prof__buffer *buffer, uint32_t field, prof__buffer *part)
{
    if (part->status != PROF_OK) {
        buffer->status = part->status;
        return;
    }
    prof__protobuf_bytes(buffer, field, part->bytes, part->length);
    part->length = 0;
}
