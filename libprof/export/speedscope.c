/* SPDX-License-Identifier: MIT */
/*
 * speedscope's own format (its file-format-spec.ts): two sampled profiles over the same frames, one of
 * wall time and one of CPU time. A node with self time is one sample, its path from the root.
 */
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
write_path(prof__buffer *buffer, const prof__paths *paths)
{
    for (uint32_t i = 0; i < paths->length; i++) {
        prof__buffer_char(buffer, i == 0 ? '[' : ',');
        prof__buffer_number(buffer, paths->frames[i]);
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
            write_path(buffer, &paths);
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

static prof_status
write_profile(prof__buffer *buffer, const prof_profile *profile, bool cpu)
{
    const prof_node *root = &profile->nodes[0];
    prof__buffer_text(buffer, "{\"type\":\"sampled\",\"name\":");
    prof__buffer_json(buffer, cpu ? "CPU time" : "Wall time");
    prof__buffer_text(buffer, ",\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":");
    prof__buffer_number(buffer, cpu ? root->total_cpu_ns : root->total_wall_ns);
    prof_status status = write_samples(buffer, profile, cpu);
    if (status == PROF_OK) {
        status = write_weights(buffer, profile, cpu);
    }
    prof__buffer_char(buffer, '}');
    return status;
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
    prof__buffer_text(buffer, "]}\n");
    return status;
}
