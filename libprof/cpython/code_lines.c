/* SPDX-License-Identifier: MIT */
/*
 * The table of locations of CPython 3.11 and newer (described in its Objects/locations.md, or InternalDocs):
 * one entry for each run of instructions. Its first byte has bit 7 set, four bits that say how the rest is to be
 * read, and three with the number of instructions, less one.
 */
#include "code_lines.h"

#define UNIT_BYTES 2 /* of an instruction */

enum {
    ONE_LINE_0 = 10, /* columns follow; the line is 0, 1 or 2 further on */
    ONE_LINE_2 = 12,
    NO_COLUMNS = 13, /* only the distance of the line follows */
    LONG = 14,       /* it follows first */
    NO_LOCATION = 15,
};

typedef struct table {
    const uint8_t *next;
    const uint8_t *end;
} table;

/* Six bits a byte, the lowest first; bit 6 says that there are more. The lowest bit of all is the sign. */
static int32_t
read_signed(table *from)
{
    uint32_t value = 0;
    uint32_t shift = 0;
    uint8_t byte = 0x40;
    while ((byte & 0x40) != 0 && from->next < from->end && shift < 32) {
        byte = *from->next++;
        value |= (uint32_t)(byte & 0x3F) << shift;
        shift += 6;
    }
    int32_t distance = (int32_t)(value >> 1);
    return (value & 1) != 0 ? -distance : distance;
}

/* How far the line of this entry is from the one before it. */
static int32_t
distance(table *from, int kind)
{
    if (kind >= ONE_LINE_0 && kind <= ONE_LINE_2) {
        return kind - ONE_LINE_0;
    }
    return kind == NO_COLUMNS || kind == LONG ? read_signed(from) : 0;
}

static void
skip_entry(table *from)
{
    while (from->next < from->end && (*from->next & 0x80) == 0) {
        from->next++;
    }
}

uint32_t
code_lines_at(const PyCodeObject *code, int32_t offset)
{
    const uint8_t *bytes = (const uint8_t *)PyBytes_AS_STRING(code->co_linetable);
    table from = {.next = bytes, .end = bytes + PyBytes_GET_SIZE(code->co_linetable)};
    int32_t first = code->co_firstlineno;
    int32_t line = first;
    for (int32_t begin = 0; offset >= 0 && from.next < from.end;) {
        uint8_t head = *from.next++;
        int kind = head >> 3 & 15;
        line += distance(&from, kind);
        begin += ((head & 7) + 1) * UNIT_BYTES;
        if (offset < begin) {
            first = kind == NO_LOCATION ? first : line;
            break;
        }
        skip_entry(&from);
    }
    return first < 0 ? 0 : (uint32_t)first;
}
