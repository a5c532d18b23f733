/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <time.h>

static uint64_t
read_clock(clockid_t id)
{
    struct timespec now;
    (void)clock_gettime(id, &now); /* cannot fail with these ids on Linux */
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static uint64_t
monotonic_ns(void *context)
{
    (void)context;
    return read_clock(CLOCK_MONOTONIC);
}

static uint64_t
thread_cpu_ns(void *context)
{
    (void)context;
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

prof_clock
prof_clock_posix(void)
{
    return (prof_clock){
        .name = "posix",
        .ticks = monotonic_ns,
        .wall_ns = monotonic_ns,
        .cpu_ns = thread_cpu_ns,
        .ticks_per_ns = 1.0,
        .is_tsc = false,
    };
}
