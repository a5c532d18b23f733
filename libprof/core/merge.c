/* SPDX-License-Identifier: MIT */
/*
 * Merging is a sum over paths. The result does not depend on the order or grouping of the profiles, to
 * the last byte of its document: frames are sorted by content, nodes come depth first with children in
 * the order of their frames, lines are sorted by frame and line, and merge_summary.h has the rules for
 * everything else.
 */
#include <stdlib.h>
#include <string.h>

#include "merge_summary.h"
#include "walk.h"

/* ---- adding up ---------------------------------------------------------------------------------- */

/* Adds one node, whose parent has been added; `frames` and `places` map the profile to the builder. */
static prof_status
add_node(prof__builder *builder, const prof_profile *profile, uint32_t index,
         const uint32_t *frames, uint32_t *places)
{
    const prof_node *node = &profile->nodes[index];
    prof_status status = PROF_OK;
    places[index] = 0;
    if (index > 0) {
        status =
            prof__builder_child(builder, places[node->parent], frames[node->frame], &places[index]);
    }
    if (status == PROF_OK) {
        prof__builder_add(builder, places[index], node);
    }
    return status;
}

static prof_status
add_tree(prof__builder *builder, const prof_profile *profile, uint32_t *frames, uint32_t *places)
{
    prof_status status = PROF_OK;
    for (uint32_t i = 0; i < profile->frame_count && status == PROF_OK; i++) {
        status = prof__builder_frame(builder, &profile->frames[i], &frames[i]);
    }
    for (uint32_t i = 0; i < profile->node_count && status == PROF_OK; i++) {
        status = add_node(builder, profile, i, frames, places);
    }
    return status == PROF_OK ? prof__builder_lines(builder, profile, frames) : status;
}

static prof_status
add_profile(prof__builder *builder, const prof_profile *profile)
{
    uint32_t *frames = calloc(profile->frame_count, sizeof(*frames));
    uint32_t *places = calloc(profile->node_count, sizeof(*places));
    prof_status status = PROF_NO_MEMORY;
    if (frames != NULL && places != NULL) {
        status = add_tree(builder, profile, frames, places);
    }
    free(frames);
    free(places);
    return status;
}

/* ---- canonical order ---------------------------------------------------------------------------- */

static int
by_content(const void *left, const void *right)
{
    const prof_frame *a = left;
    const prof_frame *b = right;
    int order = strcmp(a->name, b->name);
    if (order == 0) {
        order = strcmp(a->file, b->file);
    }
    if (order == 0) {
        order = (a->line > b->line) - (a->line < b->line);
    }
    return order != 0 ? order : (int)a->kind - (int)b->kind;
}

/* Adds the frames in canonical order, so that the builder numbers them by their rank; fills in the ranks. */
static prof_status
add_sorted_frames(prof__builder *builder, const prof_profile *profile, uint32_t *ranks)
{
    prof_frame *sorted = calloc(profile->frame_count, sizeof(*sorted));
    if (sorted == NULL) {
        return PROF_NO_MEMORY;
    }
    memcpy(sorted, profile->frames, profile->frame_count * sizeof(*sorted));
    /* Without the root, which is first everywhere. */
    qsort(sorted + 1, profile->frame_count - 1, sizeof(*sorted), by_content);
    prof_status status = PROF_OK;
    for (uint32_t i = 1; i < profile->frame_count && status == PROF_OK; i++) {
        uint32_t index;
        status = prof__builder_frame(builder, &sorted[i], &index);
    }
    for (uint32_t i = 0; i < profile->frame_count && status == PROF_OK; i++) {
        status = prof__builder_frame(builder, &profile->frames[i], &ranks[i]);
    }
    free(sorted);
    return status;
}

typedef struct ranked {
    uint32_t rank; /* of its frame */
    uint32_t node;
} ranked;

static int
by_rank(const void *left, const void *right)
{
    const ranked *a = left;
    const ranked *b = right;
    int order = (a->rank < b->rank) - (a->rank > b->rank);
    return order != 0 ? order : (a->node < b->node) - (a->node > b->node);
}

