/* SPDX-License-Identifier: MIT */
/*
 * To be preloaded. A thread stops while it hands itself over to the watcher, until the process forks; and then, in work on
 * its own record, until the fork has copied that. The calls by which it comes through here are the handler's own: it hands
 * itself over when it has turned its timer off.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NOT_YET, HANDS_OVER, MAY_GO_ON, IN_WORK, FORKED };

_Atomic(int) stopped; /* the thread, by the system's id */
_Atomic(int) stage;
static _Atomic(int) timer_is_off;

static _Atomic(int (*)(int, struct rusage *)) system_getrusage;
static _Atomic(int (*)(timer_t, int, const struct itimerspec *,
                       struct itimerspec *)) system_timer_settime;

static int
is_at(int wanted)
{
    return atomic_load(&stopped) == (int)syscall(SYS_gettid) && atomic_load(&stage) == wanted;
}

static void
wait_at(int here, int until)
{
    atomic_store(&stage, here);
    while (atomic_load(&stage) < until) {
        (void)sched_yield();
    }
}

/* By its symbol: as what its first argument is declared is the C library's matter. */
int on_getrusage(int who, struct rusage *usage) __asm__("getrusage");

int
on_getrusage(int who, struct rusage *usage)
{
    if (is_at(NOT_YET) && atomic_load(&timer_is_off)) {
        wait_at(HANDS_OVER, MAY_GO_ON);
    }
    return atomic_load(&system_getrusage)(who, usage);
}

int
timer_settime(timer_t timer, int flags, const struct itimerspec *times, struct itimerspec *before)
{
    bool off = times->it_value.tv_sec == 0 && times->it_value.tv_nsec == 0;
    if (is_at(NOT_YET) && off) {
        atomic_store(&timer_is_off, 1);
    }
    if (is_at(MAY_GO_ON)) {
        wait_at(IN_WORK, FORKED);
    }
    return atomic_load(&system_timer_settime)(timer, flags, times, before);
}

/* Registered first, so it runs last, when the watcher has ended. */
static void
before_fork(void)
{
    if (atomic_load(&stage) == HANDS_OVER) {
        wait_at(MAY_GO_ON, IN_WORK);
    }
}

static void
after_fork(void)
{
    if (atomic_load(&stage) == IN_WORK) {
        atomic_store(&stage, FORKED);
    }
}

__attribute__((constructor)) static void
begin(void)
{
    atomic_store(&system_getrusage, (int (*)(int, struct rusage *))dlsym(RTLD_NEXT, "getrusage"));
    atomic_store(&system_timer_settime,
                 (int (*)(timer_t, int, const struct itimerspec *, struct itimerspec *))dlsym(
                     RTLD_NEXT, "timer_settime"));
    (void)pthread_atfork(before_fork, after_fork, NULL);
}
