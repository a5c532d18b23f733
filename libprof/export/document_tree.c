/* SPDX-License-Identifier: MIT */
#include "document_tree.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "document_samples.h"
#include "document_table.h"

typedef struct reader {
    char *error;
    prof__builder *builder;
    const char **strings; /* of the document, borrowed from cJSON */
    uint32_t string_count;
    uint32_t *frames; /* the document's frame -> the builder's */
    uint32_t frame_count;
    bool root_seen; /* among the frames */
} reader;

/* ---- strings and frames ------------------------------------------------------------------------- */

static prof_status
read_strings(reader *self, const cJSON *array)
{
    if (!cJSON_IsArray(array)) {
        return prof__document_fail(self->error, "strings is not an array");
    }
    size_t count = (size_t)cJSON_GetArraySize(array);
    self->strings = calloc(count + 1, sizeof(*self->strings));
    if (self->strings == NULL) {
        return PROF_NO_MEMORY;
    }
    for (const cJSON *item = array->child; item != NULL; item = item->next) {
        if (!cJSON_IsString(item)) {
            return prof__document_fail(self->error, "strings[%" PRIu32 "] is not a string",
                                       self->string_count);
        }
        self->strings[self->string_count++] = item->valuestring;
    }
    return PROF_OK;
}

/* Adds the frame of one row and remembers its number. */
static prof_status
add_frame(reader *self, const uint64_t *values)
{
    prof_frame frame = {
        .name = self->strings[values[0]],
        .file = self->strings[values[1]],
        .line = (uint32_t)values[2],
    };
    if (prof_kind_parse(self->strings[values[3]], &frame.kind) != PROF_OK) {
        return prof__document_fail(
            self->error, "frames.kind[%" PRIu32 "] is not the name of a kind", self->frame_count);
    }
    uint32_t count = prof__builder_frame_count(self->builder);
    uint32_t index;
    prof_status status = prof__builder_frame(self->builder, &frame, &index);
    if (status != PROF_OK) {
        return status;
    }
    bool repeated = index == 0 ? self->root_seen : index < count;
    if (repeated) {
        return prof__document_fail(self->error, "frames[%" PRIu32 "] repeats an earlier frame",
                                   self->frame_count);
    }
    self->root_seen = self->root_seen || index == 0;
    self->frames[self->frame_count++] = index;
    return PROF_OK;
}

static prof_status
read_frame(void *context, prof__table_reader *table)
{
    reader *self = context;
    if (self->string_count == 0) {
        return prof__document_fail(self->error, "strings is empty");
    }
    const uint64_t last = self->string_count - 1;
    const uint64_t limits[] = {last, last, UINT32_MAX, last};
    uint64_t values[PROF__FRAME_COLUMNS];
    prof_status status = prof__table_read_row(table, limits, values);
    return status == PROF_OK ? add_frame(self, values) : status;
}

/* How many rows a table can have: as many as its first column has items. */
static size_t
row_bound(const cJSON *table)
{
    bool has_columns = cJSON_IsObject(table) && table->child != NULL;
    return has_columns ? (size_t)cJSON_GetArraySize(table->child) : 0;
}

static prof_status
read_frames(reader *self, const cJSON *frames)
{
    static const char *const keys[] = {
#define KEY(column) #column,
        PROF__FRAME_COLUMN_MAP(KEY)
#undef KEY
    };
    prof__table_reader table = {
        .name = "frames",
        .keys = keys,
        .column_count = PROF__FRAME_COLUMNS,
        .required_count = PROF__FRAME_COLUMNS,
        .error = self->error,
    };
    self->frames = calloc(row_bound(frames) + 1, sizeof(*self->frames));
    if (self->frames == NULL) {
        return PROF_NO_MEMORY;
    }
    prof_status status = prof__table_read(&table, frames, read_frame, self);
    if (status == PROF_OK &&
        self->frame_count == 0) { /* others refer to frames up to the last one */
        return prof__document_fail(self->error, "frames is empty");
    }
    return status;
}

/* ---- nodes -------------------------------------------------------------------------------------- */

