/* SPDX-License-Identifier: MIT */
#include "compensation.h"

/* More than a node can have spent, a day, and little enough to be added up. */
#define MOST_TICKS 0x1p48

/* Costs come from outside, so they may be any number, or none. */
static uint64_t
ticks_of(double ns, double factor)
{
    double ticks = ns * factor;
    if (!(ticks > 0)) {
        return 0;
    }
    return (uint64_t)(ticks < MOST_TICKS ? ticks : MOST_TICKS);
}

static prof__node_cost
times(const prof_cost *cost, double factor)
{
    return (prof__node_cost){
        .inner = ticks_of(cost->inner_ns, factor),
        .outer = ticks_of(cost->outer_ns, factor),
    };
}

static prof__node_cost
sum(prof__node_cost a, prof__node_cost b)
{
    return (prof__node_cost){.inner = a.inner + b.inner, .outer = a.outer + b.outer};
}

prof__node_cost
prof__compensation_of(const prof_costs *costs, double ticks_per_ns, prof_kind kind,
                      const prof__cct_node *node, double far)
{
    double calls = (double)prof__cct_calls(node) * ticks_per_ns;
    if (kind == PROF_KIND_BUILTIN) {
        return sum(times(&costs->builtin, calls), times(&costs->far, far * ticks_per_ns));
    }
    if (kind == PROF_KIND_OVERFLOW) {
        /* The calls that were folded into it, hooks and all, lie inside. */
        prof__node_cost cost = times(&costs->call, calls);
        return (prof__node_cost){.inner = cost.inner + cost.outer};
    }
    if (kind != PROF_KIND_PYTHON) {
        return times(&costs->span, calls);
    }
    prof__node_cost resumes = times(&costs->resume, (double)node->resumes * ticks_per_ns);
    return sum(sum(times(&costs->call, calls), resumes), times(&costs->far, far * ticks_per_ns));
}
