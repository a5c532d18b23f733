/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* CLOCK_MONOTONIC_COARSE */
#include "rhythm.h"

#include <stdbool.h>
#include <time.h>

/* Of what ticks are ahead, this share is taken back at each. */
#define SHARE_TAKEN_BACK 8

#define NS_PER_S UINT64_C(1000000000)

void
prof__rhythm_init(prof__rhythm *rhythm)
{
    /* The kernel moves this clock when it is interrupted. */
    struct timespec step = {0};
    (void)clock_getres(CLOCK_MONOTONIC_COARSE, &step);
    rhythm->grid_ns = (uint64_t)step.tv_sec * NS_PER_S + (uint64_t)step.tv_nsec;
}

/* Random for what it is used for: the digits of a clock, spread over the interval. */
static uint64_t
random_part(uint64_t now_ns, uint64_t interval_ns)
{
    return (now_ns * UINT64_C(0x9E3779B97F4A7C15) >> 20) % interval_ns;
}

/* Where intervals are no longer than that, gaps on the grid would hardly be random. */
static bool
keeps_to_grid(const prof__rhythm *rhythm, uint64_t interval_ns)
{
    return rhythm->grid_ns > 0 && interval_ns >= rhythm->grid_ns + rhythm->grid_ns / 4;
}

static uint64_t
next_on_grid(const prof__rhythm *rhythm, uint64_t ns)
{
    return (ns / rhythm->grid_ns + 1) * rhythm->grid_ns;
}

/* The nearest one, but after `last_ns`. */
static uint64_t
nearest_on_grid(const prof__rhythm *rhythm, uint64_t ns, uint64_t last_ns)
{
    uint64_t due_ns = (ns + rhythm->grid_ns / 2) / rhythm->grid_ns * rhythm->grid_ns;
    return due_ns > last_ns ? due_ns : next_on_grid(rhythm, last_ns);
}

/* Each moment of the grid within an interval from now is as likely as the others. */
static uint64_t
first_tick(const prof__rhythm *rhythm, uint64_t now_ns, uint64_t interval_ns)
{
    uint64_t part_ns = random_part(now_ns, interval_ns);
    if (!keeps_to_grid(rhythm, interval_ns)) {
        return now_ns + 1 + part_ns;
    }
    return next_on_grid(rhythm, now_ns) + part_ns / rhythm->grid_ns * rhythm->grid_ns;
}

static uint64_t
tick_after(prof__rhythm *rhythm, uint64_t last_ns, uint64_t now_ns, uint64_t interval_ns)
{
    int64_t ahead_ns = atomic_load(&rhythm->ahead_ns);
    int64_t gap_ns = (int64_t)(interval_ns / 2 + random_part(now_ns, interval_ns));
    gap_ns += ahead_ns / SHARE_TAKEN_BACK;
    uint64_t due_ns = last_ns + (gap_ns > 0 ? (uint64_t)gap_ns : 1);
    if (keeps_to_grid(rhythm, interval_ns)) {
        due_ns = nearest_on_grid(rhythm, due_ns, last_ns);
    }
    atomic_store(&rhythm->ahead_ns, ahead_ns + (int64_t)interval_ns - (int64_t)(due_ns - last_ns));
    atomic_store(&rhythm->next_ns, due_ns);
    return due_ns;
}

void
prof__rhythm_start(prof__rhythm *rhythm, uint64_t now_ns, uint64_t interval_ns, uint64_t due_ns[2])
{
    atomic_store(&rhythm->ahead_ns, 0);
    due_ns[0] = first_tick(rhythm, now_ns, interval_ns);
    due_ns[1] = tick_after(rhythm, due_ns[0], due_ns[0], interval_ns);
}

uint64_t
prof__rhythm_next(prof__rhythm *rhythm, uint64_t now_ns, uint64_t interval_ns)
{
    uint64_t next_ns = atomic_load(&rhythm->next_ns);
    if (next_ns < now_ns) {
        next_ns = now_ns; /* it has come already */
        atomic_store(&rhythm->ahead_ns, 0);
    }
    return tick_after(rhythm, next_ns, now_ns, interval_ns);
}
