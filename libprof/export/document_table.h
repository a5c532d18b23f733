/* SPDX-License-Identifier: MIT */
/*
 * Reading a table of the document: an object of number arrays of equal length. cJSON keeps an array as a
 * linked list, so the columns are walked side by side and never indexed.
 */
#ifndef PROF_EXPORT_DOCUMENT_TABLE_H
#define PROF_EXPORT_DOCUMENT_TABLE_H

#include <cjson/cJSON.h>

#include "document.h"

/* Writes one line to `error` (NULL is allowed) and gives PROF_FORMAT. */
prof_status prof__document_fail(char *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether the item is a whole number from 0 to `limit`. */
bool prof__document_number(const cJSON *item, uint64_t limit, uint64_t *value);

typedef struct prof__table_reader {
    const char *name;
    const char *const *keys;
    size_t column_count;
    size_t required_count; /* the columns behind these may be missing: they are zero then */
    char *error;
    uint32_t row; /* the row the cursors are on */
    bool present[PROF__MAX_COLUMNS];
    const cJSON *cursors[PROF__MAX_COLUMNS]; /* NULL past the last row */
} prof__table_reader;

/* Reads the current row with prof__table_read_row, and does with it what it is for. */
typedef prof_status prof__read_row(void *context, prof__table_reader *table);

/*
 * Reads all rows, up to the first failure. `name`, `keys`, both counts and `error` of the table must be set. PROF_FORMAT
 * when columns are missing, unknown, there twice, no arrays, or differ in length.
 */
prof_status prof__table_read(prof__table_reader *table, const cJSON *object, prof__read_row *read,
                             void *context);

/* Reads the current row, whose values must not be above `limits`, and goes to the next. */
prof_status prof__table_read_row(prof__table_reader *table, const uint64_t *limits,
                                 uint64_t *values);

#endif
