/* SPDX-License-Identifier: MIT */
/*
 * Depth-first over a profile's nodes, without recursion: trees may be deeper than the C stack. Each node
 * comes twice, entered and left; children come in the order of their indices.
 */
#ifndef PROF_CORE_WALK_H
#define PROF_CORE_WALK_H

#include "profile.h"

typedef struct prof__walk {
    const prof_node *nodes;
    uint32_t *first_child; /* 0: none, since the root is nobody's child */
    uint32_t *next_sibling;
    uint32_t node;  /* the current node */
    uint32_t depth; /* its depth; the root's is 0 */
    bool entering;  /* false: leaving */
    bool started;
} prof__walk;

prof_status prof__walk_init(prof__walk *walk, const prof_profile *profile);
void prof__walk_deinit(prof__walk *walk); /* also after a failed init */

/* Goes to the next node; false at the end. */
bool prof__walk_next(prof__walk *walk);

#endif
