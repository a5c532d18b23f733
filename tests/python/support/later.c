/* SPDX-License-Identifier: MIT */
/* Preloaded into a program of test_hooks.py: the monotonic clock can be set forward. */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_long shift;

void set_forward(long seconds);

void
set_forward(long seconds)
{
    atomic_fetch_add(&shift, seconds);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
    long result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && clock == CLOCK_MONOTONIC) {
        now->tv_sec += atomic_load(&shift);
    }
    return (int)result;
}
