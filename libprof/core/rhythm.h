/* SPDX-License-Identifier: MIT */
/*
 * When a sampled thread is interrupted.
 *
 * Gaps are random, half an interval to one and a half: a program that repeats itself as often as it is interrupted would
 * else be found at the same place all the time. Ticks keep their number all the same: what they are ahead of it, some
 * half an interval, is taken back by and by. Not at once: a gap is the weight of the tick behind it, and must not depend
 * on the moment of the interval that it begins at.
 *
 * An interrupt takes a machine longer than all that is done about it. The kernel has one of its own each 1 to 10 ms, and
 * from Linux 6.5 on all of them are at multiples of that. So where intervals are longer, ticks come at such moments as well.
 * On older kernels this is a grid like any other.
 *
 * Signal-safe. The thread's handler and whoever starts its timer may be at it at once: then one of the two is overruled.
 */
#ifndef PROF_CORE_RHYTHM_H
#define PROF_CORE_RHYTHM_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct prof__rhythm {
    uint64_t grid_ns;          /* between the kernel's own interrupts; 0: not known */
    _Atomic(uint64_t) next_ns; /* when the tick comes after the one that is due now, or has come */
    _Atomic(int64_t) ahead_ns; /* more ticks than intervals that have passed */
} prof__rhythm;

/* For this kernel. Other members are set by start. */
void prof__rhythm_init(prof__rhythm *rhythm);

/* Begins anew: the moments of the first two ticks, in ns of CLOCK_MONOTONIC. Sessions may begin with something periodic. */
void prof__rhythm_start(prof__rhythm *rhythm, uint64_t now_ns, uint64_t interval_ns,
                        uint64_t due_ns[2]);

/* A tick has come: the moment of the one after the next. What has been missed is not made up for. */
uint64_t prof__rhythm_next(prof__rhythm *rhythm, uint64_t now_ns, uint64_t interval_ns);

#endif
