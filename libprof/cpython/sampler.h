/* SPDX-License-Identifier: MIT */
/*
 * The sampling engine: threads that run something for a sampled session are interrupted by a timer each, and the
 * signal handler adds the stack that it finds to the session of the context that runs.
 *
 *     timer of a thread ──► signal ──► handler ──► context variable ──► session ──► tree
 *                                         └──────► frames ──────────────────────────┘
 *
 * A thread is interrupted as long as somebody holds it: the sessions that began or were attached there, and what it
 * executes for others while sessions run (see libprof/sampling.py).
 */
#ifndef PROF_CPYTHON_SAMPLER_H
#define PROF_CPYTHON_SAMPLER_H

#include "context_lookup.h"
#include "intervals.h"
#include "source.h"

typedef struct sampled_thread sampled_thread;

/* A thread that is held, and which of those that have had this record: records are used again. */
typedef struct held_thread {
    sampled_thread *thread;
    uint64_t generation;
    uint64_t interval_ns;
    const session_object *session; /* NULL: the work of others. Only compared */
} held_thread;

/* Code below which the work of others begins: event loops' and executors'. */
#define SAMPLER_MAX_BOUNDARIES 16u

struct sampler {
    context_lookup lookup;
    PyObject *thread_key; /* of a thread's record in its dict */
    PyCodeObject *boundaries[SAMPLER_MAX_BOUNDARIES];
    _Atomic(uint32_t) boundary_count;
    struct sampled_memory *kept[4]; /* what sessions have left */
    uint32_t running;               /* sessions of this process */
    intervals intervals;            /* theirs */
    pid_t process;
    bool ended; /* the interpreter is about to */
};

/* All of these run under the GIL. int results are -1 with an exception set. */

int sampler_init(event_source *source);
void sampler_deinit(event_source *source);

/* A session begins, or has ended. The first one puts the signal handler in place, the last one takes it away. */
int sampler_begin(event_source *source, uint64_t interval_ns);
void sampler_end(event_source *source, uint64_t interval_ns);

/* Sessions of this process that run. */
uint32_t sampler_running(const event_source *source);

/*
 * Has the current thread interrupted at the shortest of its intervals, until it is released as often as it was held. The
 * time until now belongs to what has run until now.
 */
int sampler_hold(event_source *source, uint64_t interval_ns, const session_object *session,
                 held_thread *held);
void sampler_release(const held_thread *held);

/* What a timer has to say. False: it is not one of ours. Runs in the signal handler. */
bool sampler_on_tick(void *value, const void *context);

/* No thread is interrupted from now on, and no session can begin. */
void sampler_shut_down(event_source *source);

/* Code whose callees are somebody else's work. What does not fit is left out. */
void sampler_add_boundary(event_source *source, PyCodeObject *code);
bool sampler_is_boundary(const struct sampler *sampler, const PyCodeObject *code);

#endif
