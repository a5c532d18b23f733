/* SPDX-License-Identifier: MIT */
/*
 * Reading must refuse what is not a profile, and what it accepts must be one: everything that can be done
 * with a profile is done with it, and its document must read back as itself.
 */
#include <stdlib.h>
#include <string.h>

#include "profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert: that must also stop builds without assertions. */
static void
require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static prof_bytes
write_document(const prof_profile *profile)
{
    prof_bytes document = {0};
    require(prof_document_write(profile, &document) == PROF_OK);
    return document;
}

static void
check_round_trip(const prof_profile *profile)
{
    prof_profile *copy = NULL;
    prof_bytes first = write_document(profile);
    require(prof_document_read(first.bytes, first.length, &copy, NULL) == PROF_OK);
    prof_bytes second = write_document(copy);
    require(first.length == second.length && memcmp(first.bytes, second.bytes, first.length) == 0);
    free(first.bytes);
    free(second.bytes);
    prof_profile_destroy(copy);
}

static void
check_timeline(const prof_profile *profile)
{
    const prof_slice *slices = prof_profile_slices(profile);
    uint32_t count = prof_profile_slice_count(profile);
    for (uint32_t i = 0; i < count; i++) {
        const prof_slice *before = i == 0 ? NULL : &slices[i - 1];
        require(slices[i].node < prof_profile_node_count(profile));
        require(slices[i].wall_ns > 0 && slices[i].wall_ns <= PROF__MAX_VALUE);
        require(before == NULL || slices[i].track > before->track ||
                (slices[i].track == before->track && slices[i].node != before->node));
    }
}

static void
check_exports(const prof_profile *profile)
{
    static const char *const formats[] = {"callgrind", "chrome", "collapsed", "pprof",
                                          "speedscope"};
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        prof_bytes out = {0};
        require(prof_export(profile, formats[i], &out) == PROF_OK);
        free(out.bytes);
    }
}

static void
check_transforms(const prof_profile *profile)
{
    const prof_profile *both[] = {profile, profile};
    prof_profile *merged = NULL;
    prof_function *functions = NULL;
    prof_delta *deltas = NULL;
    uint32_t count;
    require(prof_profile_merge(both, 2, &merged) == PROF_OK);
    require(prof_profile_node_count(merged) == prof_profile_node_count(profile));
    require(prof_profile_line_count(merged) == prof_profile_line_count(profile));
    require(prof_profile_slice_count(merged) == 0);
    require(prof_profile_diff(profile, merged, &deltas, &count) == PROF_OK);
    require(count == prof_profile_node_count(profile));
    require(prof_profile_functions(profile, &functions, &count) == PROF_OK);
    free(functions);
    free(deltas);
    prof_profile_destroy(merged);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[PROF_ERROR_BYTES] = "";
    prof_profile *profile = NULL;
    prof_status status = prof_document_read((const char *)data, size, &profile, error);
    if (status != PROF_OK) {
        require(status == PROF_FORMAT && error[0] != '\0' && strchr(error, '\n') == NULL);
        return 0;
    }
    check_round_trip(profile);
    check_timeline(profile);
    check_exports(profile);
    check_transforms(profile);
    prof_profile_destroy(profile);
    return 0;
}
