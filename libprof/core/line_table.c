/* SPDX-License-Identifier: MIT */
#include "line_table.h"

#include "hash.h"
#include "large.h"
#include "profile.h"

#define FIRST_LINES 64u

void
prof__line_table_init(prof__line_table *table, uint32_t seed)
{
    *table = (prof__line_table){.seed = seed};
}

void
prof__line_table_deinit(prof__line_table *table)
{
    prof__large_free(table->rows);
    prof__large_free(table->slots.index);
    *table = (prof__line_table){.seed = table->seed};
}

/* The slot that holds this row, or the empty one where it belongs. */
static uint32_t *
line_slot(const prof__line_table *table, uint32_t frame, uint32_t line)
{
    const prof__slots *slots = &table->slots;
    uint32_t at = prof__hash_pair(frame ^ table->seed, line) & slots->mask;
    while (slots->index[at] != 0) {
        const prof_line *row = &table->rows[slots->index[at] - 1];
        if (row->frame == frame && row->line == line) {
            break;
        }
        at = (at + 1) & slots->mask;
    }
    return &slots->index[at];
}

static prof_status
make_first_rows(prof__line_table *table)
{
    table->rows = prof__slots_create(&table->slots, FIRST_LINES, sizeof(*table->rows));
    if (table->rows == NULL) {
        return PROF_NO_MEMORY;
    }
    table->capacity = FIRST_LINES;
    return PROF_OK;
}

static prof_status
reserve_row(prof__line_table *table)
{
    if (table->count < table->capacity) {
        return PROF_OK;
    }
    void *rows = table->rows;
    prof_status status =
        prof__slots_grow(&table->slots, &rows, &table->capacity, sizeof(*table->rows));
    if (status == PROF_OK) {
        table->rows = rows;
        for (uint32_t index = 0; index < table->count; index++) {
            const prof_line *row = &table->rows[index];
            *line_slot(table, row->frame, row->line) = index + 1;
        }
    }
    return status;
}

static prof_status
add_row(prof__line_table *table, uint32_t frame, uint32_t line, uint32_t *found)
{
    prof_status status = reserve_row(table);
    if (status == PROF_OK) {
        table->rows[table->count] = (prof_line){.frame = frame, .line = line};
        *found = ++table->count;
        *line_slot(table, frame, line) = *found;
    }
    return status;
}

prof_status
prof__line_table_add(prof__line_table *table, const prof_line *line)
{
    prof_status status = table->rows == NULL ? make_first_rows(table) : PROF_OK;
    if (status != PROF_OK) {
        return status;
    }
    uint32_t found = *line_slot(table, line->frame, line->line);
    if (found == 0) {
        status = add_row(table, line->frame, line->line, &found);
        if (status != PROF_OK) {
            return status;
        }
    }
    prof_line *row = &table->rows[found - 1];
    row->samples = prof__sum(row->samples, line->samples);
    row->self_wall_ns = prof__sum(row->self_wall_ns, line->self_wall_ns);
    row->self_cpu_ns = prof__sum(row->self_cpu_ns, line->self_cpu_ns);
    row->total_wall_ns = prof__sum(row->total_wall_ns, line->total_wall_ns);
    row->total_cpu_ns = prof__sum(row->total_cpu_ns, line->total_cpu_ns);
    return PROF_OK;
}

prof_line *
prof__line_table_take(prof__line_table *table, const uint32_t *number, uint32_t *count)
{
    prof_line *rows = table->rows;
    *count = 0;
    for (uint32_t index = 0; index < table->count; index++) {
        uint32_t frame = number[rows[index].frame];
        if (frame != 0) {
            rows[*count] = rows[index];
            rows[(*count)++].frame = frame;
        }
    }
    if (*count > 0) {
        table->rows = NULL;
    } else {
        rows = NULL;
    }
    prof__line_table_deinit(table);
    return rows;
}
