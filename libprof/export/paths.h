/* SPDX-License-Identifier: MIT */
/* All nodes, depth first, each with the frames on its path. */
#ifndef PROF_EXPORT_PATHS_H
#define PROF_EXPORT_PATHS_H

#include "walk.h"

typedef struct prof__paths {
    prof__walk walk;
    const prof_node *node;
    uint32_t *frames; /* root first; the last is the node's own */
    uint32_t length;
} prof__paths;

prof_status prof__paths_init(prof__paths *paths, const prof_profile *profile);
void prof__paths_deinit(prof__paths *paths); /* also after a failed init */

/* Goes to the next node; false at the end. */
bool prof__paths_next(prof__paths *paths);

#endif
