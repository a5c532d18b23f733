/* SPDX-License-Identifier: MIT */
/* Numbers strings in the order in which they are met; number 0 is "". Strings are borrowed. */
#ifndef PROF_EXPORT_STRING_TABLE_H
#define PROF_EXPORT_STRING_TABLE_H

#include <prof/prof.h>

typedef struct prof__string_table {
    const char **strings;
    uint32_t count;
    uint32_t capacity;
    uint32_t *slots; /* open addressing, index + 1, at most half full */
    uint32_t mask;
    uint32_t seed;
} prof__string_table;

prof_status prof__string_table_init(prof__string_table *table);
void prof__string_table_deinit(prof__string_table *table); /* also after a failed init */

/* Finds or adds a string, which must live as long as the table. */
prof_status prof__string_table_intern(prof__string_table *table, const char *text, uint32_t *index);

#endif
