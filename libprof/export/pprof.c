/* SPDX-License-Identifier: MIT */
/*
 * pprof's profile.proto, not compressed (readers accept that; the Python side compresses). Each frame is
 * one function and one location with the same id; each node that has a value is one sample.
 */
#include <string.h>

#include "exporters.h"
#include "paths.h"
#include "protobuf.h"
#include "string_table.h"
#include "timestamp.h"

/* Field numbers of profile.proto. */
enum {
    PROFILE_SAMPLE_TYPE = 1,
    PROFILE_SAMPLE = 2,
    PROFILE_LOCATION = 4,
    PROFILE_FUNCTION = 5,
    PROFILE_STRING_TABLE = 6,
    PROFILE_TIME_NANOS = 9,
    PROFILE_DURATION_NANOS = 10,
    PROFILE_COMMENT = 13,
    PROFILE_DEFAULT_SAMPLE_TYPE = 14,
    VALUE_TYPE_TYPE = 1,
    VALUE_TYPE_UNIT = 2,
    SAMPLE_LOCATION_ID = 1,
    SAMPLE_VALUE = 2,
    LOCATION_ID = 1,
    LOCATION_LINE = 4,
    LINE_FUNCTION_ID = 1,
    LINE_LINE = 2,
    FUNCTION_ID = 1,
    FUNCTION_NAME = 2,
    FUNCTION_FILENAME = 4,
    FUNCTION_START_LINE = 5,
};

typedef struct writer {
    prof__buffer *out;
    prof__buffer part;   /* a message inside the profile */
    prof__buffer packed; /* numbers or a message inside a part */
    prof__string_table strings;
    prof_status status;
} writer;

/* Zero after a failure, which `status` keeps. */
static uint32_t
intern(writer *self, const char *text)
{
    uint32_t index = 0;
    if (self->status == PROF_OK) {
        self->status = prof__string_table_intern(&self->strings, text, &index);
    }
    return index;
}

static void
write_sample_type(writer *self, const char *type, const char *unit)
{
    prof__protobuf_number(&self->part, VALUE_TYPE_TYPE, intern(self, type));
    prof__protobuf_number(&self->part, VALUE_TYPE_UNIT, intern(self, unit));
    prof__protobuf_part(self->out, PROFILE_SAMPLE_TYPE, &self->part);
}

static void
write_sample(writer *self, const prof__paths *paths)
{
    const prof_node *node = paths->node;
    for (uint32_t i = paths->length; i > 0; i--) { /* leaf first */
        prof__protobuf_varint(&self->packed, (uint64_t)paths->frames[i - 1] + 1);
    }
    prof__protobuf_part(&self->part, SAMPLE_LOCATION_ID, &self->packed);
    prof__protobuf_varint(&self->packed, node->calls);
    prof__protobuf_varint(&self->packed, node->self_wall_ns);
    prof__protobuf_varint(&self->packed, node->self_cpu_ns);
    prof__protobuf_part(&self->part, SAMPLE_VALUE, &self->packed);
    prof__protobuf_part(self->out, PROFILE_SAMPLE, &self->part);
}

static prof_status
write_samples(writer *self, const prof_profile *profile)
{
    prof__paths paths;
    prof_status status = prof__paths_init(&paths, profile);
    while (status == PROF_OK && prof__paths_next(&paths)) {
        const prof_node *node = paths.node;
        if ((node->calls | node->self_wall_ns | node->self_cpu_ns) != 0) {
            write_sample(self, &paths);
        }
    }
    prof__paths_deinit(&paths);
    return status;
}

static void
write_location(writer *self, const prof_frame *frame, uint64_t id)
{
    prof__protobuf_number(&self->packed, LINE_FUNCTION_ID, id);
    prof__protobuf_number(&self->packed, LINE_LINE, frame->line);
    prof__protobuf_number(&self->part, LOCATION_ID, id);
    prof__protobuf_part(&self->part, LOCATION_LINE, &self->packed);
    prof__protobuf_part(self->out, PROFILE_LOCATION, &self->part);
}

/*
 * Without a system name: where the two are equal, pprof takes the name for a mangled one of C++ and makes
 * `<lambda>` an `<unknown>`.
 */
static void
write_function(writer *self, const prof_frame *frame, uint64_t id)
{
    prof__protobuf_number(&self->part, FUNCTION_ID, id);
    prof__protobuf_number(&self->part, FUNCTION_NAME, intern(self, frame->name));
    prof__protobuf_number(&self->part, FUNCTION_FILENAME, intern(self, frame->file));
    prof__protobuf_number(&self->part, FUNCTION_START_LINE, frame->line);
    prof__protobuf_part(self->out, PROFILE_FUNCTION, &self->part);
}

static void
write_facts(writer *self, const prof_profile *profile)
{
    prof__protobuf_number(self->out, PROFILE_TIME_NANOS,
                          (uint64_t)prof__timestamp_unix_ns(profile->started));
    prof__protobuf_number(self->out, PROFILE_DURATION_NANOS, profile->wall_ns);
    prof__protobuf_number(self->out, PROFILE_COMMENT, intern(self, "libprof " PROF_VERSION));
    prof__protobuf_number(self->out, PROFILE_COMMENT, intern(self, profile->engine));
    prof__protobuf_number(self->out, PROFILE_DEFAULT_SAMPLE_TYPE, intern(self, "wall"));
}

static prof_status
write_profile(writer *self, const prof_profile *profile)
{
    write_sample_type(self, "calls", "count");
    write_sample_type(self, "wall", "nanoseconds");
    write_sample_type(self, "cpu", "nanoseconds");
    prof_status status = write_samples(self, profile);
    for (uint32_t i = 0; i < profile->frame_count; i++) {
        write_location(self, &profile->frames[i], (uint64_t)i + 1);
        write_function(self, &profile->frames[i], (uint64_t)i + 1);
    }
    write_facts(self, profile);
    for (uint32_t i = 0; i < self->strings.count; i++) {
        const char *text = self->strings.strings[i];
        prof__protobuf_bytes(self->out, PROFILE_STRING_TABLE, text, strlen(text));
    }
    return status == PROF_OK ? self->status : status;
}

prof_status
prof__export_pprof(const prof_profile *profile, prof__buffer *buffer)
{
    writer self = {.out = buffer, .status = PROF_OK};
    prof__buffer_init(&self.part);
    prof__buffer_init(&self.packed);
    prof_status status = prof__string_table_init(&self.strings);
    if (status == PROF_OK) {
        status = write_profile(&self, profile);
    }
    prof__buffer_deinit(&self.part);
    prof__buffer_deinit(&self.packed);
    prof__string_table_deinit(&self.strings);
    return status;
}
