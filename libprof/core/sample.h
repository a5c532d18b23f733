/* SPDX-License-Identifier: MIT */
/*
 * Samples: stacks that somebody has read, each with the time that it stands for, added to a session's tree.
 *
 * In a sampled session nodes hold self times in ns, and `calls` counts samples. A node stands for one line of a frame,
 * so that the time of lines can be told as well; a profile has one node for all of them. All of this is safe in a
 * signal handler if the session's memory is reserved (reserve.h). One thread at a time works on a session.
 */
#ifndef PROF_CORE_SAMPLE_H
#define PROF_CORE_SAMPLE_H

#include "session.h"

/* Frames of a stack that are looked at, from the innermost on. */
#define PROF__SAMPLE_FRAMES 1024u

typedef struct prof__sample {
    const uint64_t *keys; /* the instruction that each frame runs, the innermost first; never 0 */
    uint32_t depth;       /* at most PROF__SAMPLE_FRAMES */
    bool deeper;          /* there were more frames further out */
    uint32_t ticks;       /* that it stands for: samples, as they are counted */
    uint64_t thread;  /* whose stack it is: any number that no other thread of the session has */
    uint64_t end_ns;  /* when it was read */
    uint64_t wall_ns; /* since when nobody else has had the thread's time */
    uint64_t cpu_ns;  /* at most: see prof__sample_add */
} prof__sample;

/* What a key stands for. */
typedef struct prof__place {
    uint32_t frame_id;
    uint32_t line; /* 0: unknown */
} prof__place;

/* The place of the sample's frame with this index. */
typedef prof__place prof__find_place(void *context, uint32_t index);

/*
 * The path that was walked last: stacks of one thread mostly begin as the one before them did. Keys are what they
 * were only as long as `epoch` is the same.
 */
typedef struct prof__path {
    uint64_t session; /* serial of the session; 0: none */
    uint64_t epoch;
    bool deeper;
    uint32_t depth;
    uint64_t keys[PROF__SAMPLE_FRAMES]; /* the outermost first */
    prof__cct_node *nodes[PROF__SAMPLE_FRAMES];
    prof__cct_node *end; /* where the stack ended in the tree */
    bool folded;         /* there was no room for all of it */
} prof__path;

/*
 * Adds a sample to the session's first tree and to its timeline. What does not fit folds into an overflow frame. Returns
 * how much of the CPU time its node has taken: no node has more of it than of wall time, all its samples together,
 * and one sample takes no more than four times its wall time.
 */
uint64_t prof__sample_add(prof_session *session, const prof__sample *sample, prof__path *path,
                          uint64_t epoch, prof__find_place *find_place, void *context);

/*
 * A sample of the same stack, which a thread that has not run since still has: the path is the one that was walked for
 * it. Of the sample its times, its ticks and its thread count. Does nothing if the path is of another session.
 */
void prof__sample_again(prof_session *session, const prof__sample *sample, const prof__path *path);

#endif
