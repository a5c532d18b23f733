/* SPDX-License-Identifier: MIT */
#include "profile_builder.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "large.h"
#include "line_table.h"
#include "seed.h"
#include "slots.h"
#include "utf8.h"

#define FIRST_FRAMES 64u
#define FIRST_NODES 256u
#define FIRST_SLICES 256u

struct prof__builder {
    prof_profile *profile; /* the one being built */
    uint32_t frame_capacity;
    uint32_t node_capacity;
    prof__slots frames;
    prof__slots nodes;
    prof__line_table lines;
    uint32_t slice_capacity;
    uint32_t seed; /* of all tables */
};

/* ---- frames ------------------------------------------------------------------------------------- */

static uint32_t
frame_hash(const prof__builder *builder, const prof_frame *frame)
{
    return prof__hash_frame(builder->seed, frame, strlen(frame->name), strlen(frame->file));
}

static bool
same_frame(const prof_frame *a, const prof_frame *b)
{
    return a->line == b->line && a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
           strcmp(a->file, b->file) == 0;
}

/* The slot that holds this frame, or the empty one where it belongs. */
static uint32_t *
frame_slot(const prof__builder *builder, const prof_frame *frame)
{
    const prof__slots *table = &builder->frames;
    uint32_t at = frame_hash(builder, frame) & table->mask;
    while (table->index[at] != 0 &&
           !same_frame(&builder->profile->frames[table->index[at] - 1], frame)) {
        at = (at + 1) & table->mask;
    }
    return &table->index[at];
}

/* ---- nodes -------------------------------------------------------------------------------------- */

static uint32_t *
node_slot(const prof__builder *builder, uint32_t parent, uint32_t frame)
{
    const prof__slots *table = &builder->nodes;
    const prof_node *nodes = builder->profile->nodes;
    uint32_t at = prof__hash_pair(parent ^ builder->seed, frame) & table->mask;
    while (table->index[at] != 0) {
        const prof_node *node = &nodes[table->index[at] - 1];
        if (node->parent == parent && node->frame == frame) {
            break;
        }
        at = (at + 1) & table->mask;
    }
    return &table->index[at];
}

/* ---- growing ------------------------------------------------------------------------------------ */

static prof_status
reserve_frame(prof__builder *builder)
{
    prof_profile *profile = builder->profile;
    if (profile->frame_count < builder->frame_capacity) {
        return PROF_OK;
    }
    void *frames = profile->frames;
    prof_status status = prof__slots_grow(&builder->frames, &frames, &builder->frame_capacity,
                                          sizeof(*profile->frames));
    if (status == PROF_OK) {
        profile->frames = frames;
        for (uint32_t frame = 0; frame < profile->frame_count; frame++) {
            *frame_slot(builder, &profile->frames[frame]) = frame + 1;
        }
    }
    return status;
}

static prof_status
reserve_node(prof__builder *builder)
{
    prof_profile *profile = builder->profile;
    if (profile->node_count < builder->node_capacity) {
        return PROF_OK;
    }
    void *nodes = profile->nodes;
    prof_status status =
        prof__slots_grow(&builder->nodes, &nodes, &builder->node_capacity, sizeof(*profile->nodes));
    if (status == PROF_OK) {
        profile->nodes = nodes;
        for (uint32_t index = 0; index < profile->node_count; index++) {
            const prof_node *node = &profile->nodes[index];
            *node_slot(builder, node->parent, node->frame) = index + 1;
        }
    }
    return status;
}

/* ---- adding ------------------------------------------------------------------------------------- */

/* A copy of the frame whose strings are valid UTF-8. */
static prof_status
copy_frame(prof__builder *builder, const prof_frame *frame, prof_frame *copy)
{
    size_t name = strlen(frame->name);
    size_t file = strlen(frame->file);
    size_t size = prof__utf8_repaired_length(frame->name, name) +
                  prof__utf8_repaired_length(frame->file, file) + 2;
    char *text = prof__arena_alloc(&builder->profile->texts, size);
    if (text == NULL) {
        return PROF_NO_MEMORY;
    }
    char *end = prof__utf8_repair(text, frame->name, name);
    *end++ = '\0';
    *copy = *frame;
    copy->name = text;
    copy->file = end;
    *prof__utf8_repair(end, frame->file, file) = '\0';
    return PROF_OK;
}

