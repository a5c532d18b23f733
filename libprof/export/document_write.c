/* SPDX-License-Identifier: MIT */
/*
 * cJSON builds and prints the document. Columns of numbers are printed here and handed to it as raw text:
 * it would take 64 bytes for each number and print large ones with an exponent.
 */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "document.h"
#include "metadata.h"
#include "profile.h"
#include "string_table.h"

/* Values that are not in columns: metadata (two bytes each at least) and the rest. */
#define OTHER_VALUES (PROF__MAX_METADATA_BYTES / 2 + 1024)

/* Adds an item under a constant key; takes the item, which is NULL when there was no memory for it. */
static prof_status
add_item(cJSON *object, const char *key, cJSON *item)
{
    if (item == NULL || !cJSON_AddItemToObjectCS(object, key, item)) {
        cJSON_Delete(item);
        return PROF_NO_MEMORY;
    }
    return PROF_OK;
}

static prof_status
add_text(cJSON *object, const char *key, const char *text)
{
    return add_item(object, key, cJSON_CreateString(text));
}

/* Adds what the buffer holds as it is; empties the buffer. */
static prof_status
add_raw(cJSON *object, const char *key, prof__buffer *buffer)
{
    prof_bytes raw;
    prof_status status = prof__buffer_finish(buffer, &raw);
    if (status == PROF_OK) {
        status = add_item(object, key, cJSON_CreateRaw(raw.bytes));
        free(raw.bytes);
    }
    return status;
}

static prof_status
add_number(cJSON *object, const char *key, uint64_t number)
{
    prof__buffer buffer;
    prof__buffer_init(&buffer);
    prof__buffer_number(&buffer, number);
    return add_raw(object, key, &buffer);
}

/* ---- columns ------------------------------------------------------------------------------------ */

/* Written as -1; no real value is that large. */
#define MINUS_ONE UINT64_MAX

/* A table of numbers, written row by row into one buffer for each column. */
typedef struct table {
    const char *const *keys;
    size_t column_count;
    prof__buffer columns[PROF__MAX_COLUMNS];
} table;

static void
init_table(table *rows, const char *const *keys, size_t column_count)
{
    *rows = (table){.keys = keys, .column_count = column_count};
    for (size_t i = 0; i < column_count; i++) {
        prof__buffer_init(&rows->columns[i]);
        prof__buffer_char(&rows->columns[i], '[');
    }
}

static void
add_row(table *rows, const uint64_t *values)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        prof__buffer *column = &rows->columns[i];
        if (column->length > 1) {
            prof__buffer_char(column, ',');
        }
        if (values[i] == MINUS_ONE) {
            prof__buffer_text(column, "-1");
        } else {
            prof__buffer_number(column, values[i]);
        }
    }
}

/* Adds the columns to an object under `key`; releases the table. */
static prof_status
finish_table(table *rows, cJSON *root, const char *key)
{
    cJSON *object = cJSON_CreateObject();
    prof_status status = object == NULL ? PROF_NO_MEMORY : PROF_OK;
    for (size_t i = 0; i < rows->column_count; i++) {
        prof__buffer *column = &rows->columns[i];
        prof__buffer_char(column, ']');
        if (status == PROF_OK) {
            status = add_raw(object, rows->keys[i], column);
        }
        prof__buffer_deinit(column);
    }
    if (status != PROF_OK) {
        cJSON_Delete(object);
        return status;
    }
    return add_item(root, key, object);
}

static prof_status
add_nodes(cJSON *root, const prof_profile *profile)
{
#define KEY(column, member) #column,
    static const char *const keys[] = {PROF__NODE_COLUMN_MAP(KEY)};
#undef KEY
    table rows;
    init_table(&rows, keys, PROF__NODE_COLUMNS);
    for (uint32_t i = 0; i < profile->node_count; i++) {
        const prof_node *node = &profile->nodes[i];
#define VALUE(column, member) node->member,
        uint64_t values[] = {PROF__NODE_COLUMN_MAP(VALUE)};
#undef VALUE
        if (i == 0) {
            values[0] = MINUS_ONE; /* the root's parent */
        }
        add_row(&rows, values);
    }
    return finish_table(&rows, root, "nodes");
}

/* Profiles without lines have no such member. */
static prof_status
add_lines(cJSON *root, const prof_profile *profile)
{
#define KEY(column, member) #column,
    static const char *const keys[] = {PROF__LINE_COLUMN_MAP(KEY)};
#undef KEY
    if (profile->line_count == 0) {
        return PROF_OK;
    }
    table rows;
    init_table(&rows, keys, PROF__LINE_COLUMNS);
    for (uint32_t i = 0; i < profile->line_count; i++) {
        const prof_line *line = &profile->lines[i];
#define VALUE(column, member) line->member,
        const uint64_t values[] = {PROF__LINE_COLUMN_MAP(VALUE)};
#undef VALUE
        add_row(&rows, values);
    }
    return finish_table(&rows, root, "lines");
}

/* Nor such without a timeline. */
static prof_status
add_timeline(cJSON *root, const prof_profile *profile)
{
#define KEY(column, member) #column,
    static const char *const keys[] = {PROF__SLICE_COLUMN_MAP(KEY)};
#undef KEY
    if (profile->slice_count == 0) {
        return PROF_OK;
    }
    table rows;
    init_table(&rows, keys, PROF__SLICE_COLUMNS);
    for (uint32_t i = 0; i < profile->slice_count; i++) {
        const prof_slice *slice = &profile->slices[i];
#define VALUE(column, member) slice->member,
        const uint64_t values[] = {PROF__SLICE_COLUMN_MAP(VALUE)};
#undef VALUE
        add_row(&rows, values);
    }
    return finish_table(&rows, root, "timeline");
}

