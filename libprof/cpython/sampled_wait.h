/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait. One that ticks have found waiting again and again is not interrupted any more: each tick would
 * wake it up to find what the last one has found, and code that begins a wait anew when a signal has cut it short would
 * wait for ever. It is watched instead, from another thread (sampler_watcher.h): as long as its CPU clock stands still it
 * waits where it waited, and when the clock has moved its timer goes on. On a busy machine the watcher may have no core
 * then: a tick of the thread's alarm, which counts the time that it runs, comes all the same.
 *
 *     not watched ──► watched by the thread's handler, as its last act
 *     watched ──► in work ──► watched, or not watched, by whoever changes the state to `in work`; its handler too
 *
 * Who is about to change a thread's timer takes the thread from the watcher first. Who sets it to go on in the state `in
 * work` looks then at what its interval is by now: it may be 0.
 */
#ifndef PROF_CPYTHON_SAMPLED_WAIT_H
#define PROF_CPYTHON_SAMPLED_WAIT_H

#include "sampler.h"
#include "thread_status.h"

typedef enum sampled_wait_state {
    WAIT_NOT_WATCHED,
    WAIT_WATCHED,
    WAIT_IN_WORK,
} sampled_wait_state;

/* All but `state` and `ticks` belongs to whom the state says. */
typedef struct sampled_wait {
    _Atomic(uint32_t) state;
    uint32_t ticks;          /* that have found the thread waiting, since the last that has not */
    session_object *session; /* that the wait is a part of; NULL: nobody's */
    uint64_t since_ns;       /* when it was handed over */
    uint64_t due_ns;         /* when it is to be looked at */
    uint64_t interval_ns;
    switches switches; /* of the thread before that */
    uint64_t cpu_ns;   /* what the thread's CPU clock stands at */
    bool settled;      /* that is known: the thread has come to rest after its last tick */
} sampled_wait;

/* For the watcher. Looks at all threads that are due at that time. Returns when the next one is; 0: there is none. */
uint64_t sampled_wait_look(uint64_t now_ns);

/* In the child of a fork, where no thread is watched, whoever was at work on one in the process it was forked from. */
void sampled_wait_forget(void);

/* For the watcher's end: the threads' timers go on. Nobody watches them when this begins. */
void sampled_wait_give_back(void);

/*
 * In the thread's handler, where a session's gate is passed if there is a session: a tick has found the thread waiting,
 * or not, for this session (or NULL). Afterwards it may be watched.
 */
void sampled_wait_note(sampled_thread *thread, session_object *session, bool waits);

/*
 * In the thread's handler: a tick has come, which of a watched thread is that of its alarm, or of its timer where that
 * was due before it was turned off (kernels before 6.13). False: the thread is in work, and the tick is to be forgotten.
 */
bool sampled_wait_is_over(sampled_thread *thread);

/* Its timer is somebody else's to set. Likewise. */
bool sampled_wait_is_watched(const sampled_thread *thread);

/*
 * The thread is not watched any more. What it has waited until now is given to where it waited. True: it was watched, so
 * its timer is off. In any thread, not in signal handlers.
 */
bool sampled_wait_take(sampled_thread *thread);

/*
 * What this session's threads have waited until now is given to where they waited; after that no watched thread refers
 * to it, unless it is still open. Runs under the GIL.
 */
void sampled_wait_leave(session_object *session);

#endif