static bool
is_valid(const char *text)
{
    size_t length = strlen(text);
    return prof__utf8_valid(text, length) == length;
}

/* Adds a copied frame that the table does not have. */
static prof_status
add_frame(prof__builder *builder, const prof_frame *copy, uint32_t *index)
{
    prof_status status = reserve_frame(builder);
    if (status != PROF_OK) {
        return status;
    }
    prof_profile *profile = builder->profile;
    *index = profile->frame_count++;
    profile->frames[*index] = *copy;
    *frame_slot(builder, copy) = *index + 1;
    return PROF_OK;
}

prof_status
prof__builder_frame(prof__builder *builder, const prof_frame *frame, uint32_t *index)
{
    if (frame->kind == PROF_KIND_ROOT) {
        *index = 0;
        return PROF_OK;
    }
    uint32_t found = 0;
    if (is_valid(frame->name) && is_valid(frame->file)) {
        found = *frame_slot(builder, frame);
    }
    if (found == 0) {
        prof_frame copy;
        prof_status status = copy_frame(builder, frame, &copy);
        if (status != PROF_OK) {
            return status;
        }
        found = *frame_slot(builder, &copy); /* it may be another spelling of one that is there */
        if (found == 0) {
            return add_frame(builder, &copy, index);
        }
    }
    *index = found - 1;
    return PROF_OK;
}

prof_status
prof__builder_child(prof__builder *builder, uint32_t parent, uint32_t frame, uint32_t *node)
{
    prof_profile *profile = builder->profile;
    if (parent >= profile->node_count || frame == 0 || frame >= profile->frame_count) {
        return PROF_BAD_ARGUMENT;
    }
    uint32_t found = *node_slot(builder, parent, frame);
    if (found != 0) {
        *node = found - 1;
        return PROF_OK;
    }
    prof_status status = reserve_node(builder);
    if (status != PROF_OK) {
        return status;
    }
    *node = profile->node_count++;
    profile->nodes[*node] = (prof_node){.parent = parent, .frame = frame};
    *node_slot(builder, parent, frame) = *node + 1;
    return PROF_OK;
}

void
prof__builder_add(prof__builder *builder, uint32_t node, const prof_node *values)
{
    prof_node *to = &builder->profile->nodes[node];
    to->calls = prof__sum(to->calls, values->calls);
    to->self_wall_ns = prof__sum(to->self_wall_ns, values->self_wall_ns);
    to->self_cpu_ns = prof__sum(to->self_cpu_ns, values->self_cpu_ns);
    to->await_ns = prof__sum(to->await_ns, values->await_ns);
    to->samples = prof__sum(to->samples, values->samples);
    to->overhead_ns = prof__sum(to->overhead_ns, values->overhead_ns);
}

prof_status
prof__builder_line(prof__builder *builder, const prof_line *line)
{
    if (line->frame == 0 || line->frame >= builder->profile->frame_count) {
        return PROF_BAD_ARGUMENT;
    }
    return prof__line_table_add(&builder->lines, line);
}

prof_status
prof__builder_lines(prof__builder *builder, const prof_profile *profile, const uint32_t *frames)
{
    prof_status status = PROF_OK;
    for (uint32_t i = 0; i < profile->line_count && status == PROF_OK; i++) {
        prof_line line = profile->lines[i];
        line.frame = frames[line.frame];
        status = prof__builder_line(builder, &line);
    }
    return status;
}

