/* SPDX-License-Identifier: MIT */
/*
 * The document is hostile until proven otherwise: it may come from a file or a database that others can
 * write. cJSON sees to the grammar, the checks here to everything a profile promises, and the builder to
 * the rest, so a profile that was read is as good as one that was measured.
 */
#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "document_table.h"
#include "document_tree.h"
#include "json_check.h"
#include "metadata.h"
#include "timestamp.h"

#define MEMBER_ENUM(name) MEMBER_##name,
#define MEMBER_NAME(name) #name,

enum { PROF__MEMBER_MAP(MEMBER_ENUM) MEMBER_COUNT };

static const char *const member_names[] = {PROF__MEMBER_MAP(MEMBER_NAME)};

typedef struct reader {
    char *error;
    cJSON *members[MEMBER_COUNT];
} reader;

/* ---- members ------------------------------------------------------------------------------------ */

/* Unknown members are for the future: whoever adds one must not break this reader. */
static prof_status
collect_members(reader *self, const cJSON *root)
{
    if (!cJSON_IsObject(root)) {
        return prof__document_fail(self->error, "the document is not an object");
    }
    for (cJSON *item = root->child; item != NULL; item = item->next) {
        for (size_t i = 0; i < MEMBER_COUNT; i++) {
            if (strcmp(item->string, member_names[i]) != 0) {
                continue;
            }
            if (self->members[i] != NULL) {
                return prof__document_fail(self->error, "%s is there twice", member_names[i]);
            }
            self->members[i] = item;
        }
    }
    return PROF_OK;
}

static prof_status
read_text(const reader *self, int member, const char **text)
{
    if (!cJSON_IsString(self->members[member])) {
        return prof__document_fail(self->error, "%s is not a string", member_names[member]);
    }
    *text = self->members[member]->valuestring;
    return PROF_OK;
}

static prof_status
read_number(const reader *self, int member, uint64_t *number)
{
    if (!prof__document_number(self->members[member], PROF__MAX_VALUE, number)) {
        return prof__document_fail(self->error, "%s is not a whole number from 0 to %" PRIu64,
                                   member_names[member], PROF__MAX_VALUE);
    }
    return PROF_OK;
}

static bool
is_required(size_t member)
{
    return member != MEMBER_overhead_ns && member != MEMBER_lines && member != MEMBER_timeline;
}

/* Comes first: of a document of another version nothing else is known. */
static prof_status
check_schema(const reader *self)
{
    const cJSON *schema = self->members[MEMBER_schema];
    if (!cJSON_IsString(schema) || strcmp(schema->valuestring, PROF__SCHEMA) != 0) {
        return prof__document_fail(self->error, "schema is not %s", PROF__SCHEMA);
    }
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        if (self->members[i] == NULL && is_required(i)) {
            return prof__document_fail(self->error, "%s is missing", member_names[i]);
        }
    }
    return PROF_OK;
}

/* ---- summary ------------------------------------------------------------------------------------ */

/* Adds one member of "counters"; those of newer versions are left out. `seen` has a bit for each. */
static prof_status
read_counter(const reader *self, const cJSON *item, prof_counters *counters, uint32_t *seen)
{
    uint64_t *counter = NULL;
    uint32_t bit = 1;
#define FIND_COUNTER(name)                                                                         \
    if (counter == NULL) {                                                                         \
        if (strcmp(item->string, #name) == 0) {                                                    \
            counter = &counters->name;                                                             \
        } else {                                                                                   \
            bit <<= 1;                                                                             \
        }                                                                                          \
    }
    PROF_COUNTER_MAP(FIND_COUNTER)
#undef FIND_COUNTER
    if (counter == NULL) {
        return PROF_OK;
    }
    if ((*seen & bit) != 0) {
        return prof__document_fail(self->error, "counters.%s is there twice", item->string);
    }
    *seen |= bit;
    if (!prof__document_number(item, PROF__MAX_VALUE, counter)) {
        return prof__document_fail(self->error,
                                   "counters.%s is not a whole number from 0 to %" PRIu64,
                                   item->string, PROF__MAX_VALUE);
    }
    return PROF_OK;
}

static prof_status
read_counters(const reader *self, prof_counters *counters)
{
    const cJSON *object = self->members[MEMBER_counters];
    uint32_t seen = 0;
    if (!cJSON_IsObject(object)) {
        return prof__document_fail(self->error, "counters is not an object");
    }
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        prof_status status = read_counter(self, item, counters, &seen);
        if (status != PROF_OK) {
            return status;
        }
    }
    return PROF_OK;
}