enum { PARENT, FRAME, CALLS, SELF_WALL, SELF_CPU, AWAIT, SAMPLES, OVERHEAD };

/* Row 0 has the parent -1, which no other row may have; it is read as 0. */
static prof_status
read_node_values(prof__table_reader *table, uint64_t frame_count, uint64_t *values)
{
    static const cJSON no_parent = {.type = cJSON_Number};
    uint64_t limits[PROF__NODE_COLUMNS];
    for (size_t i = 0; i < PROF__NODE_COLUMNS; i++) {
        limits[i] = PROF__MAX_VALUE;
    }
    limits[PARENT] = table->row == 0 ? 0 : table->row - 1;
    limits[FRAME] = frame_count - 1;
    if (table->row > 0) {
        return prof__table_read_row(table, limits, values);
    }
    const cJSON *parent = table->cursors[PARENT];
    if (!cJSON_IsNumber(parent) || parent->valuedouble != -1) {
        return prof__document_fail(table->error, "nodes.parent[0] is not -1");
    }
    table->cursors[PARENT] = &no_parent;
    prof_status status = prof__table_read_row(table, limits, values);
    table->cursors[PARENT] = parent->next;
    return status;
}

static prof_status
add_node(reader *self, uint32_t row, const uint64_t *values)
{
    uint32_t frame = self->frames[values[FRAME]];
    uint32_t index = 0;
    if ((row == 0) != (frame == 0)) {
        return prof__document_fail(self->error, "nodes.frame[%" PRIu32 "] is %s", row,
                                   row == 0 ? "not the root frame" : "the root frame");
    }
    if (row > 0) {
        prof_status status =
            prof__builder_child(self->builder, (uint32_t)values[PARENT], frame, &index);
        if (status != PROF_OK) {
            return status;
        }
    }
    if (index != row) { /* the builder numbers new nodes as the document does */
        return prof__document_fail(self->error, "nodes[%" PRIu32 "] repeats its sibling %" PRIu32,
                                   row, index);
    }
    prof_node node = {
        .calls = values[CALLS],
        .self_wall_ns = values[SELF_WALL],
        .self_cpu_ns = values[SELF_CPU],
        .await_ns = values[AWAIT],
        .samples = values[SAMPLES],
        .overhead_ns = values[OVERHEAD],
    };
    prof__builder_add(self->builder, index, &node);
    return PROF_OK;
}

static prof_status
read_node(void *context, prof__table_reader *table)
{
    reader *self = context;
    uint32_t row = table->row;
    uint64_t values[PROF__NODE_COLUMNS];
    prof_status status = read_node_values(table, self->frame_count, values);
    return status == PROF_OK ? add_node(self, row, values) : status;
}

static prof_status
read_nodes(reader *self, const cJSON *nodes)
{
    static const char *const keys[] = {
#define KEY(column, member) #column,
        PROF__NODE_COLUMN_MAP(KEY)
#undef KEY
    };
    prof__table_reader table = {
        .name = "nodes",
        .keys = keys,
        .column_count = PROF__NODE_COLUMNS,
        .required_count = PROF__NODE_COLUMNS_REQUIRED,
        .error = self->error,
    };
    prof_status status = prof__table_read(&table, nodes, read_node, self);
    if (status == PROF_OK && table.row == 0) {
        return prof__document_fail(self->error, "nodes is empty");
    }
    return status;
}

/* ---- the whole ---------------------------------------------------------------------------------- */

prof_status
prof__document_read_tree(const prof__tree_members *members, prof__builder *builder, char *error)
{
    reader self = {.error = error, .builder = builder};
    prof_status status = read_strings(&self, members->strings);
    if (status == PROF_OK) {
        status = read_frames(&self, members->frames);
    }
    if (status == PROF_OK) {
        status = read_nodes(&self, members->nodes);
    }
    if (status == PROF_OK && members->lines != NULL) {
        status = prof__document_read_lines(members->lines, self.frames, self.frame_count, builder,
                                           error);
    }
    if (status == PROF_OK && members->timeline != NULL) {
        status = prof__document_read_timeline(members->timeline, builder, error);
    }
    free(self.strings);
    free(self.frames);
    return status;
}
