/* SPDX-License-Identifier: MIT */
#include "string_table.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "seed.h"

#define FIRST_STRINGS 256u
#define MAX_STRINGS (UINT32_C(1) << 30)

static uint32_t *
find_slot(const prof__string_table *table, const char *text)
{
    uint32_t at = prof__hash_bytes(table->seed, text, strlen(text)) & table->mask;
    while (table->slots[at] != 0 && strcmp(table->strings[table->slots[at] - 1], text) != 0) {
        at = (at + 1) & table->mask;
    }
    return &table->slots[at];
}

/* Makes room for `capacity` strings; on failure the table is as it was. */
static prof_status
resize(prof__string_table *table, uint32_t capacity)
{
    size_t slot_count = (size_t)capacity * 2;
    uint32_t *slots = calloc(slot_count, sizeof(*slots));
    const char **strings = calloc(capacity, sizeof(*strings));
    if (slots == NULL || strings == NULL) {
        free(slots);
        free(strings);
        return PROF_NO_MEMORY;
    }
    if (table->count > 0) {
        memcpy(strings, table->strings, table->count * sizeof(*strings));
    }
    prof__string_table_deinit(table);
    table->strings = strings;
    table->capacity = capacity;
    table->slots = slots;
    table->mask = (uint32_t)(slot_count - 1);
    for (uint32_t index = 0; index < table->count; index++) {
        *find_slot(table, strings[index]) = index + 1;
    }
    return PROF_OK;
}

prof_status
prof__string_table_init(prof__string_table *table)
{
    *table = (prof__string_table){.seed = prof__seed()};
    prof_status status = resize(table, FIRST_STRINGS);
    uint32_t zero;
    return status == PROF_OK ? prof__string_table_intern(table, "", &zero) : status;
}

void
prof__string_table_deinit(prof__string_table *table)
{
    free(table->strings);
    free(table->slots);
}

prof_status
prof__string_table_intern(prof__string_table *table, const char *text, uint32_t *index)
{
    uint32_t *slot = find_slot(table, text);
    if (*slot == 0) {
        if (table->count == table->capacity) {
            prof_status status =
                table->count >= MAX_STRINGS ? PROF_LIMIT : resize(table, table->capacity * 2);
            if (status != PROF_OK) {
                return status;
            }
            slot = find_slot(table, text);
        }
        table->strings[table->count] = text;
        *slot = ++table->count;
    }
    *index = *slot - 1;
    return PROF_OK;
}
