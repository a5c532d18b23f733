/* SPDX-License-Identifier: MIT */
/*
 * How fast the machine is at a moment. Cores change their speed: a laptop's clock by four, a virtual machine's core by
 * two whenever somebody else runs on its other half, some thousand times a second. What hooks cost changes with it, so
 * a cost that was measured in one state is wrong in the other, by more than small functions take themselves.
 *
 * So a fixed piece of work is timed now and then: while the costs are measured, and while a session runs.
 *
 * Any thread, and signal handlers: nothing is shared, and nothing is called.
 */
#ifndef PROF_CORE_PACE_H
#define PROF_CORE_PACE_H

#include "clock.h"

/* A thousandth of the time goes into observations at most. */
#define PROF__PACE_SPACING_NS 500000.0

/* What several observations have found, in ticks. All zero is a valid start. */
typedef struct prof__pace {
    uint64_t sum;
    uint64_t count;
    uint64_t due; /* ticks; prof__pace_follow() waits for it */
} prof__pace;

/* Ticks that the work takes now, 0.2 us in a usual state; 0.5 us to find out, as the least of three counts. */
uint64_t prof__pace_now(void);

/* Takes an observation. Nothing happens where the clock is a function: such clocks take as long to read as the work. */
void prof__pace_observe(prof__pace *pace, const prof_clock *clock);

/* The same now and then, for whom it may concern often: at `now` an observation may be due. */
static inline void
prof__pace_follow(prof__pace *pace, const prof_clock *clock, uint64_t now)
{
    if (now >= pace->due) {
        pace->due = now + (uint64_t)(PROF__PACE_SPACING_NS * clock->ticks_per_ns);
        prof__pace_observe(pace, clock);
    }
}

/* Adds what another strand has observed. */
static inline void
prof__pace_add(prof__pace *pace, const prof__pace *other)
{
    pace->sum += other->sum;
    pace->count += other->count;
}

/*
 * By how much what was measured at the pace `measured_ns` takes longer at the mean of these: 1 where either is not
 * known. Never more than the states of a machine can differ by.
 */
double prof__pace_factor(const prof__pace *pace, double measured_ns, double ns_per_tick);

#endif
