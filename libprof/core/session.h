/* SPDX-License-Identifier: MIT */
/*
 * A session: options, frames, trees and strands from start to stop.
 *
 * Strands made by prof_strand_create have a tree each, so threads never share one. An event source whose
 * events are serialised by a lock of its own (the GIL) lets all its strands share one tree instead, which
 * keeps one node per path of the whole session.
 */
#ifndef PROF_CORE_SESSION_H
#define PROF_CORE_SESSION_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "strand.h"
#include "timeline.h"

struct prof_session {
    prof_clock clock;
    prof_memory memory;
    prof__arena arena; /* strands, frames, names */
    prof__frame_table frames;
    prof__frame_table *lent; /* where `frames` come from and go back to; NULL: they are its own */
    prof__suspended suspended;
    pthread_mutex_t lock; /* of everything but the trees and strands in use */
    const char *name;
    const char *engine;
    struct timespec started; /* by the system's time of day */
    uint32_t max_nodes;
    uint32_t max_depth;
    prof_costs costs;
    prof__pace pace; /* at both ends; strands have their own */
    uint64_t start_ticks;
    uint64_t start_ns;
    uint64_t stop_ticks;
    uint64_t stop_ns;
    prof__tree *trees;
    prof_strand *strands;
    prof_strand *empty; /* strands that belong to nobody, for event sources that use them again */
    uint64_t serial;    /* unique within the process */
    uint64_t sampled_cpu_ns;     /* of all samples */
    prof__timeline timeline;     /* of all samples */
    bool sampled;                /* see sample.h */
    prof_counters counters;      /* with those of the strands: of the whole session */
    _Atomic(prof_status) status; /* the first failure inside an event, of any thread */
    bool stopped;
};

/*
 * Like prof_session_create, with frames that other sessions have left and others will find: with more than are used.
 * They belong to the session until it is destroyed.
 */
prof_status prof__session_create_with(const prof_options *options, prof__frame_table *lent,
                                      prof_session **session);

/* Adds a tree / a strand on a tree. The caller holds the lock or is alone. */
prof_status prof__session_add_tree(prof_session *session, prof__tree **tree);
prof_status prof__session_add_strand(prof_session *session, prof__tree *tree, prof_strand **strand);

/* snapshot.c: the profile of a stopped session. */
prof_status prof__snapshot(prof_session *session, prof_profile **profile);

#endif
