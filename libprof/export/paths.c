/* SPDX-License-Identifier: MIT */
#include "paths.h"

#include <stdlib.h>

prof_status
prof__paths_init(prof__paths *paths, const prof_profile *profile)
{
    *paths = (prof__paths){0};
    /* No path is longer than there are nodes. */
    paths->frames = calloc(profile->node_count, sizeof(*paths->frames));
    return paths->frames == NULL ? PROF_NO_MEMORY : prof__walk_init(&paths->walk, profile);
}

void
prof__paths_deinit(prof__paths *paths)
{
    prof__walk_deinit(&paths->walk);
    free(paths->frames);
}

bool
prof__paths_next(prof__paths *paths)
{
    do {
        if (!prof__walk_next(&paths->walk)) {
            return false;
        }
    } while (!paths->walk.entering);
    paths->node = &paths->walk.nodes[paths->walk.node];
    paths->length = paths->walk.depth + 1;
    paths->frames[paths->walk.depth] = paths->node->frame;
    return true;
}
