/* SPDX-License-Identifier: MIT */
#include "timeline.h"

void
prof__timeline_init(prof__timeline *timeline, prof__arena *arena, uint32_t max_slices)
{
    *timeline = (prof__timeline){.arena = arena, .max_slices = max_slices};
}

/* ---- tracks --------------------------------------------------------------------------------------- */

static prof__track *
add_track(prof__timeline *timeline, const prof__stretch *stretch)
{
    prof__track *track = NULL;
    if (timeline->track_count < PROF__MAX_TRACKS) {
        track = prof__arena_alloc(timeline->arena, sizeof(*track));
    }
    if (track != NULL) {
        track->thread = stretch->thread;
        track->end_ns = stretch->start_ns;
        *(timeline->last == NULL ? &timeline->first : &timeline->last->next) = track;
        timeline->last = track;
        timeline->track_count++;
    }
    return track;
}

/* NULL: there is no room for one. */
static prof__track *
track_of(prof__timeline *timeline, const prof__stretch *stretch)
{
    prof__track *track = timeline->first;
    while (track != NULL && track->thread != stretch->thread) {
        track = track->next;
    }
    return track != NULL ? track : add_track(timeline, stretch);
}

/* ---- slices --------------------------------------------------------------------------------------- */

static void
lengthen_last(prof__track *track, prof__cct_node *node, uint64_t ns)
{
    prof__slice *last = &track->last->slices[track->last->count - 1];
    last->wall_ns += ns;
    if (last->node == node) {
        track->longest_ns += ns;
    } else if (ns > track->longest_ns) {
        last->node = node;
        track->longest_ns = ns;
    }
}

/* Makes the last slice longer if it is of the same node, or too short to be left as it is. */
static bool
joins_last(const prof__timeline *timeline, prof__track *track, prof__cct_node *node, uint64_t ns)
{
    if (track->last == NULL) {
        return false;
    }
    const prof__slice *last = &track->last->slices[track->last->count - 1];
    if (last->node != node && last->wall_ns >= timeline->resolution_ns) {
        return false;
    }
    lengthen_last(track, node, ns);
    return true;
}

static prof__slice_chunk *
new_chunk(prof__timeline *timeline)
{
    prof__slice_chunk *chunk = timeline->free;
    if (chunk == NULL) {
        return prof__arena_alloc(timeline->arena, sizeof(*chunk));
    }
    timeline->free = chunk->next;
    chunk->next = NULL;
    chunk->count = 0;
    return chunk;
}

/* False: there is no memory. */
static bool
put(prof__timeline *timeline, prof__track *track, prof__cct_node *node, uint64_t ns)
{
    if (track->last == NULL || track->last->count == PROF__CHUNK_SLICES) {
        prof__slice_chunk *chunk = new_chunk(timeline);
        if (chunk == NULL) {
            return false;
        }
        *(track->last == NULL ? &track->first : &track->last->next) = chunk;
        track->last = chunk;
    }
    track->last->slices[track->last->count++] = (prof__slice){.node = node, .wall_ns = ns};
    track->longest_ns = ns;
    timeline->count++;
    return true;
}

/* ---- thinning ------------------------------------------------------------------------------------- */

static uint64_t
total_of(const prof__timeline *timeline)
{
    uint64_t total_ns = 0;
    for (const prof__track *track = timeline->first; track != NULL; track = track->next) {
        for (const prof__slice_chunk *chunk = track->first; chunk != NULL; chunk = chunk->next) {
            for (uint64_t i = 0; i < chunk->count; i++) {
                total_ns += chunk->slices[i].wall_ns;
            }
        }
    }
    return total_ns;
}

/* Adds the track's slices again. A chunk is free when its slices have been read, so there is always one to write. */
static void
thin_track(prof__timeline *timeline, prof__track *track)
{
    prof__slice_chunk *chunk = track->first;
    track->first = NULL;
    track->last = NULL;
    while (chunk != NULL) {
        prof__slice_chunk *next = chunk->next;
        const prof__slice_chunk old = *chunk;
        chunk->next = timeline->free;
        timeline->free = chunk;
        for (uint64_t i = 0; i < old.count; i++) {
            const prof__slice *slice = &old.slices[i];
            if (!joins_last(timeline, track, slice->node, slice->wall_ns)) {
                (void)put(timeline, track, slice->node, slice->wall_ns);
            }
        }
        chunk = next;
    }
}

/* Half of the slices are left at most, and one for each track: all but its last have twice the average length at least. */
static void
thin(prof__timeline *timeline)
{
    timeline->resolution_ns = total_of(timeline) / (timeline->max_slices / 2 + 1) + 1;
    timeline->count = 0;
    for (prof__track *track = timeline->first; track != NULL; track = track->next) {
        thin_track(timeline, track);
    }
}

/* False: the track has no slice, and there is no room for its first. */
static bool
append(prof__timeline *timeline, prof__track *track, prof__cct_node *node, uint64_t ns)
{
    if (ns == 0 || joins_last(timeline, track, node, ns)) {
        return true;
    }
    if (timeline->count >= timeline->max_slices) {
        thin(timeline);
        if (joins_last(timeline, track, node, ns)) {
            return true;
        }
    }
    if (timeline->count < timeline->max_slices && put(timeline, track, node, ns)) {
        return true;
    }
    if (track->last != NULL) {
        lengthen_last(track, node, ns);
    }
    return track->last != NULL;
}

/* Time that a track has no room for is told with its first slice, as time in which nothing ran: it would be missing. */
void
prof__timeline_add(prof__timeline *timeline, const prof__stretch *stretch, prof__cct_node *node)
{
    prof__track *track = track_of(timeline, stretch);
    if (track == NULL || stretch->end_ns <= track->end_ns) {
        return;
    }
    uint64_t untold_ns = stretch->end_ns - track->end_ns;
    uint64_t wall_ns = stretch->wall_ns < untold_ns ? stretch->wall_ns : untold_ns;
    if (append(timeline, track, NULL, untold_ns - wall_ns) &&
        append(timeline, track, node, wall_ns)) {
        track->end_ns = stretch->end_ns;
    }
}
