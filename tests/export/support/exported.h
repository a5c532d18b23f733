/* SPDX-License-Identifier: MIT */
/* One profile for all exporters, and what they make of a profile. */
#ifndef PROF_TESTS_EXPORTED_H
#define PROF_TESTS_EXPORTED_H

#include <cjson/cJSON.h>

#include "support/build.h"
#include "support/heap.h"

/* Recursion, a frame without a file, and self times with and without CPU time. */
static const row exported_rows[] = {
    {.path = "", .calls = 1, .wall = 7},
    {.path = "f", .calls = 1, .wall = 1000, .cpu = 1000},
    {.path = "f/g", .calls = 2, .wall = 200000, .await = 5},
    {.path = "f/g/f", .calls = 3, .wall = 30, .cpu = 30},
    {.path = "h", .calls = 4, .samples = 6},
};

static const prof_summary exported_facts = {
    .name = "GET \"/\"",
    .engine = "trace",
    .started = "2026-11-24T10:00:00.250000Z",
    .wall_ns = 201037,
    .cpu_ns = 1030,
};

static inline prof_profile *
exported_profile(void)
{
    return BUILD_WITH(exported_rows, &exported_facts);
}

static inline prof_bytes
export_as(const prof_profile *profile, const char *format)
{
    prof_bytes out = {0};
    assert_int_equal(prof_export(profile, format, &out), PROF_OK);
    assert_int_equal(out.bytes[out.length], '\0');
    return out;
}

static inline void
assert_export(const prof_profile *profile, const char *format, const char *wanted)
{
    prof_bytes out = export_as(profile, format);
    assert_string_equal(out.bytes, wanted);
    assert_int_equal(out.length, strlen(wanted));
    free(out.bytes);
}

/* The caller deletes the object. */
static inline cJSON *
export_json(const prof_profile *profile, const char *format)
{
    prof_bytes out = export_as(profile, format);
    cJSON *root = cJSON_ParseWithOpts(out.bytes, NULL, true);
    assert_non_null(root);
    free(out.bytes);
    return root;
}

/* What heap_sweep runs. */
typedef struct export_job {
    const prof_profile *profile;
    const char *format;
} export_job;

static inline prof_status
export_once(void *context)
{
    const export_job *job = context;
    prof_bytes out = {0};
    prof_status status = prof_export(job->profile, job->format, &out);
    free(out.bytes);
    return status;
}

/* Gives the number of allocations. */
static inline uint64_t
assert_no_memory_is_reported(const char *format)
{
    prof_profile *profile = exported_profile();
    export_job job = {.profile = profile, .format = format};
    uint64_t count = heap_sweep(export_once, &job);
    prof_profile_destroy(profile);
    return count;
}

#endif
