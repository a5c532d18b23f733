/* SPDX-License-Identifier: MIT */
#include "document_samples.h"

#include <inttypes.h>

#include "document_table.h"

/* ---- lines -------------------------------------------------------------------------------------- */

#define LINE_ENUM(column, member) LINE_##column,
enum { PROF__LINE_COLUMN_MAP(LINE_ENUM) };
#undef LINE_ENUM

typedef struct line_reader {
    const uint32_t *frames; /* the document's frame -> the builder's */
    uint32_t frame_count;
    prof__builder *builder;
} line_reader;

static prof_status
add_line(const line_reader *self, const prof__table_reader *table, uint32_t row,
         const uint64_t *values)
{
    const prof_line line = {
        .frame = self->frames[values[LINE_frame]],
        .line = (uint32_t)values[LINE_line],
        .samples = values[LINE_samples],
        .self_wall_ns = values[LINE_self_wall],
        .self_cpu_ns = values[LINE_self_cpu],
        .total_wall_ns = values[LINE_total_wall],
        .total_cpu_ns = values[LINE_total_cpu],
    };
    if (line.frame == 0) {
        return prof__document_fail(table->error, "lines.frame[%" PRIu32 "] is the root frame", row);
    }
    prof_status status = prof__builder_line(self->builder, &line);
    if (status == PROF_OK && prof__builder_line_count(self->builder) == row) {
        return prof__document_fail(table->error, "lines[%" PRIu32 "] repeats an earlier line", row);
    }
    return status;
}

static prof_status
read_line(void *context, prof__table_reader *table)
{
    const line_reader *self = context;
    uint64_t limits[PROF__LINE_COLUMNS];
    for (size_t i = 0; i < PROF__LINE_COLUMNS; i++) {
        limits[i] = PROF__MAX_VALUE;
    }
    limits[LINE_frame] = self->frame_count - 1;
    limits[LINE_line] = UINT32_MAX;
    uint32_t row = table->row;
    uint64_t values[PROF__LINE_COLUMNS];
    prof_status status = prof__table_read_row(table, limits, values);
    return status == PROF_OK ? add_line(self, table, row, values) : status;
}

prof_status
prof__document_read_lines(const cJSON *lines, const uint32_t *frames, uint32_t frame_count,
                          prof__builder *builder, char *error)
{
    static const char *const keys[] = {
#define KEY(column, member) #column,
        PROF__LINE_COLUMN_MAP(KEY)
#undef KEY
    };
    prof__table_reader table = {
        .name = "lines",
        .keys = keys,
        .column_count = PROF__LINE_COLUMNS,
        .required_count = PROF__LINE_COLUMNS,
        .error = error,
    };
    line_reader reader = {.frames = frames, .frame_count = frame_count, .builder = builder};
    return prof__table_read(&table, lines, read_line, &reader);
}

/* ---- timeline ----------------------------------------------------------------------------------- */

#define SLICE_ENUM(column, member) SLICE_##column,
enum { PROF__SLICE_COLUMN_MAP(SLICE_ENUM) };
#undef SLICE_ENUM

/* The builder would put two slices of one node together: a document that has them was not written by us. */
static prof_status
add_slice(prof__builder *builder, const prof__table_reader *table, uint32_t row,
          const uint64_t *values)
{
    const prof_slice slice = {
        .track = (uint32_t)values[SLICE_track],
        .node = (uint32_t)values[SLICE_node],
        .wall_ns = values[SLICE_wall],
    };
    if (slice.wall_ns == 0) {
        return prof__document_fail(table->error, "timeline.wall[%" PRIu32 "] is 0", row);
    }
    prof_status status = prof__builder_slice(builder, &slice);
    if (status == PROF_BAD_ARGUMENT) {
        return prof__document_fail(
            table->error, "timeline.track[%" PRIu32 "] is below that of the row above", row);
    }
    if (status == PROF_OK && prof__builder_slice_count(builder) == row) {
        return prof__document_fail(table->error, "timeline[%" PRIu32 "] goes on with the same node",
                                   row);
    }
    return status;
}

static prof_status
read_slice(void *context, prof__table_reader *table)
{
    prof__builder *builder = context;
    const uint64_t limits[] = {
        [SLICE_track] = UINT32_MAX,
        [SLICE_node] = prof__builder_node_count(builder) - 1,
        [SLICE_wall] = PROF__MAX_VALUE,
    };
    uint32_t row = table->row;
    uint64_t values[PROF__SLICE_COLUMNS];
    prof_status status = prof__table_read_row(table, limits, values);
    return status == PROF_OK ? add_slice(builder, table, row, values) : status;
}

prof_status
prof__document_read_timeline(const cJSON *timeline, prof__builder *builder, char *error)
{
    static const char *const keys[] = {
#define KEY(column, member) #column,
        PROF__SLICE_COLUMN_MAP(KEY)
#undef KEY
    };
    prof__table_reader table = {
        .name = "timeline",
        .keys = keys,
        .column_count = PROF__SLICE_COLUMNS,
        .required_count = PROF__SLICE_COLUMNS,
        .error = error,
    };
    return prof__table_read(&table, timeline, read_slice, builder);
}
