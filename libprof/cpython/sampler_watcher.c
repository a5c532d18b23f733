/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "sampler_watcher.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process.h"
#include "sampled_thread.h"

/* It calls little, but sanitizers want their part. */
#define STACK_BYTES ((size_t)256 << 10)

static struct {
    pthread_mutex_t lock; /* of `thread` and `follows_forks`, and who changes `process` */
    pthread_t thread;
    bool follows_forks;
    _Atomic(pid_t) process;  /* that it runs in; 0: it does not run */
    _Atomic(uint32_t) calls; /* so far; what it sleeps on */
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool
sampler_watcher_runs(void)
{
    return atomic_load(&state.process) == process_current();
}

void
sampler_watcher_call(void)
{
    (void)atomic_fetch_add(&state.calls, 1);
    (void)syscall(SYS_futex, &state.calls, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Until that time, or until there are more calls than these. Time 0: until there are more calls. */
static void
sleep_until(uint64_t time_ns, uint32_t calls)
{
    uint64_t now_ns = sampled_thread_clock(CLOCK_MONOTONIC);
    uint64_t left_ns = time_ns > now_ns ? time_ns - now_ns : 0;
    const struct timespec left = sampled_thread_timespec(left_ns);
    if (time_ns == 0 || left_ns > 0) {
        (void)syscall(SYS_futex, &state.calls, FUTEX_WAIT_PRIVATE, calls,
                      time_ns == 0 ? NULL : &left, NULL, 0);
    }
}

static void *
run(void *unused)
{
    (void)unused;
    (void)prctl(PR_SET_TIMERSLACK, 1UL); /* else each look is 50 us late */
    for (;;) {
        /* In this order: who ends it changes the one and then the other, and it would sleep through that for ever. */
        uint32_t calls = atomic_load(&state.calls);
        if (atomic_load(&state.process) == 0) {
            break;
        }
        uint64_t next_ns = sampled_wait_look(sampled_thread_clock(CLOCK_MONOTONIC));
        sleep_until(next_ns, calls);
    }
    return NULL;
}

/* ---- beginning and end ------------------------------------------------------------------------------ */

/* The caller holds the lock. */
static void
end(void)
{
    if (sampler_watcher_runs()) {
        atomic_store(&state.process, 0);
        sampler_watcher_call();
        (void)pthread_join(state.thread, NULL);
        sampled_wait_give_back();
    }
}

static void
before_fork(void)
{
    (void)pthread_mutex_lock(&state.lock);
    end();
}

static void
after_fork(void)
{
    (void)pthread_mutex_unlock(&state.lock);
}

static void
after_fork_in_child(void)
{
    sampled_wait_forget();
    after_fork();
}

/* The caller holds the lock. */
static bool
follow_forks(void)
{
    if (!state.follows_forks) {
        state.follows_forks = pthread_atfork(before_fork, after_fork, after_fork_in_child) == 0;
    }
    return state.follows_forks;
}

/* A thread inherits the mask of who makes it. The caller holds the lock. */
static void
begin(void)
{
    sigset_t all;
    sigset_t before;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        return;
    }
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    /* Not that of a real-time thread which happens to begin a session: it would never let a handler come to its end. */
    (void)pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_store(&state.process, process_current()); /* it ends where this is 0 */
    if (pthread_create(&state.thread, &attributes, run, NULL) == 0) {
        (void)pthread_setname_np(state.thread, "libprof watcher");
    } else {
        atomic_store(&state.process, 0);
        sampled_wait_give_back(); /* who was handed over meanwhile */
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
}

void
sampler_watcher_start(void)
{
    if (sampler_watcher_runs()) {
        return;
    }
    (void)pthread_mutex_lock(&state.lock);
    if (!sampler_watcher_runs() && follow_forks()) {
        begin();
    }
    (void)pthread_mutex_unlock(&state.lock);
}

void
sampler_watcher_stop(void)
{
    (void)pthread_mutex_lock(&state.lock);
    end();
    (void)pthread_mutex_unlock(&state.lock);
}
