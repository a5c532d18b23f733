/* SPDX-License-Identifier: MIT */
/*
 * What each thread of a sampled session did one after another: a track per thread, made of slices of time, each with
 * the node that ran. Slices of a track lie end to end from the beginning of the session on; time in which nothing of
 * the session ran is a slice too.
 *
 * Samples that find the node of the one before them make its slice longer. A timeline that is full is thinned evenly:
 * from then on no slice is shorter than its resolution, and each has the node that took most of it, more or less.
 *
 * Safe in a signal handler if the arena's memory is reserved (reserve.h); one thread at a time.
 */
#ifndef PROF_CORE_TIMELINE_H
#define PROF_CORE_TIMELINE_H

#include "cct.h"

#define PROF__DEFAULT_SLICES 100000u
#define PROF__CHUNK_SLICES 127u
#define PROF__MAX_TRACKS 32u /* threads past these have no track; their samples are in the tree */

typedef struct prof__slice {
    prof__cct_node *node; /* NULL: nothing of the session ran */
    uint64_t wall_ns;
} prof__slice;

typedef struct prof__slice_chunk {
    struct prof__slice_chunk *next;
    uint64_t count; /* all chunks of a track but the last are full */
    prof__slice slices[PROF__CHUNK_SLICES];
} prof__slice_chunk;

typedef struct prof__track {
    struct prof__track *next;
    uint64_t thread;
    uint64_t end_ns;     /* up to where it is told */
    uint64_t longest_ns; /* of what the last slice was made of */
    prof__slice_chunk *first;
    prof__slice_chunk *last;
} prof__track;

typedef struct prof__timeline {
    prof__arena *arena;
    uint32_t max_slices; /* of all tracks together */
    uint32_t count;      /* likewise */
    uint32_t track_count;
    uint64_t resolution_ns;
    prof__track *first; /* in the order in which threads were first seen */
    prof__track *last;
    prof__slice_chunk *free;
} prof__timeline;

/* What a timeline takes from the arena at most. */
#define PROF__TIMELINE_BYTES(max_slices)                                                           \
    (((size_t)(max_slices) / PROF__CHUNK_SLICES + PROF__MAX_TRACKS) * sizeof(prof__slice_chunk) +  \
     PROF__MAX_TRACKS * sizeof(prof__track))

/* A stretch of a thread's time, in ns of the clock that told when the session began. */
typedef struct prof__stretch {
    uint64_t thread;
    uint64_t start_ns; /* of the session */
    uint64_t end_ns;
    uint64_t wall_ns; /* how long it was */
} prof__stretch;

void prof__timeline_init(prof__timeline *timeline, prof__arena *arena, uint32_t max_slices);

/* Where there is no room the track's last slice takes the time. What the track tells already is not told again. */
void prof__timeline_add(prof__timeline *timeline, const prof__stretch *stretch,
                        prof__cct_node *node);

#endif
