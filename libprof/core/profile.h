/* SPDX-License-Identifier: MIT */
/* The inside of the immutable result. Built only by profile_builder.c; read by everything after it. */
#ifndef PROF_CORE_PROFILE_H
#define PROF_CORE_PROFILE_H

#include <prof/prof.h>

#include "arena.h"

/*
 * The largest count or time a profile holds: 104 days of nanoseconds. Every integer up to here is exact
 * in a double, so that no reader of the document, in whatever language, sees another value.
 */
#define PROF__MAX_VALUE ((UINT64_C(1) << 53) - 1)

/* The name of frame 0, the root. */
#define PROF__ROOT_NAME "<root>"

struct prof_profile {
    char *name;
    char *engine;
    char *started;
    char *metadata;
    uint64_t wall_ns;
    uint64_t cpu_ns;
    uint64_t overhead_ns;
    prof_counters counters;
    uint32_t frame_count;
    uint32_t node_count;
    uint32_t line_count;
    uint32_t slice_count;
    prof_frame *frames; /* each has a node; 0 is the root; the strings are in `texts` */
    prof_node *nodes;   /* parents before children; totals are filled in */
    prof_line *lines;   /* one for each frame and line; NULL when there are none */
    prof_slice *slices; /* track by track, in the order of time; NULL when there are none */
    prof__arena texts;
};

/* a + b, at most PROF__MAX_VALUE. Being capped is associative and commutative, so merging is too. */
static inline uint64_t
prof__sum(uint64_t a, uint64_t b)
{
    a = a < PROF__MAX_VALUE ? a : PROF__MAX_VALUE;
    b = b < PROF__MAX_VALUE ? b : PROF__MAX_VALUE;
    return a + b < PROF__MAX_VALUE ? a + b : PROF__MAX_VALUE;
}

#endif
