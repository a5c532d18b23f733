/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "compensation.h"
#include "support/testing.h"

/* Each cost is told from every other by its size. */
static const prof_costs costs = {
    .call = {.inner_ns = 1, .outer_ns = 2},
    .resume = {.inner_ns = 10, .outer_ns = 20},
    .builtin = {.inner_ns = 100, .outer_ns = 200},
    .span = {.inner_ns = 1000, .outer_ns = 2000},
    .far = {.inner_ns = 10000, .outer_ns = 20000},
};

static void
assert_cost(prof_kind kind, uint64_t calls, uint64_t resumes, uint64_t inner, uint64_t outer)
{
    const prof__cct_node node = {.calls = calls, .resumes = resumes};
    prof__node_cost cost = prof__compensation_of(&costs, 1.0, kind, &node, 0);
    assert_int_equal(cost.inner, inner);
    assert_int_equal(cost.outer, outer);
}

static void
each_kind_of_call_has_its_own_cost(void **state)
{
    (void)state;
    assert_cost(PROF_KIND_PYTHON, 3, 0, 3, 6);
    assert_cost(PROF_KIND_BUILTIN, 3, 0, 300, 600);
    static const prof_kind spans[] = {PROF_KIND_NATIVE, PROF_KIND_SQL,   PROF_KIND_TEMPLATE,
                                      PROF_KIND_GC,     PROF_KIND_AWAIT, PROF_KIND_SPAN};
    for (size_t i = 0; i < COUNT_OF(spans); i++) {
        assert_cost(spans[i], 3, 0, 3000, 6000);
    }
}

static void
a_resumption_is_paid_beside_the_call(void **state)
{
    (void)state;
    assert_cost(PROF_KIND_PYTHON, 1, 5, 51, 102);
    assert_cost(PROF_KIND_PYTHON, 0, 5, 50, 100); /* begun before the session */
}

/* A half is possible: events are counted for all paths to a frame together. */
static void
an_event_that_costs_more_is_paid_beside_the_rest(void **state)
{
    (void)state;
    const prof__cct_node node = {.calls = 1, .resumes = 5};
    assert_true(prof__compensation_far(&node, 0.25) == 1.5);
    prof__node_cost cost = prof__compensation_of(&costs, 1.0, PROF_KIND_PYTHON, &node, 1.5);
    assert_int_equal(cost.inner, 51 + 15000);
    assert_int_equal(cost.outer, 102 + 30000);
    cost = prof__compensation_of(&costs, 1.0, PROF_KIND_BUILTIN, &node, 2);
    assert_int_equal(cost.inner, 100 + 20000);
    assert_int_equal(cost.outer, 200 + 40000);
}

/* The calls in it have no nodes of their own: both parts of their cost lie inside. */
static void
an_overflow_frame_has_paid_for_all_in_it(void **state)
{
    (void)state;
    assert_cost(PROF_KIND_OVERFLOW, 7, 0, 21, 0);
}

static void
what_never_ran_costs_nothing(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < PROF_KIND_COUNT; kind++) {
        assert_cost((prof_kind)kind, 0, 0, 0, 0);
    }
}

/* A cost of less than a tick counts as well: what is rounded is the sum, not each call. */
static void
costs_are_turned_into_ticks(void **state)
{
    (void)state;
    static const prof_costs small = {.call = {.inner_ns = 0.25, .outer_ns = 30.5}};
    const prof__cct_node node = {.calls = 1000};
    prof__node_cost cost = prof__compensation_of(&small, 3.0, PROF_KIND_PYTHON, &node, 0);
    assert_int_equal(cost.inner, 750);
    assert_int_equal(cost.outer, 91500);
}

/* Whoever hands such costs in has made a mistake; the profile stays a profile. */
static void
costs_that_are_no_times_do_no_harm(void **state)
{
    (void)state;
    static const double odd[] = {-1, -1e300, -INFINITY, NAN, INFINITY, 1e300};
    const prof__cct_node node = {.calls = 3};
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        const prof_costs strange = {.call = {.inner_ns = odd[i], .outer_ns = odd[i]}};
        prof__node_cost cost = prof__compensation_of(&strange, 1.0, PROF_KIND_PYTHON, &node, 0);
        assert_int_equal(cost.inner, odd[i] > 0 ? UINT64_C(1) << 48 : 0);
        assert_int_equal(cost.outer, cost.inner);
    }
    const prof_costs infinite = {.call = {.inner_ns = INFINITY}};
    const prof__cct_node never = {.calls = 0}; /* infinity times nothing is no number */
    assert_int_equal(prof__compensation_of(&infinite, 1.0, PROF_KIND_PYTHON, &never, 0).inner, 0);
}

static void
no_more_is_taken_out_than_there_is(void **state)
{
    (void)state;
    assert_int_equal(prof__compensation_limit(7, 100, 100), 7);
    assert_int_equal(prof__compensation_limit(100, 100, 100), 100);
    assert_int_equal(prof__compensation_limit(101, 100, 100), 100);
    assert_int_equal(prof__compensation_limit(UINT64_MAX, 100, 100), 100);
    assert_int_equal(prof__compensation_limit(7, 0, 0), 0);
}

/* Hooks compute: they are no part of the time that a node has waited. */
static void
what_waited_is_no_cost(void **state)
{
    (void)state;
    assert_int_equal(prof__compensation_limit(50, 1000, 20), 20);
    assert_int_equal(prof__compensation_limit(50, 1000, 0), 0);
    assert_int_equal(prof__compensation_limit(50, 20, 1000), 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_call_has_its_own_cost),
        cmocka_unit_test(a_resumption_is_paid_beside_the_call),
        cmocka_unit_test(an_event_that_costs_more_is_paid_beside_the_rest),
        cmocka_unit_test(an_overflow_frame_has_paid_for_all_in_it),
        cmocka_unit_test(what_never_ran_costs_nothing),
        cmocka_unit_test(costs_are_turned_into_ticks),
        cmocka_unit_test(costs_that_are_no_times_do_no_harm),
        cmocka_unit_test(no_more_is_taken_out_than_there_is),
        cmocka_unit_test(what_waited_is_no_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
