/* SPDX-License-Identifier: MIT */
/*
 * Calls whose hooks take time: the fake clock runs by what each costs, half of it in either hook, so that
 * a profile without that cost must show exactly what the program alone has spent.
 */
#ifndef PROF_TESTS_TOLL_H
#define PROF_TESTS_TOLL_H

#include "calls.h"
#include "harness.h"

/* Even numbers, each told from every other by its size. */
static const prof_costs toll_costs = {
    .call = {.inner_ns = 2, .outer_ns = 4},
    .resume = {.inner_ns = 20, .outer_ns = 40},
    .builtin = {.inner_ns = 6, .outer_ns = 8},
    .span = {.inner_ns = 60, .outer_ns = 80},
    .far = {.inner_ns = 200, .outer_ns = 400},
};

static inline const prof_cost *
toll_of(prof_kind kind)
{
    if (kind == PROF_KIND_PYTHON) {
        return &toll_costs.call;
    }
    return kind == PROF_KIND_BUILTIN ? &toll_costs.builtin : &toll_costs.span;
}

/* A harness whose session takes these costs out. */
static inline void
toll_start(harness *test, const prof_costs *costs)
{
    harness_start(test, 1.0, 0, 0);
    test->session->costs = *costs;
}

static inline void
toll_enter(harness *test, prof_strand *strand, uint32_t frame, const prof_cost *cost,
           uint64_t identity)
{
    fake_clock_run(&test->clock, (uint64_t)cost->outer_ns / 2);
    open_call(strand, frame, identity);
    fake_clock_run(&test->clock, (uint64_t)cost->inner_ns / 2);
}

static inline void
toll_leave(harness *test, prof_strand *strand, const prof_cost *cost, uint64_t identity)
{
    fake_clock_run(&test->clock, (uint64_t)cost->inner_ns / 2);
    close_call(strand, identity);
    fake_clock_run(&test->clock, (uint64_t)cost->outer_ns / 2);
}

/* A whole call that computes for `ns`. */
static inline void
toll_call(harness *test, prof_strand *strand, uint32_t frame, prof_kind kind, uint64_t ns)
{
    const uint64_t identity = 640;
    toll_enter(test, strand, frame, toll_of(kind), identity);
    fake_clock_run(&test->clock, ns);
    toll_leave(test, strand, toll_of(kind), identity);
}

/* What has been taken out of a node, beside what is left of it. */
typedef struct toll_row {
    const char *path;
    uint64_t self_wall;
    uint64_t self_cpu;
    uint64_t overhead;
} toll_row;

static inline void
toll_assert(const prof_profile *profile, const toll_row *rows, size_t count)
{
    char want[200];
    char have[200];
    for (size_t i = 0; i < count; i++) {
        const toll_row *row = &rows[i];
        const prof_node *node = get_path(profile, row->path);
        (void)snprintf(want, sizeof(want), "%s: wall %ju cpu %ju overhead %ju", row->path,
                       (uintmax_t)row->self_wall, (uintmax_t)row->self_cpu,
                       (uintmax_t)row->overhead);
        (void)snprintf(have, sizeof(have), "%s: wall %ju cpu %ju overhead %ju", row->path,
                       (uintmax_t)node->self_wall_ns, (uintmax_t)node->self_cpu_ns,
                       (uintmax_t)node->overhead_ns);
        assert_string_equal(have, want);
    }
    assert_int_equal(prof_profile_node_count(profile), count);
}

#define ASSERT_TOLLS(profile, rows) toll_assert((profile), (rows), COUNT_OF(rows))

#endif
