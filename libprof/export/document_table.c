/* SPDX-License-Identifier: MIT */
#include "document_table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

prof_status
prof__document_fail(char *error, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(error, PROF_ERROR_BYTES, format, arguments);
        va_end(arguments);
    }
    return PROF_FORMAT;
}

bool
prof__document_number(const cJSON *item, uint64_t limit, uint64_t *value)
{
    /* Written so that NaN fails too; limits are exact in a double. */
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= (double)limit)) {
        return false;
    }
    *value = (uint64_t)item->valuedouble;
    return (double)*value == item->valuedouble;
}

static prof_status
open_column(prof__table_reader *table, const cJSON *column)
{
    size_t index = 0;
    while (index < table->column_count && strcmp(column->string, table->keys[index]) != 0) {
        index++;
    }
    if (index == table->column_count) {
        return prof__document_fail(table->error, "%s has an unknown column", table->name);
    }
    if (table->present[index]) {
        return prof__document_fail(table->error, "%s.%s is there twice", table->name,
                                   table->keys[index]);
    }
    if (!cJSON_IsArray(column)) {
        return prof__document_fail(table->error, "%s.%s is not an array", table->name,
                                   table->keys[index]);
    }
    table->present[index] = true;
    table->cursors[index] = column->child;
    return PROF_OK;
}

/* Starts on row 0. */
static prof_status
open_table(prof__table_reader *table, const cJSON *object)
{
    if (!cJSON_IsObject(object)) {
        return prof__document_fail(table->error, "%s is not an object", table->name);
    }
    for (const cJSON *column = object->child; column != NULL; column = column->next) {
        prof_status status = open_column(table, column);
        if (status != PROF_OK) {
            return status;
        }
    }
    for (size_t index = 0; index < table->required_count; index++) {
        if (!table->present[index]) {
            return prof__document_fail(table->error, "%s.%s is missing", table->name,
                                       table->keys[index]);
        }
    }
    return PROF_OK;
}

static prof_status
has_row(const prof__table_reader *table, bool *there)
{
    bool first = table->cursors[0] != NULL;
    for (size_t index = 1; index < table->column_count; index++) {
        if (table->present[index] && (table->cursors[index] != NULL) != first) {
            return prof__document_fail(table->error, "%s.%s and %s.%s differ in length",
                                       table->name, table->keys[0], table->name,
                                       table->keys[index]);
        }
    }
    *there = first;
    return PROF_OK;
}

prof_status
prof__table_read(prof__table_reader *table, const cJSON *object, prof__read_row *read,
                 void *context)
{
    bool there = false;
    prof_status status = open_table(table, object);
    while (status == PROF_OK && (status = has_row(table, &there)) == PROF_OK && there) {
        status = read(context, table);
    }
    return status;
}

prof_status
prof__table_read_row(prof__table_reader *table, const uint64_t *limits, uint64_t *values)
{
    for (size_t index = 0; index < table->column_count; index++) {
        if (!table->present[index]) {
            values[index] = 0;
            continue;
        }
        if (!prof__document_number(table->cursors[index], limits[index], &values[index])) {
            return prof__document_fail(
                table->error, "%s.%s[%" PRIu32 "] is not a whole number from 0 to %" PRIu64,
                table->name, table->keys[index], table->row, limits[index]);
        }
        table->cursors[index] = table->cursors[index]->next;
    }
    table->row++;
    return PROF_OK;
}
