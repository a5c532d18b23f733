/* SPDX-License-Identifier: MIT */
/* A difference is the union of two trees: every path of either, with the node of each or none. */
#include <stdlib.h>

#include "profile_builder.h"

typedef struct difference {
    prof__builder *builder; /* numbers the paths of both */
    prof_delta *deltas;     /* room for all nodes of both */
    uint32_t count;
    uint32_t *frames; /* the current profile's frame -> the builder's */
    uint32_t *places; /* the current profile's node -> delta */
} difference;

static prof_status
init(difference *diff, const prof_profile *before, const prof_profile *after)
{
    size_t nodes = (size_t)before->node_count + after->node_count;
    size_t frames = (size_t)before->frame_count + after->frame_count;
    diff->builder = prof__builder_create(0, 0);
    diff->deltas = calloc(nodes, sizeof(*diff->deltas));
    diff->frames = calloc(frames, sizeof(*diff->frames));
    diff->places = calloc(nodes, sizeof(*diff->places));
    return diff->builder == NULL || diff->deltas == NULL || diff->frames == NULL ||
                   diff->places == NULL
               ? PROF_NO_MEMORY
               : PROF_OK;
}

/* Finds or adds the delta of a node whose parent has one. */
static prof_status
place_node(difference *diff, const prof_profile *profile, uint32_t index)
{
    const prof_node *node = &profile->nodes[index];
    uint32_t parent = PROF_NO_PARENT;
    uint32_t place = 0;
    if (index > 0) {
        parent = diff->places[node->parent];
        prof_status status =
            prof__builder_child(diff->builder, parent, diff->frames[node->frame], &place);
        if (status != PROF_OK) {
            return status;
        }
    }
    diff->places[index] = place;
    if (place == diff->count) {
        diff->deltas[place].parent = parent;
        diff->deltas[place].frame = profile->frames[node->frame];
        diff->count++;
    }
    return PROF_OK;
}

static prof_status
place_profile(difference *diff, const prof_profile *profile)
{
    prof_status status = PROF_OK;
    for (uint32_t i = 0; i < profile->frame_count && status == PROF_OK; i++) {
        status = prof__builder_frame(diff->builder, &profile->frames[i], &diff->frames[i]);
    }
    for (uint32_t i = 0; i < profile->node_count && status == PROF_OK; i++) {
        status = place_node(diff, profile, i);
    }
    return status;
}

static prof_status
compare(difference *diff, const prof_profile *before, const prof_profile *after)
{
    prof_status status = place_profile(diff, before);
    if (status != PROF_OK) {
        return status;
    }
    for (uint32_t i = 0; i < before->node_count; i++) {
        diff->deltas[diff->places[i]].before = before->nodes[i];
    }
    status = place_profile(diff, after);
    if (status != PROF_OK) {
        return status;
    }
    for (uint32_t i = 0; i < after->node_count; i++) {
        diff->deltas[diff->places[i]].after = after->nodes[i];
    }
    return PROF_OK;
}

prof_status
prof_profile_diff(const prof_profile *before, const prof_profile *after, prof_delta **deltas,
                  uint32_t *count)
{
    difference diff = {0};
    prof_status status = init(&diff, before, after);
    if (status == PROF_OK) {
        status = compare(&diff, before, after);
    }
    if (status == PROF_OK) {
        *deltas = diff.deltas;
        *count = diff.count;
        diff.deltas = NULL;
    }
    prof__builder_destroy(diff.builder);
    free(diff.deltas);
    free(diff.frames);
    free(diff.places);
    return status;
}
