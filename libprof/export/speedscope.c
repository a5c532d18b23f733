/* SPDX-License-Identifier: MIT */
/*
 * speedscope's own format (its file-format-spec.ts): sampled profiles over the same frames, one of wall time and one
 * of CPU time, in which a node with self time is one sample, its path from the root; and one for each track of the
 * timeline, with a sample for each slice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "exporters.h"
#include "paths.h"

#define SCHEMA "https://www.speedscope.app/file-format-schema.json"

static void
write_frame(prof__buffer *buffer, const prof_frame *frame)
{
    prof__buffer_text(buffer, "{\"name\":");
    prof__buffer_json(buffer, frame->name);
    if (frame->file[0] != '\0') {
        prof__buffer_text(buffer, ",\"file\":");
        prof__buffer_json(buffer, frame->file);
    }
    if (frame->line != 0) {
        prof__buffer_text(buffer, ",\"line\":");
        prof__buffer_number(buffer, frame->line);
    }
    prof__buffer_char(buffer, '}');
}

static void
write_frames(prof__buffer *buffer, const prof_profile *profile)
{
    for (uint32_t i = 0; i < profile->frame_count; i++) {
        prof__buffer_char(buffer, i == 0 ? '[' : ',');
        write_frame(buffer, &profile->frames[i]);
    }
    prof__buffer_char(buffer, ']');
}

static void
write_path(prof__buffer *buffer, const uint32_t *frames, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        prof__buffer_char(buffer, i == 0 ? '[' : ',');
        prof__buffer_number(buffer, frames[i]);
    }
    prof__buffer_char(buffer, ']');
}

static uint64_t
weight(const prof_node *node, bool cpu)
{
    return cpu ? node->self_cpu_ns : node->self_wall_ns;
}

static prof_status
write_samples(prof__buffer *buffer, const prof_profile *profile, bool cpu)
{
    prof__paths paths;
    prof_status status = prof__paths_init(&paths, profile);
    bool first = true;
    prof__buffer_text(buffer, ",\"samples\":[");
    while (status == PROF_OK && prof__paths_next(&paths)) {
        if (weight(paths.node, cpu) > 0) {
            if (!first) {
                prof__buffer_char(buffer, ',');
            }
            first = false;
            write_path(buffer, paths.frames, paths.length);
        }
    }
    prof__buffer_char(buffer, ']');
    prof__paths_deinit(&paths);
    return status;
}

/* In the order of the samples. */
static prof_status
write_weights(prof__buffer *buffer, const prof_profile *profile, bool cpu)
{
    prof__walk walk;
    prof_status status = prof__walk_init(&walk, profile);
    bool first = true;
    prof__buffer_text(buffer, ",\"weights\":[");
    while (status == PROF_OK && prof__walk_next(&walk)) {
        uint64_t value = weight(&walk.nodes[walk.node], cpu);
        if (walk.entering && value > 0) {
            if (!first) {
                prof__buffer_char(buffer, ',');
            }
            first = false;
            prof__buffer_number(buffer, value);
        }
    }
    prof__buffer_char(buffer, ']');
    prof__walk_deinit(&walk);
    return status;
}

static void
begin_profile(prof__buffer *buffer, const char *name)
{
    prof__buffer_text(buffer, "{\"type\":\"sampled\",\"name\":");
    prof__buffer_json(buffer, name);
    prof__buffer_text(buffer, ",\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":");
}

static prof_status
write_profile(prof__buffer *buffer, const prof_profile *profile, bool cpu)
{
    const prof_node *root = &profile->nodes[0];
    begin_profile(buffer, cpu ? "CPU time" : "Wall time");
    prof__buffer_number(buffer, cpu ? root->total_cpu_ns : root->total_wall_ns);
    prof_status status = write_samples(buffer, profile, cpu);
    if (status == PROF_OK) {
        status = write_weights(buffer, profile, cpu);
    }
    prof__buffer_char(buffer, '}');
    return status;
}

/* ---- timeline ----------------------------------------------------------------------------------- */

/* The frames on a node's path, the root first; `path` has room for as many as there are nodes. Gives their number. */
static uint32_t
path_of(const prof_profile *profile, uint32_t node, uint32_t *path)
{
    uint32_t length = 0;
    for (uint32_t at = node; at != PROF_NO_PARENT; at = profile->nodes[at].parent) {
        length++;
    }
    for (uint32_t at = node, i = length; i > 0; at = profile->nodes[at].parent) {
        path[--i] = profile->nodes[at].frame;
    }
    return length;
}

/* The slices from `first` up to `end` are one track. */
static void
write_track(prof__buffer *buffer, const prof_profile *profile, uint32_t first, uint32_t end,
            uint32_t *path)
{
    uint64_t total_ns = 0;
    for (uint32_t i = first; i < end; i++) {
        total_ns = prof__sum(total_ns, profile->slices[i].wall_ns);
    }
    char name[sizeof("Timeline, thread 4294967296")];
    (void)snprintf(name, sizeof(name), "Timeline, thread %" PRIu64,
                   (uint64_t)profile->slices[first].track + 1);
    begin_profile(buffer, name);
    prof__buffer_number(buffer, total_ns);
    prof__buffer_text(buffer, ",\"samples\":[");
    for (uint32_t i = first; i < end; i++) {
        if (i > first) {
            prof__buffer_char(buffer, ',');
        }
        write_path(buffer, path, path_of(profile, profile->slices[i].node, path));
    }
    prof__buffer_text(buffer, "],\"weights\":");
    for (uint32_t i = first; i < end; i++) {
        prof__buffer_char(buffer, i == first ? '[' : ',');
        prof__buffer_number(buffer, profile->slices[i].wall_ns);
    }
    prof__buffer_text(buffer, "]}");
}

static prof_status
write_timeline(prof__buffer *buffer, const prof_profile *profile)
{
    /* No path is longer than there are nodes. */
    uint32_t *path = calloc(profile->node_count, sizeof(*path));
    if (path == NULL) {
        return PROF_NO_MEMORY;
    }
    uint32_t end;
    for (uint32_t first = 0; first < profile->slice_count; first = end) {
        end = first + 1;
        while (end < profile->slice_count &&
               profile->slices[end].track == profile->slices[first].track) {
            end++;
        }
        prof__buffer_char(buffer, ',');
        write_track(buffer, profile, first, end, path);
    }
    free(path);
    return PROF_OK;
}

prof_status
prof__export_speedscope(const prof_profile *profile, prof__buffer *buffer)
{
    prof__buffer_text(buffer, "{\"$schema\":\"" SCHEMA "\",\"exporter\":\"libprof@" PROF_VERSION
                              "\",\"name\":");
    prof__buffer_json(buffer, profile->name[0] == '\0' ? "libprof" : profile->name);
    prof__buffer_text(buffer, ",\"activeProfileIndex\":0,\"shared\":{\"frames\":");
    write_frames(buffer, profile);
    prof__buffer_text(buffer, "},\"profiles\":[");
    prof_status status = write_profile(buffer, profile, false);
    prof__buffer_char(buffer, ',');
    if (status == PROF_OK) {
        status = write_profile(buffer, profile, true);
    }
    if (status == PROF_OK) {
        status = write_timeline(buffer, profile);
    }
    prof__buffer_text(buffer, "]}\n");
    return status;
}