/* Relinks the children of each node so that the walk meets them by the rank of their frames. */
static prof_status
sort_children(prof__walk *walk, const prof_profile *profile, const uint32_t *ranks)
{
    ranked *order = calloc(profile->node_count, sizeof(*order));
    if (order == NULL) {
        return PROF_NO_MEMORY;
    }
    for (uint32_t node = 0; node < profile->node_count; node++) {
        order[node] = (ranked){.rank = ranks[profile->nodes[node].frame], .node = node};
    }
    /* Highest rank first, since each is put in front of its siblings; the root (rank 0) is left. */
    qsort(order, profile->node_count, sizeof(*order), by_rank);
    memset(walk->first_child, 0, profile->node_count * sizeof(*walk->first_child));
    for (uint32_t i = 0; i + 1 < profile->node_count; i++) {
        uint32_t node = order[i].node;
        uint32_t parent = profile->nodes[node].parent;
        walk->next_sibling[node] = walk->first_child[parent];
        walk->first_child[parent] = node;
    }
    free(order);
    return PROF_OK;
}

static prof_status
add_sorted_nodes(prof__builder *builder, const prof_profile *profile, const uint32_t *ranks)
{
    prof__walk walk;
    uint32_t *places = calloc(profile->node_count, sizeof(*places));
    prof_status status = prof__walk_init(&walk, profile);
    if (places == NULL) {
        status = PROF_NO_MEMORY;
    }
    if (status == PROF_OK) {
        status = sort_children(&walk, profile, ranks);
    }
    while (status == PROF_OK && prof__walk_next(&walk)) {
        if (walk.entering) {
            status = add_node(builder, profile, walk.node, ranks, places);
        }
    }
    prof__walk_deinit(&walk);
    free(places);
    return status;
}

static int
by_place(const void *left, const void *right)
{
    const prof_line *a = left;
    const prof_line *b = right;
    int order = (a->frame > b->frame) - (a->frame < b->frame);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static prof_status
add_sorted_lines(prof__builder *builder, const prof_profile *profile, const uint32_t *ranks)
{
    if (profile->line_count == 0) {
        return PROF_OK;
    }
    prof_line *sorted = calloc(profile->line_count, sizeof(*sorted));
    if (sorted == NULL) {
        return PROF_NO_MEMORY;
    }
    for (uint32_t i = 0; i < profile->line_count; i++) {
        sorted[i] = profile->lines[i];
        sorted[i].frame = ranks[sorted[i].frame];
    }
    qsort(sorted, profile->line_count, sizeof(*sorted), by_place);
    prof_status status = PROF_OK;
    for (uint32_t i = 0; i < profile->line_count && status == PROF_OK; i++) {
        status = prof__builder_line(builder, &sorted[i]);
    }
    free(sorted);
    return status;
}

/* Adds all of a profile to a new builder, whatever the order it has, in canonical order. */
static prof_status
add_sorted(prof__builder *builder, const prof_profile *profile)
{
    uint32_t *ranks = calloc(profile->frame_count, sizeof(*ranks));
    prof_status status =
        ranks == NULL ? PROF_NO_MEMORY : add_sorted_frames(builder, profile, ranks);
    if (status == PROF_OK) {
        status = add_sorted_nodes(builder, profile, ranks);
    }
    if (status == PROF_OK) {
        status = add_sorted_lines(builder, profile, ranks);
    }
    free(ranks);
    return status;
}

/* ---- merging ------------------------------------------------------------------------------------ */

/* All paths of all profiles, in the order in which they are met. */
static prof_status
sum_trees(const prof_profile *const *profiles, size_t count, prof_profile **sum)
{
    prof__builder *builder =
        prof__builder_create(profiles[0]->frame_count, profiles[0]->node_count);
    prof_status status = builder == NULL ? PROF_NO_MEMORY : PROF_OK;
    for (size_t i = 0; i < count && status == PROF_OK; i++) {
        status = add_profile(builder, profiles[i]);
    }
    if (status == PROF_OK) {
        status = prof__builder_finish(builder, sum);
    }
    prof__builder_destroy(builder);
    return status;
}

prof_status
prof_profile_merge(const prof_profile *const *profiles, size_t count, prof_profile **merged)
{
    if (count == 0) {
        return PROF_BAD_ARGUMENT;
    }
    prof_profile *sum = NULL;
    prof_status status = sum_trees(profiles, count, &sum);
    if (status != PROF_OK) {
        return status;
    }
    prof__builder *builder = prof__builder_create(sum->frame_count, sum->node_count);
    status = builder == NULL ? PROF_NO_MEMORY : add_sorted(builder, sum);
    if (status == PROF_OK) {
        status = prof__merge_summary(builder, profiles, count);
    }
    if (status == PROF_OK) {
        status = prof__builder_finish(builder, merged);
    }
    prof_profile_destroy(sum);
    prof__builder_destroy(builder);
    return status;
}
