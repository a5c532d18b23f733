/* SPDX-License-Identifier: MIT */
/* Reading the clock in a hook: one instruction where the counter is sound, one call elsewhere. */
#ifndef PROF_CORE_CLOCK_H
#define PROF_CORE_CLOCK_H

#include <prof/prof.h>

#if defined(__x86_64__)
#include <x86intrin.h>
static inline uint64_t
prof__counter(void)
{
    return __rdtsc();
}
#elif defined(__aarch64__)
static inline uint64_t
prof__counter(void)
{
    uint64_t value;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
}
#else
#error "libprof supports x86-64 and aarch64"
#endif

/*
 * Reads ticks and wall time of one moment, as near as can be: a thread that is preempted between the two
 * readings would be wrong by milliseconds, so the closest of a few pairs is taken.
 */
void prof__clock_pair(const prof_clock *clock, uint64_t *ticks, uint64_t *wall_ns);

/* Of a clock that does not say: longer than any call, shorter than any useful sleep. */
#define PROF__CPU_GAP_NS 4000.0

/* In ticks. */
static inline uint64_t
prof__clock_cpu_gap(const prof_clock *clock)
{
    double ns = clock->cpu_gap_ns > 0 ? clock->cpu_gap_ns : PROF__CPU_GAP_NS;
    return (uint64_t)(ns * clock->ticks_per_ns);
}

static inline uint64_t
prof__clock_ticks(const prof_clock *clock)
{
    return clock->is_tsc ? prof__counter() : clock->ticks(clock->context);
}

#endif
