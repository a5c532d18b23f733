/* SPDX-License-Identifier: MIT */
/*
 * What the hooks have cost a node, so that it can be taken out of its times. A hook reads the clock once, in
 * its middle, so the cost of one call falls into two nodes:
 *
 *     caller ──► enter hook ──┊──► callee ──┊──► leave hook ──► caller
 *                  outer      ┊  inner      ┊      outer
 *                             ▲             ▲
 *                             clock         clock
 *
 * The costs of one call are measured (prof_costs); how many calls there were is known exactly. Cost is CPU
 * time: what is taken out of a node is never more than the CPU time it has.
 */
#ifndef PROF_CORE_COMPENSATION_H
#define PROF_CORE_COMPENSATION_H

#include "cct.h"

/* Estimated ticks in the node's own self time / in that of its parent. */
typedef struct prof__node_cost {
    uint64_t inner;
    uint64_t outer;
} prof__node_cost;

/* Events of a node that cost more, when all entries of its frame have `share` each. */
static inline double
prof__compensation_far(const prof__cct_node *node, double share)
{
    return ((double)prof__cct_calls(node) + (double)node->resumes) * share;
}

/* `costs` in ns; `ticks_per_ns` converts them, also to another pace; `far` is the number of events that cost more. */
prof__node_cost prof__compensation_of(const prof_costs *costs, double ticks_per_ns, prof_kind kind,
                                      const prof__cct_node *node, double far);

/* How much of an estimated cost can be taken out of these self times. */
static inline uint64_t
prof__compensation_limit(uint64_t cost, uint64_t self_wall, uint64_t self_cpu)
{
    uint64_t limit = self_cpu < self_wall ? self_cpu : self_wall;
    return cost < limit ? cost : limit;
}

#endif
