/* SPDX-License-Identifier: MIT */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "large.h"

void
prof_profile_summary(const prof_profile *profile, prof_summary *summary)
{
    *summary = (prof_summary){
        .name = profile->name,
        .engine = profile->engine,
        .started = profile->started,
        .metadata = profile->metadata,
        .wall_ns = profile->wall_ns,
        .cpu_ns = profile->cpu_ns,
        .overhead_ns = profile->overhead_ns,
        .counters = profile->counters,
    };
}

uint32_t
prof_profile_node_count(const prof_profile *profile)
{
    return profile->node_count;
}

uint32_t
prof_profile_frame_count(const prof_profile *profile)
{
    return profile->frame_count;
}

uint32_t
prof_profile_line_count(const prof_profile *profile)
{
    return profile->line_count;
}

uint32_t
prof_profile_slice_count(const prof_profile *profile)
{
    return profile->slice_count;
}

const prof_node *
prof_profile_nodes(const prof_profile *profile)
{
    return profile->nodes;
}

const prof_frame *
prof_profile_frames(const prof_profile *profile)
{
    return profile->frames;
}

const prof_line *
prof_profile_lines(const prof_profile *profile)
{
    return profile->lines;
}

const prof_slice *
prof_profile_slices(const prof_profile *profile)
{
    return profile->slices;
}

static prof_status
replace_text(char **text, const char *by)
{
    if (by == NULL) {
        return PROF_BAD_ARGUMENT;
    }
    char *copy = strdup(by);
    if (copy == NULL) {
        return PROF_NO_MEMORY;
    }
    free(*text);
    *text = copy;
    return PROF_OK;
}

prof_status
prof_profile_set_name(prof_profile *profile, const char *name)
{
    return replace_text(&profile->name, name);
}

prof_status
prof_profile_set_metadata(prof_profile *profile, const char *json)
{
    return replace_text(&profile->metadata, json);
}

void
prof_profile_destroy(prof_profile *profile)
{
    if (profile == NULL) {
        return;
    }
    free(profile->name);
    free(profile->engine);
    free(profile->started);
    free(profile->metadata);
    prof__large_free(profile->frames);
    prof__large_free(profile->nodes);
    prof__large_free(profile->lines);
    prof__large_free(profile->slices);
    prof__arena_deinit(&profile->texts);
    free(profile);
}