static prof_status
reserve_slice(prof__builder *builder)
{
    prof_profile *profile = builder->profile;
    if (profile->slice_count < builder->slice_capacity) {
        return PROF_OK;
    }
    if (builder->slice_capacity >= PROF__MAX_ELEMENTS) {
        return PROF_LIMIT;
    }
    uint32_t capacity = builder->slice_capacity == 0 ? FIRST_SLICES : builder->slice_capacity * 2;
    prof_slice *slices =
        prof__large_grow(profile->slices, profile->slice_count, capacity, sizeof(*profile->slices));
    if (slices == NULL) {
        return PROF_NO_MEMORY;
    }
    profile->slices = slices;
    builder->slice_capacity = capacity;
    return PROF_OK;
}

prof_status
prof__builder_slice(prof__builder *builder, const prof_slice *slice)
{
    prof_profile *profile = builder->profile;
    prof_slice *last =
        profile->slice_count == 0 ? NULL : &profile->slices[profile->slice_count - 1];
    if (slice->node >= profile->node_count || (last != NULL && slice->track < last->track)) {
        return PROF_BAD_ARGUMENT;
    }
    if (slice->wall_ns == 0) {
        return PROF_OK;
    }
    if (last != NULL && slice->track == last->track && slice->node == last->node) {
        last->wall_ns = prof__sum(last->wall_ns, slice->wall_ns);
        return PROF_OK;
    }
    prof_status status = reserve_slice(builder);
    if (status == PROF_OK) {
        profile->slices[profile->slice_count] = *slice;
        profile->slices[profile->slice_count++].wall_ns = prof__sum(slice->wall_ns, 0);
    }
    return status;
}

static prof_status
set_text(char **text, const char *value)
{
    if (value == NULL) {
        return PROF_OK;
    }
    char *copy = prof__utf8_strdup(value);
    if (copy == NULL) {
        return PROF_NO_MEMORY;
    }
    free(*text);
    *text = copy;
    return PROF_OK;
}

prof_status
prof__builder_summary(prof__builder *builder, const prof_summary *summary)
{
    prof_profile *profile = builder->profile;
    if (set_text(&profile->name, summary->name) != PROF_OK ||
        set_text(&profile->engine, summary->engine) != PROF_OK ||
        set_text(&profile->started, summary->started) != PROF_OK ||
        set_text(&profile->metadata, summary->metadata) != PROF_OK) {
        return PROF_NO_MEMORY;
    }
    profile->wall_ns = prof__sum(summary->wall_ns, 0);
    profile->cpu_ns = prof__sum(summary->cpu_ns, 0);
    profile->overhead_ns = prof__sum(summary->overhead_ns, 0);
#define SET_COUNTER(name) profile->counters.name = prof__sum(summary->counters.name, 0);
    PROF_COUNTER_MAP(SET_COUNTER)
#undef SET_COUNTER
    return PROF_OK;
}

/* ---- beginning and end -------------------------------------------------------------------------- */

/* The next power of two, so that tables stay one. */
static uint32_t
capacity_for(uint32_t expected, uint32_t least)
{
    uint32_t capacity = least;
    while (capacity < expected && capacity < PROF__MAX_ELEMENTS) {
        capacity *= 2;
    }
    return capacity;
}

static bool
allocate_both(prof__builder *builder, uint32_t frames, uint32_t nodes)
{
    prof_profile *profile = builder->profile;
    builder->frame_capacity = capacity_for(frames, FIRST_FRAMES);
    builder->node_capacity = capacity_for(nodes, FIRST_NODES);
    profile->frames =
        prof__slots_create(&builder->frames, builder->frame_capacity, sizeof(*profile->frames));
    profile->nodes =
        prof__slots_create(&builder->nodes, builder->node_capacity, sizeof(*profile->nodes));
    return profile->frames != NULL && profile->nodes != NULL;
}

static prof_status
add_root(prof__builder *builder)
{
    static const prof_frame root = {.name = PROF__ROOT_NAME, .file = "", .kind = PROF_KIND_ROOT};
    static const prof_summary empty = {.name = "", .engine = "", .started = "", .metadata = "{}"};
    prof_frame copy;
    uint32_t index;
    prof_status status = copy_frame(builder, &root, &copy);
    if (status == PROF_OK) {
        status = add_frame(builder, &copy, &index);
    }
    builder->profile->nodes[0].parent = PROF_NO_PARENT;
    builder->profile->node_count = 1;
    *node_slot(builder, PROF_NO_PARENT, 0) = 1;
    return status == PROF_OK ? prof__builder_summary(builder, &empty) : status;
}

