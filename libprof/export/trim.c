/* SPDX-License-Identifier: MIT */
#include "trim.h"

#include <stdlib.h>

#include "profile_builder.h"

/* Fills in the number of ancestors of each node and gives the largest. */
static uint32_t
measure(const prof_profile *profile, uint32_t *depths)
{
    uint32_t deepest = 0;
    depths[0] = 0;
    for (uint32_t i = 1; i < profile->node_count; i++) {
        depths[i] = depths[profile->nodes[i].parent] + 1;
        deepest = depths[i] > deepest ? depths[i] : deepest;
    }
    return deepest;
}

/* Where each node goes: on its own, into a new `<deeper>` child, or with its parent into an older one. */
static prof_status
place_nodes(prof__builder *builder, const prof_profile *profile, const uint32_t *frames,
            uint32_t depth, const uint32_t *depths, uint32_t *places)
{
    const uint32_t deeper = frames[profile->frame_count];
    for (uint32_t i = 0; i < profile->node_count; i++) {
        const prof_node *node = &profile->nodes[i];
        if (depths[i] > depth + 1) {
            places[i] = places[node->parent];
        } else if (i > 0) {
            uint32_t frame = depths[i] > depth ? deeper : frames[node->frame];
            prof_status status =
                prof__builder_child(builder, places[node->parent], frame, &places[i]);
            if (status != PROF_OK) {
                return status;
            }
        }
        prof__builder_add(builder, places[i], node);
    }
    return PROF_OK;
}

/* Slices of nodes that are too deep are those of their `<deeper>`. */
static prof_status
add_timeline(prof__builder *builder, const prof_profile *profile, const uint32_t *places)
{
    prof_status status = PROF_OK;
    for (uint32_t i = 0; i < profile->slice_count && status == PROF_OK; i++) {
        prof_slice slice = profile->slices[i];
        slice.node = places[slice.node];
        status = prof__builder_slice(builder, &slice);
    }
    return status;
}

/* The frames of the profile and, behind them, `<deeper>`. */
static prof_status
add_frames(prof__builder *builder, const prof_profile *profile, uint32_t *frames)
{
    static const prof_frame deeper = {
        .name = PROF__DEEPER_NAME, .file = "", .kind = PROF_KIND_OVERFLOW};
    prof_status status = PROF_OK;
    for (uint32_t i = 0; i < profile->frame_count && status == PROF_OK; i++) {
        status = prof__builder_frame(builder, &profile->frames[i], &frames[i]);
    }
    return status == PROF_OK ? prof__builder_frame(builder, &deeper, &frames[profile->frame_count])
                             : status;
}

static prof_status
build(const prof_profile *profile, uint32_t depth, const uint32_t *depths, uint32_t *places,
      prof_profile **trimmed)
{
    prof_summary summary;
    prof_profile_summary(profile, &summary);
    prof__builder *builder = prof__builder_create(profile->frame_count, profile->node_count);
    uint32_t *frames = calloc((size_t)profile->frame_count + 1, sizeof(*frames));
    prof_status status = PROF_NO_MEMORY;
    if (builder != NULL && frames != NULL) {
        status = add_frames(builder, profile, frames);
    }
    if (status == PROF_OK) {
        status = place_nodes(builder, profile, frames, depth, depths, places);
    }
    if (status == PROF_OK) {
        status = prof__builder_lines(builder, profile, frames);
    }
    if (status == PROF_OK) {
        status = add_timeline(builder, profile, places);
    }
    if (status == PROF_OK) {
        status = prof__builder_summary(builder, &summary);
    }
    if (status == PROF_OK) {
        status = prof__builder_finish(builder, trimmed);
    }
    free(frames);
    prof__builder_destroy(builder);
    return status;
}

prof_status
prof__trim(const prof_profile *profile, uint32_t depth, prof_profile **trimmed)
{
    uint32_t *depths = calloc(profile->node_count, sizeof(*depths));
    uint32_t *places = calloc(profile->node_count, sizeof(*places));
    prof_status status = PROF_NO_MEMORY;
    if (depths != NULL && places != NULL) {
        *trimmed = NULL;
        status = measure(profile, depths) <= depth ? PROF_OK
                                                   : build(profile, depth, depths, places, trimmed);
    }
    free(depths);
    free(places);
    return status;
}