/* The caller frees the text. */
static prof_status
read_metadata(const reader *self, char **text)
{
    prof_status status = prof__metadata_normalise(self->members[MEMBER_metadata]);
    if (status == PROF_BAD_ARGUMENT) {
        return prof__document_fail(self->error, "metadata is not an object");
    }
    if (status == PROF_LIMIT) {
        return prof__document_fail(self->error, "metadata is nested more than %d deep",
                                   PROF__MAX_METADATA_DEPTH);
    }
    if (status != PROF_OK) {
        return status;
    }
    char *printed = prof__metadata_print(self->members[MEMBER_metadata]);
    if (printed == NULL) {
        return PROF_NO_MEMORY;
    }
    if (strlen(printed) > PROF__MAX_METADATA_BYTES) {
        free(printed);
        return prof__document_fail(self->error, "metadata is longer than %u bytes",
                                   PROF__MAX_METADATA_BYTES);
    }
    *text = printed;
    return PROF_OK;
}

/* All but metadata. */
static prof_status
read_facts(const reader *self, prof_summary *summary)
{
    prof_status status = read_text(self, MEMBER_engine, &summary->engine);
    if (status == PROF_OK) {
        status = read_text(self, MEMBER_name, &summary->name);
    }
    if (status == PROF_OK) {
        status = read_text(self, MEMBER_started, &summary->started);
    }
    if (status == PROF_OK && summary->started[0] != '\0' &&
        !prof__timestamp_is_valid(summary->started)) {
        return prof__document_fail(self->error,
                                   "started is neither empty nor like 2026-11-24T10:00:00.000000Z");
    }
    if (status == PROF_OK) {
        status = read_number(self, MEMBER_wall_ns, &summary->wall_ns);
    }
    if (status == PROF_OK) {
        status = read_number(self, MEMBER_cpu_ns, &summary->cpu_ns);
    }
    if (status == PROF_OK && self->members[MEMBER_overhead_ns] != NULL) {
        status = read_number(self, MEMBER_overhead_ns, &summary->overhead_ns);
    }
    if (status == PROF_OK) {
        status = read_counters(self, &summary->counters);
    }
    return status;
}

static prof_status
read_summary(const reader *self, prof__builder *builder)
{
    prof_summary summary = {0};
    char *metadata = NULL;
    prof_status status = read_facts(self, &summary);
    if (status == PROF_OK) {
        status = read_metadata(self, &metadata);
    }
    if (status == PROF_OK) {
        summary.metadata = metadata;
        status = prof__builder_summary(builder, &summary);
    }
    free(metadata);
    return status;
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static prof_status
read_members(reader *self, prof__builder *builder)
{
    prof_status status = check_schema(self);
    if (status == PROF_OK) {
        status = read_summary(self, builder);
    }
    if (status == PROF_OK) {
        const prof__tree_members members = {
            .strings = self->members[MEMBER_strings],
            .frames = self->members[MEMBER_frames],
            .nodes = self->members[MEMBER_nodes],
            .lines = self->members[MEMBER_lines],
            .timeline = self->members[MEMBER_timeline],
        };
        status = prof__document_read_tree(&members, builder, self->error);
    }
    return status;
}

static prof_status
read_document(cJSON *root, prof_profile **profile, char *error)
{
    reader self = {.error = error};
    prof_status status = collect_members(&self, root);
    if (status != PROF_OK) {
        return status;
    }
    prof__builder *builder = prof__builder_create(0, 0);
    status = builder == NULL ? PROF_NO_MEMORY : read_members(&self, builder);
    if (status == PROF_OK) {
        status = prof__builder_finish(builder, profile);
    }
    prof__builder_destroy(builder);
    return status;
}

/*
 * cJSON gets a copy with a NUL behind it, and is told that the NUL belongs to the text: versions up to
 * 1.7.17 look one byte past the end of a text that is cut off.
 */
static prof_status
parse(const char *json, size_t length, cJSON **root, char *error)
{
    char *copy = malloc(length + 1);
    if (copy == NULL) {
        return PROF_NO_MEMORY;
    }
    memcpy(copy, json, length);
    copy[length] = '\0';
    const char *end = copy;
    errno = 0; /* cJSON does not say why it failed; malloc does */
    *root = cJSON_ParseWithLengthOpts(copy, length + 1, &end, true);
    prof_status status = PROF_OK;
    if (*root == NULL) {
        status = errno == ENOMEM ? PROF_NO_MEMORY
                                 : prof__document_fail(error, "not JSON, at byte %zu of %zu",
                                                       (size_t)(end - copy), length);
    }
    free(copy);
    return status;
}

prof_status
prof_document_read(const char *json, size_t length, prof_profile **profile, char *error)
{
    if (length > PROF_MAX_DOCUMENT_BYTES) {
        return prof__document_fail(error, "%zu bytes are more than the limit of %u", length,
                                   PROF_MAX_DOCUMENT_BYTES);
    }
    if (length == 0) {
        return prof__document_fail(error, "the document is empty");
    }
    size_t position;
    const char *problem = prof__json_check(json, length, PROF__MAX_DOCUMENT_VALUES, &position);
    if (problem != NULL) {
        return prof__document_fail(error, "not JSON, at byte %zu: %s", position, problem);
    }
    cJSON *root = NULL;
    prof_status status = parse(json, length, &root, error);
    if (status == PROF_OK) {
        status = read_document(root, profile, error);
    }
    cJSON_Delete(root);
    return status;
}
