/* SPDX-License-Identifier: MIT */
/*
 * A thread that is interrupted: its timer, up to where its time has been given to somebody, and the room that the
 * handler works in. Records are never freed, as a late signal may carry their address, but are used again.
 */
#ifndef PROF_CPYTHON_SAMPLED_THREAD_H
#define PROF_CPYTHON_SAMPLED_THREAD_H

#include <pthread.h>
#include <time.h>

#include "code_names.h"
#include "frames.h"
#include "sample.h"
#include "sampler.h"

/* A record's key in its thread's dict, and the name of its capsule there. */
#define SAMPLED_THREAD_NAME "libprof._native.sampled_thread"

struct sampled_thread {
    sampled_thread *next;
    frames_reader reader;
    pthread_t owner;
    event_source *source;
    timer_t timer;
    int signal;          /* of the timer */
    uint64_t generation; /* how many threads have had this record */
    uint64_t interval_ns;
    uint64_t last_wall_ns; /* up to where the thread's time has been given to somebody */
    uint64_t last_cpu_ns;
    uint64_t saved_cpu_ns; /* CPU time that no sample has been given yet */
    bool was_running;      /* at the last tick, as far as can be told */
    uint64_t late;         /* samples that found a session in use and have not been counted yet */
    uint32_t holds;
    atomic_bool taken;  /* it belongs to a thread */
    atomic_bool inside; /* its handler runs */
    frames_entry entries[PROF__SAMPLE_FRAMES];
    uint64_t keys[PROF__SAMPLE_FRAMES];
    prof__path path;
    code_names names;
};

/* ns. Safe in signal handlers. */
static inline uint64_t
sampled_thread_clock(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/*
 * What a timer of ours was given; NULL: it is not one of ours. Others may have timers on the same signal. Safe in
 * signal handlers.
 */
sampled_thread *sampled_thread_of(const void *value);

/*
 * The source's threads are not interrupted from now on, and no handler is at work in another one of them. Who is held
 * stays held, and is interrupted again after resume.
 */
void sampled_thread_pause_all(const event_source *source);
void sampled_thread_resume_all(const event_source *source);

#endif
