/* SPDX-License-Identifier: MIT */
#include "walk.h"

#include <stdlib.h>

prof_status
prof__walk_init(prof__walk *walk, const prof_profile *profile)
{
    *walk = (prof__walk){.nodes = profile->nodes};
    walk->first_child = calloc(profile->node_count, 2 * sizeof(*walk->first_child));
    if (walk->first_child == NULL) {
        return PROF_NO_MEMORY;
    }
    walk->next_sibling = walk->first_child + profile->node_count;
    /* Backwards, so that each list of children ends up in ascending order. */
    for (uint32_t node = profile->node_count - 1; node > 0; node--) {
        uint32_t parent = profile->nodes[node].parent;
        walk->next_sibling[node] = walk->first_child[parent];
        walk->first_child[parent] = node;
    }
    return PROF_OK;
}

void
prof__walk_deinit(prof__walk *walk)
{
    free(walk->first_child);
}

static void
enter(prof__walk *walk, uint32_t node)
{
    walk->node = node;
    walk->entering = true;
}

bool
prof__walk_next(prof__walk *walk)
{
    if (!walk->started) {
        walk->started = true;
        enter(walk, 0);
    } else if (walk->entering && walk->first_child[walk->node] != 0) {
        walk->depth++;
        enter(walk, walk->first_child[walk->node]);
    } else if (walk->entering) {
        walk->entering = false;
    } else if (walk->node == 0) {
        return false;
    } else if (walk->next_sibling[walk->node] != 0) {
        enter(walk, walk->next_sibling[walk->node]);
    } else {
        walk->depth--;
        walk->node = walk->nodes[walk->node].parent;
    }
    return true;
}
