/* SPDX-License-Identifier: MIT */
#include "snapshot_lines.h"

#include "large.h"

/* What a node and all below it have taken, in ns, without what the profiler's own frames have computed. */
typedef struct total {
    const prof__cct_node *node;
    uint64_t wall;
    uint64_t cpu;
} total;

static void
add_up(const prof__cct *cct, total *totals)
{
    prof__cct_iterator nodes = prof__cct_iterate(cct);
    for (const prof__cct_node *node; (node = prof__cct_next(&nodes)) != NULL;) {
        bool hidden = node->frame_id == PROF__FRAME_HIDDEN;
        uint64_t cpu = node->wall - node->waited;
        uint64_t cost = hidden ? cpu : 0;
        totals[node->index] = (total){.node = node, .wall = node->wall - cost, .cpu = cpu - cost};
    }
    for (uint32_t index = cct->count - 1; index > 0; index--) {
        total *parent = &totals[totals[index].node->parent->index];
        parent->wall += totals[index].wall;
        parent->cpu += totals[index].cpu;
    }
}

/* Has a node further out the same line of the same frame? Then the time is in that one's total already. */
static bool
is_inner(const prof__cct_node *node)
{
    const prof__cct_node *outer = node->parent;
    while (outer != NULL && outer->key != node->key) {
        outer = outer->parent;
    }
    return outer != NULL;
}

static bool
has_line(const prof__cct_node *node)
{
    return node->line != 0 && node->frame_id != PROF__FRAME_HIDDEN &&
           node->frame_id != PROF__FRAME_OVERFLOW;
}

static prof_status
add_lines(const prof__cct *cct, const total *totals, const uint32_t *frames, prof__builder *builder)
{
    prof_status status = PROF_OK;
    for (uint32_t index = 1; index < cct->count && status == PROF_OK; index++) {
        const prof__cct_node *node = totals[index].node;
        if (!has_line(node)) {
            continue;
        }
        bool inner = is_inner(node);
        const prof_line line = {
            .frame = frames[node->frame_id],
            .line = node->line,
            .samples = node->calls,
            .self_wall_ns = node->wall,
            .self_cpu_ns = node->wall - node->waited,
            .total_wall_ns = inner ? 0 : totals[index].wall,
            .total_cpu_ns = inner ? 0 : totals[index].cpu,
        };
        status = prof__builder_line(builder, &line);
    }
    return status;
}

prof_status
prof__snapshot_lines(const prof_session *session, const uint32_t *frames, prof__builder *builder)
{
    const prof__cct *cct = &session->trees->cct;
    total *totals = prof__large_alloc(cct->count, sizeof(*totals));
    if (totals == NULL) {
        return PROF_NO_MEMORY;
    }
    add_up(cct, totals);
    prof_status status = add_lines(cct, totals, frames, builder);
    prof__large_free(totals);
    return status;
}
