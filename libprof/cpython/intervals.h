/* SPDX-License-Identifier: MIT */
/*
 * The intervals that somebody wants to be sampled at: the shortest one counts, and when who wanted it is gone the next
 * one does. Runs under the GIL.
 */
#ifndef PROF_CPYTHON_INTERVALS_H
#define PROF_CPYTHON_INTERVALS_H

#include <stdint.h>

/* Different ones at once. One that has no room is taken for the shortest, and comes a little too often. */
#define INTERVALS_MAX 8u

typedef struct intervals {
    struct {
        uint64_t ns;
        uint32_t count; /* who wants it; 0: the place is free */
    } of[INTERVALS_MAX];
} intervals;

/* 0: nobody wants any. */
uint64_t intervals_shortest(const intervals *self);

void intervals_add(intervals *self, uint64_t ns);
void intervals_remove(intervals *self, uint64_t ns);

#endif
