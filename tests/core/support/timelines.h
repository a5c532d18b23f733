/* SPDX-License-Identifier: MIT */
/* A timeline on counted memory, written as text: "-5 a10 b3" are 5 ns of nothing, 10 of node a and 3 of b. */
#ifndef PROF_TESTS_TIMELINES_H
#define PROF_TESTS_TIMELINES_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "test_memory.h"
#include "testing.h"
#include "timeline.h"

#define TIMELINE_START UINT64_C(5000)

/* Only their addresses matter. */
static prof__cct_node timeline_nodes[26];

typedef struct timelines {
    test_memory memory;
    prof__arena arena;
    prof__timeline timeline;
} timelines;

static inline void
timelines_start(timelines *test, uint32_t max_slices)
{
    *test = (timelines){0};
    const prof_memory memory = test_memory_source(&test->memory);
    prof__arena_init(&test->arena, &memory);
    prof__timeline_init(&test->timeline, &test->arena, max_slices);
}

static inline void
timelines_end(timelines *test)
{
    prof__arena_deinit(&test->arena);
    assert_int_equal(test->memory.live, 0);
}

static inline prof__cct_node *
timelines_node(char letter)
{
    return &timeline_nodes[letter - 'a'];
}

static inline char
timelines_letter(const prof__cct_node *node)
{
    return (char)(node == NULL ? '-' : 'a' + (node - timeline_nodes));
}

/* Up to `end_ns` after the start the thread has spent `wall_ns` in the node. */
static inline void
timelines_add(timelines *test, uint64_t thread, uint64_t end_ns, uint64_t wall_ns, char node)
{
    const prof__stretch stretch = {.thread = thread,
                                   .start_ns = TIMELINE_START,
                                   .end_ns = TIMELINE_START + end_ns,
                                   .wall_ns = wall_ns};
    prof__timeline_add(&test->timeline, &stretch, timelines_node(node));
}

/* NULL when there is none. */
static inline const prof__track *
timelines_find(const timelines *test, uint64_t thread)
{
    const prof__track *found = NULL;
    uint32_t count = 0;
    for (const prof__track *track = test->timeline.first; track != NULL; track = track->next) {
        if (track->thread == thread) {
            assert_null(found);
            found = track;
        }
        count++;
    }
    assert_int_equal(count, test->timeline.track_count);
    return found;
}

/* The slices of a track one by one: begin with {track->first}. NULL at the end. */
typedef struct slice_walk {
    const prof__slice_chunk *chunk;
    uint64_t index;
} slice_walk;

static inline const prof__slice *
slice_walk_next(slice_walk *walk)
{
    if (walk->chunk != NULL && walk->index == walk->chunk->count) {
        *walk = (slice_walk){.chunk = walk->chunk->next};
    }
    return walk->chunk == NULL ? NULL : &walk->chunk->slices[walk->index++];
}

static inline void
assert_timeline(const timelines *test, uint64_t thread, const char *wanted)
{
    char text[2000] = "";
    const prof__track *track = timelines_find(test, thread);
    assert_non_null(track);
    slice_walk walk = {.chunk = track->first};
    for (const prof__slice *slice; (slice = slice_walk_next(&walk)) != NULL;) {
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof(text) - length, "%s%c%" PRIu64, length == 0 ? "" : " ",
                       timelines_letter(slice->node), slice->wall_ns);
    }
    assert_string_equal(text, wanted);
}

/* Gives the number of slices. */
static inline uint32_t
assert_track(const prof__timeline *timeline, const prof__track *track)
{
    uint32_t count = 0;
    uint64_t total_ns = 0;
    for (const prof__slice_chunk *chunk = track->first; chunk != NULL; chunk = chunk->next) {
        bool last = chunk->next == NULL;
        assert_true(last ? chunk == track->last : chunk->count == PROF__CHUNK_SLICES);
        assert_uint_in_range(chunk->count, 1, PROF__CHUNK_SLICES);
        for (uint64_t i = 0; i < chunk->count; i++) {
            bool may_be_short = last && i + 1 == chunk->count;
            assert_true(chunk->slices[i].wall_ns > 0);
            assert_true(may_be_short || chunk->slices[i].wall_ns >= timeline->resolution_ns);
            total_ns += chunk->slices[i].wall_ns;
        }
        count += (uint32_t)chunk->count;
    }
    assert_int_equal(total_ns, track->end_ns - TIMELINE_START);
    return count;
}

/* Slices lie end to end, none is too short, and there are no more of them than may be. */
static inline void
assert_timeline_laws(const prof__timeline *timeline)
{
    uint32_t count = 0;
    for (const prof__track *track = timeline->first; track != NULL; track = track->next) {
        count += assert_track(timeline, track);
    }
    assert_int_equal(count, timeline->count);
    assert_true(count <= timeline->max_slices);
}

#endif
