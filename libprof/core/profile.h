/* SPDX-License-Identifier: MIT */
/* The inside of the immutable result. Built only by profile_builder.c; read by everything after it. */
#ifndef PROF_CORE_PROFILE_H
#define PROF_CORE_PROFILE_H

#include <prof/prof.h>

struct prof_profile {
    char *name;
    char *engine;
    char *started;
    char *metadata;
    uint64_t wall_ns;
    uint64_t cpu_ns;
    prof_counters counters;
    uint32_t frame_count;
    prof_frame *frames; /* names and files point into `text` or are owned by it */
    char **texts;       /* owned strings of the frames: two per frame, name and file */
    uint32_t node_count;
    prof_node *nodes; /* parents before children; totals are filled in */
};

#endif
