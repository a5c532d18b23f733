/* SPDX-License-Identifier: MIT */
/* A clock that stands still until the test moves it, so that every expected time is an exact number. */
#ifndef PROF_TESTS_FAKE_CLOCK_H
#define PROF_TESTS_FAKE_CLOCK_H

#include <prof/prof.h>

/* Members may be set at will; a test that wants two threads' CPU clocks changes cpu_ns between events. */
typedef struct fake_clock {
    uint64_t ticks;
    uint64_t wall_ns;
    uint64_t cpu_ns;
    uint64_t cpu_reads;
    double ticks_per_ns;
} fake_clock;

static inline uint64_t
fake_clock__ticks(void *context)
{
    const fake_clock *fake = context;
    return fake->ticks;
}

static inline uint64_t
fake_clock__wall_ns(void *context)
{
    const fake_clock *fake = context;
    return fake->wall_ns;
}

static inline uint64_t
fake_clock__cpu_ns(void *context)
{
    fake_clock *fake = context;
    fake->cpu_reads++;
    return fake->cpu_ns;
}

/* All three clocks begin at different times, so that mistaking one for another shows. */
static inline void
fake_clock_init(fake_clock *fake, double ticks_per_ns)
{
    *fake = (fake_clock){
        .ticks = 1000000,
        .wall_ns = 77000000,
        .cpu_ns = 5000,
        .ticks_per_ns = ticks_per_ns,
    };
}

static inline prof_clock
fake_clock_clock(fake_clock *fake)
{
    return (prof_clock){
        .name = "fake",
        .ticks = fake_clock__ticks,
        .wall_ns = fake_clock__wall_ns,
        .cpu_ns = fake_clock__cpu_ns,
        .context = fake,
        .ticks_per_ns = fake->ticks_per_ns,
    };
}

/* Time passes without this thread on a core. */
static inline void
fake_clock_wait(fake_clock *fake, uint64_t ns)
{
    fake->wall_ns += ns;
    fake->ticks += (uint64_t)((double)ns * fake->ticks_per_ns);
}

/* Time passes while this thread computes. */
static inline void
fake_clock_run(fake_clock *fake, uint64_t ns)
{
    fake_clock_wait(fake, ns);
    fake->cpu_ns += ns;
}

#endif
