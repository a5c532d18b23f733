/* SPDX-License-Identifier: MIT */
/*
 * From the tree to one row per function. A node's calls and self time always count. Its total counts only
 * where the frame is not open already further up its path: the inner call of a recursion lies inside the
 * outer one's total. The root is no function: what it has of its own passed outside all calls.
 */
#include <stdlib.h>
#include <string.h>

#include "walk.h"

static void
add_self(prof_function *function, const prof_node *node)
{
    function->calls = prof__sum(function->calls, node->calls);
    function->self_wall_ns = prof__sum(function->self_wall_ns, node->self_wall_ns);
    function->self_cpu_ns = prof__sum(function->self_cpu_ns, node->self_cpu_ns);
    function->await_ns = prof__sum(function->await_ns, node->await_ns);
    function->samples = prof__sum(function->samples, node->samples);
}

static void
add_total(prof_function *function, const prof_node *node)
{
    function->total_wall_ns = prof__sum(function->total_wall_ns, node->total_wall_ns);
    function->total_cpu_ns = prof__sum(function->total_cpu_ns, node->total_cpu_ns);
}

/* `open` counts how often each frame is on the path to the current node. */
static void
add_nodes(prof__walk *walk, prof_function *functions, uint32_t *open)
{
    while (prof__walk_next(walk)) {
        const prof_node *node = &walk->nodes[walk->node];
        if (!walk->entering) {
            open[node->frame]--;
            continue;
        }
        add_self(&functions[node->frame], node);
        if (open[node->frame]++ == 0) {
            add_total(&functions[node->frame], node);
        }
    }
}

static int
descending(uint64_t a, uint64_t b)
{
    return a < b ? 1 : a > b ? -1 : 0;
}

/* Equal times are told apart by the frame's index, so that the order is always the same. */
static int
heaviest_first(const void *left, const void *right)
{
    const prof_function *a = left;
    const prof_function *b = right;
    int order = descending(a->self_wall_ns, b->self_wall_ns);
    if (order == 0) {
        order = descending(a->total_wall_ns, b->total_wall_ns);
    }
    if (order == 0) {
        order = a->frame < b->frame ? -1 : 1;
    }
    return order;
}

prof_status
prof_profile_functions(const prof_profile *profile, prof_function **functions, uint32_t *count)
{
    prof_function *rows = calloc(profile->frame_count, sizeof(*rows));
    uint32_t *open = calloc(profile->frame_count, sizeof(*open));
    prof__walk walk = {0};
    prof_status status = PROF_NO_MEMORY;
    if (rows != NULL && open != NULL) {
        status = prof__walk_init(&walk, profile);
    }
    if (status == PROF_OK) {
        for (uint32_t frame = 0; frame < profile->frame_count; frame++) {
            rows[frame].frame = frame;
        }
        add_nodes(&walk, rows, open);
        *count = profile->frame_count - 1;
        memmove(rows, rows + 1, *count * sizeof(*rows)); /* frame 0 is the root */
        qsort(rows, *count, sizeof(*rows), heaviest_first);
        *functions = rows;
        rows = NULL;
    }
    prof__walk_deinit(&walk);
    free(open);
    free(rows);
    return status;
}
