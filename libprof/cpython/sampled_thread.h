/* SPDX-License-Identifier: MIT */
/*
 * A thread that is interrupted: its timer, up to where its time has been given to somebody, and the room that the
 * handler works in. Records are never freed, as a late signal may carry their address, but are used again.
 */
#ifndef PROF_CPYTHON_SAMPLED_THREAD_H
#define PROF_CPYTHON_SAMPLED_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "code_names.h"
#include "frames.h"
#include "rhythm.h"
#include "sample.h"
#include "sampled_spans.h"
#include "sampled_wait.h"
#include "sampler.h"

/* A record's key in its thread's dict, and the name of its capsule there. */
#define SAMPLED_THREAD_NAME "libprof._native.sampled_thread"

struct sampled_thread {
    sampled_thread *next;
    frames_reader reader;
    pthread_t owner;
    event_source *source;
    clockid_t cpu_clock; /* of the thread, for others */
    pid_t id;            /* the system's */
    /*
     * Two timers whose ticks come by turns. A timer's own next tick is never the next one, so to set it when it has ticked
     * programs no hardware, which takes as long as all the rest.
     */
    timer_t beats[2];
    prof__rhythm rhythm;
    timer_t alarm; /* of the thread's CPU clock, while it is watched */
    bool has_alarm;
    int signal;          /* of all timers */
    bool blocks_signal;  /* by itself: it lets the signal through while it is held */
    uint64_t generation; /* of the thread that has this record: no other thread has the same */
    intervals intervals; /* who holds it wants them */
    _Atomic(uint64_t) interval_ns; /* of the timer where the thread is not watched; 0: it is off */
    _Atomic(const session_object *) hastened_by; /* why interval_ns is shorter; only compared */
    sampled_wait wait;
    uint64_t last_wall_ns; /* up to where the thread's time has been given to somebody */
    uint64_t last_cpu_ns;
    uint64_t saved_cpu_ns; /* CPU time that no sample has been given yet */
    bool was_running;      /* at the last tick, as far as can be told */
    uint64_t sleeps;       /* that the thread had made when a tick last had to ask */
    uint64_t late;         /* samples that found a session in use and have not been counted yet */
    uint32_t holds;
    uint32_t session_holds; /* those of sessions; the others are for the work of others */
    atomic_bool taken;      /* it belongs to a thread */
    atomic_bool inside;     /* its handler runs */
    frames_entry entries[PROF__SAMPLE_FRAMES];
    uint64_t keys[PROF__SAMPLE_FRAMES];
    prof__path path;
    code_names names;
    sampled_spans spans;
};

#define SAMPLED_NS_PER_S UINT64_C(1000000000)

/* ns. Safe in signal handlers. */
static inline uint64_t
sampled_thread_clock(clockid_t clock)
{
    struct timespec now = {0}; /* of a thread that has ended */
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * SAMPLED_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* So many ns as the system wants them. Safe in signal handlers. */
static inline struct timespec
sampled_thread_timespec(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / SAMPLED_NS_PER_S),
                             .tv_nsec = (long)(ns % SAMPLED_NS_PER_S)};
}

/* pthread_sigmask for the signal of the thread's timer, in the thread itself. */
static inline int
sampled_thread_mask(const sampled_thread *self, int how, sigset_t *before)
{
    sigset_t ours;
    (void)sigemptyset(&ours);
    (void)sigaddset(&ours, self->signal);
    return pthread_sigmask(how, &ours, before);
}

/*
 * What a timer of ours was given; NULL: it is not one of ours. Others may have timers on the same signal. Safe in
 * signal handlers.
 */
sampled_thread *sampled_thread_of(const void *value);

/* Which of its two timers was given that; NULL: its alarm. Signal-safe. */
static inline const timer_t *
sampled_thread_beat(const sampled_thread *self, const void *value)
{
    for (int i = 0; i < 2; i++) {
        if (value == &self->beats[i]) {
            return &self->beats[i];
        }
    }
    return NULL;
}

/* The current thread's record; NULL: it has none that is in use here. Raises nothing. Runs under the GIL. */
sampled_thread *sampled_thread_current(const event_source *source);

/* The source's records in use in this process, one after another; the first one after NULL. */
sampled_thread *sampled_thread_next(const event_source *source, const sampled_thread *thread);

/* Those of all interpreters and processes that this one was forked from, first to last by `next`. Signal-safe. */
sampled_thread *sampled_thread_first(void);

/* Its timer ticks at its interval from now on; or not, until it is started again. -1: see errno. Signal-safe. */
int sampled_thread_start_timer(sampled_thread *self);
void sampled_thread_stop_timer(const sampled_thread *self);

/* The beat has ticked, in its handler: its next tick comes after that of the other one. Signal-safe. */
void sampled_thread_go_on(sampled_thread *self, const timer_t *beat);

/*
 * It ticks at least as often as that from now on, until this session releases it, or others change its interval: then
 * the session's next tick asks for it again. In the thread itself; signal-safe.
 */
void sampled_thread_hasten(sampled_thread *self, const session_object *session,
                           uint64_t interval_ns);

/*
 * A tick comes whenever the thread has run for so long from now on, by the scheduler's ticks (1 to 10 ms apart, and not all
 * of them find the thread where it shares its core): as long as it waits none does. 0 ns: none will. Signal-safe.
 */
void sampled_thread_set_alarm(const sampled_thread *self, uint64_t ns);

/* As if a tick had come now, in the thread itself, which runs. Not in signal handlers. */
void sampled_thread_tick(sampled_thread *thread);

/* Returns when the handler is not at work there. In that thread itself at once. It waits for nobody, so this is not long. */
void sampled_thread_wait_for_handler(const sampled_thread *thread);

/*
 * The source's threads are not interrupted from now on, and no handler is at work in another one of them. Who is held
 * stays held, and is interrupted again after resume.
 */
void sampled_thread_pause_all(const event_source *source);
void sampled_thread_resume_all(const event_source *source);

/*
 * Where no timer ticks any more: until all threads have had the ticks that were on their way, which kernels before 6.13
 * deliver whatever becomes of the timer. At most 20 ms: a thread may block the signal, or get no core.
 */
void sampled_thread_await_ticks(void);

#endif
