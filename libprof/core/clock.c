/* SPDX-License-Identifier: MIT */
#include "clock.h"

/* A pair costs about 50 ns; five in a row are not all interrupted on a machine that makes progress. */
#define PAIR_TRIES 5

void
prof__clock_pair(const prof_clock *clock, uint64_t *ticks, uint64_t *wall_ns)
{
    uint64_t closest = UINT64_MAX;
    for (int i = 0; i < PAIR_TRIES; i++) {
        uint64_t before = prof__clock_ticks(clock);
        uint64_t ns = clock->wall_ns(clock->context);
        uint64_t between = prof__clock_ticks(clock) - before;
        if (i == 0 || between < closest) {
            closest = between;
            *ticks = before + between / 2;
            *wall_ns = ns;
        }
    }
}