static prof_profile *
create_profile(void)
{
    prof_profile *profile = calloc(1, sizeof(*profile));
    if (profile != NULL) {
        prof_memory memory = prof__large_memory();
        prof__arena_init(&profile->texts, &memory);
    }
    return profile;
}

prof__builder *
prof__builder_create(uint32_t frames, uint32_t nodes)
{
    prof__builder *builder = calloc(1, sizeof(*builder));
    if (builder == NULL) {
        return NULL;
    }
    builder->seed = prof__seed();
    prof__line_table_init(&builder->lines, builder->seed);
    builder->profile = create_profile();
    if (builder->profile == NULL || !allocate_both(builder, frames, nodes) ||
        add_root(builder) != PROF_OK) {
        prof__builder_destroy(builder);
        return NULL;
    }
    return builder;
}

void
prof__builder_destroy(prof__builder *builder)
{
    if (builder == NULL) {
        return;
    }
    prof_profile_destroy(builder->profile);
    prof__large_free(builder->frames.index);
    prof__large_free(builder->nodes.index);
    prof__line_table_deinit(&builder->lines);
    free(builder);
}

/*
 * Renumbers frames so that those without a node are gone. `number` has a zero for each frame; afterwards it has
 * their new numbers, and still a zero for those that are gone.
 */
static void
drop_unused_frames(prof_profile *profile, uint32_t *number)
{
    for (uint32_t node = 0; node < profile->node_count; node++) {
        number[profile->nodes[node].frame] = 1;
    }
    uint32_t count = 0;
    for (uint32_t frame = 0; frame < profile->frame_count; frame++) {
        if (number[frame] != 0) {
            number[frame] = count;
            profile->frames[count++] = profile->frames[frame];
        }
    }
    profile->frame_count = count;
    for (uint32_t node = 0; node < profile->node_count; node++) {
        profile->nodes[node].frame = number[profile->nodes[node].frame];
    }
}

static void
compute_totals(prof_profile *profile)
{
    prof_node *nodes = profile->nodes;
    for (uint32_t node = 0; node < profile->node_count; node++) {
        nodes[node].total_wall_ns = nodes[node].self_wall_ns;
        nodes[node].total_cpu_ns = nodes[node].self_cpu_ns;
        nodes[node].total_overhead_ns = nodes[node].overhead_ns;
    }
    for (uint32_t node = profile->node_count - 1; node > 0; node--) {
        prof_node *parent = &nodes[nodes[node].parent];
        parent->total_wall_ns = prof__sum(parent->total_wall_ns, nodes[node].total_wall_ns);
        parent->total_cpu_ns = prof__sum(parent->total_cpu_ns, nodes[node].total_cpu_ns);
        parent->total_overhead_ns =
            prof__sum(parent->total_overhead_ns, nodes[node].total_overhead_ns);
    }
}

prof_status
prof__builder_finish(prof__builder *builder, prof_profile **profile)
{
    uint32_t *number = calloc(builder->profile->frame_count, sizeof(*number));
    if (number == NULL) {
        return PROF_NO_MEMORY;
    }
    prof_profile *built = builder->profile;
    drop_unused_frames(built, number);
    built->lines = prof__line_table_take(&builder->lines, number, &built->line_count);
    free(number);
    compute_totals(built);
    *profile = built;
    builder->profile = NULL;
    return PROF_OK;
}

uint32_t
prof__builder_frame_count(const prof__builder *builder)
{
    return builder->profile->frame_count;
}

uint32_t
prof__builder_node_count(const prof__builder *builder)
{
    return builder->profile->node_count;
}

uint32_t
prof__builder_line_count(const prof__builder *builder)
{
    return builder->lines.count;
}

uint32_t
prof__builder_slice_count(const prof__builder *builder)
{
    return builder->profile->slice_count;
}
