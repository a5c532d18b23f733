/* SPDX-License-Identifier: MIT */
/*
 * The lines of a profile that is being built, found by frame and line. Most profiles have none: a table takes
 * no memory before its first row.
 */
#ifndef PROF_CORE_LINE_TABLE_H
#define PROF_CORE_LINE_TABLE_H

#include "slots.h"

typedef struct prof__line_table {
    prof_line *rows; /* in the order in which they were first added; NULL before the first */
    uint32_t count;
    uint32_t capacity;
    prof__slots slots;
    uint32_t seed;
} prof__line_table;

void prof__line_table_init(prof__line_table *table, uint32_t seed);
void prof__line_table_deinit(prof__line_table *table);

/* Adds the values to the row of this frame and line, which is made if need be. On failure all is as it was. */
prof_status prof__line_table_add(prof__line_table *table, const prof_line *line);

/*
 * Hands the rows over, to be freed with prof__large_free; NULL when there are none. `number` has the new
 * number of each frame; rows of frames with the number 0 are left out. The table is empty afterwards.
 */
prof_line *prof__line_table_take(prof__line_table *table, const uint32_t *number, uint32_t *count);

#endif