/* ---- strings and frames ------------------------------------------------------------------------- */

static prof_status
intern_frame(prof__string_table *strings, const prof_frame *frame, table *rows)
{
    uint32_t name;
    uint32_t file;
    uint32_t kind;
    prof_status status = prof__string_table_intern(strings, frame->name, &name);
    if (status == PROF_OK) {
        status = prof__string_table_intern(strings, frame->file, &file);
    }
    if (status == PROF_OK) {
        status = prof__string_table_intern(strings, prof_kind_text(frame->kind), &kind);
    }
    if (status == PROF_OK) {
        add_row(rows, (const uint64_t[]){name, file, frame->line, kind});
    }
    return status;
}

static prof_status
add_strings(cJSON *root, const prof__string_table *strings)
{
    cJSON *array = cJSON_CreateArray();
    prof_status status = array == NULL ? PROF_NO_MEMORY : PROF_OK;
    for (uint32_t i = 0; i < strings->count && status == PROF_OK; i++) {
        cJSON *item = cJSON_CreateString(strings->strings[i]);
        if (item == NULL || !cJSON_AddItemToArray(array, item)) {
            cJSON_Delete(item);
            status = PROF_NO_MEMORY;
        }
    }
    if (status != PROF_OK) {
        cJSON_Delete(array);
        return status;
    }
    return add_item(root, "strings", array);
}

static prof_status
add_frames(cJSON *root, const prof_profile *profile)
{
#define KEY(column) #column,
    static const char *const keys[] = {PROF__FRAME_COLUMN_MAP(KEY)};
#undef KEY
    table rows;
    init_table(&rows, keys, PROF__FRAME_COLUMNS);
    prof__string_table strings;
    prof_status status = prof__string_table_init(&strings);
    for (uint32_t i = 0; i < profile->frame_count && status == PROF_OK; i++) {
        status = intern_frame(&strings, &profile->frames[i], &rows);
    }
    if (status == PROF_OK) {
        status = add_strings(root, &strings);
    }
    prof__string_table_deinit(&strings);
    prof_status finished = finish_table(&rows, root, "frames");
    return status == PROF_OK ? finished : status;
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static prof_status
add_counters(cJSON *root, const prof_counters *counters)
{
    cJSON *object = cJSON_CreateObject();
    prof_status status = object == NULL ? PROF_NO_MEMORY : PROF_OK;
#define ADD_COUNTER(name)                                                                          \
    if (status == PROF_OK) {                                                                       \
        status = add_number(object, #name, counters->name);                                        \
    }
    PROF_COUNTER_MAP(ADD_COUNTER)
#undef ADD_COUNTER
    if (status != PROF_OK) {
        cJSON_Delete(object);
        return status;
    }
    return add_item(root, "counters", object);
}

static prof_status
add_metadata(cJSON *root, const char *text)
{
    cJSON *object = NULL;
    prof_status status = prof__metadata_parse(text, &object);
    return status == PROF_OK ? add_item(root, "metadata", object) : status;
}

static prof_status
add_members(cJSON *root, const prof_profile *profile)
{
    prof_status status = add_text(root, "schema", PROF__SCHEMA);
#define THEN(call) status = status == PROF_OK ? (call) : status
    THEN(add_text(root, "engine", profile->engine));
    THEN(add_text(root, "name", profile->name));
    THEN(add_text(root, "started", profile->started));
    THEN(add_number(root, "wall_ns", profile->wall_ns));
    THEN(add_number(root, "cpu_ns", profile->cpu_ns));
    THEN(add_number(root, "overhead_ns", profile->overhead_ns));
    THEN(add_frames(root, profile));
    THEN(add_nodes(root, profile));
    THEN(add_lines(root, profile));
    THEN(add_timeline(root, profile));
    THEN(add_metadata(root, profile->metadata));
    THEN(add_counters(root, &profile->counters));
#undef THEN
    return status;
}

static prof_status
print(const cJSON *root, prof_bytes *document)
{
    char *text = cJSON_PrintUnformatted(root);
    if (text == NULL) {
        return PROF_NO_MEMORY;
    }
    size_t length = strlen(text);
    if (length > PROF_MAX_DOCUMENT_BYTES) {
        free(text);
        return PROF_LIMIT;
    }
    *document = (prof_bytes){.bytes = text, .length = length};
    return PROF_OK;
}

prof_status
prof_document_write(const prof_profile *profile, prof_bytes *document)
{
    /* Nothing is written that the reader would refuse; a frame has up to three strings of its own. */
    uint64_t values = (uint64_t)profile->node_count * PROF__NODE_COLUMNS +
                      (uint64_t)profile->line_count * PROF__LINE_COLUMNS +
                      (uint64_t)profile->slice_count * PROF__SLICE_COLUMNS +
                      (uint64_t)profile->frame_count * (PROF__FRAME_COLUMNS + 3) + OTHER_VALUES;
    if (values > PROF__MAX_DOCUMENT_VALUES) {
        return PROF_LIMIT;
    }
    cJSON *root = cJSON_CreateObject();
    prof_status status = root == NULL ? PROF_NO_MEMORY : add_members(root, profile);
    if (status == PROF_OK) {
        status = print(root, document);
    }
    cJSON_Delete(root);
    return status;
}
