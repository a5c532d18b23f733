/* SPDX-License-Identifier: MIT */
#include "support/harness.h"
#include "support/heap.h"

/*
 * A clock that takes `step` ticks to read, and at first is interrupted now and then: what prof_enter and
 * prof_leave cost with it is the reading alone.
 */
typedef struct slow_clock {
    fake_clock fake;
    uint64_t step;
    uint64_t readings;
    uint64_t calm_from; /* interrupted every 500 readings until this one */
} slow_clock;

static uint64_t
slow_ticks(void *context)
{
    slow_clock *slow = context;
    slow->readings++;
    slow->fake.ticks += slow->step;
    if (slow->readings < slow->calm_from && slow->readings % 500 == 0) {
        slow->fake.ticks += 1000 * slow->step;
    }
    return slow->fake.ticks;
}

static prof_clock
slow_clock_start(slow_clock *slow, uint64_t step, double ticks_per_ns)
{
    *slow = (slow_clock){.step = step};
    fake_clock_init(&slow->fake, ticks_per_ns);
    prof_clock clock = fake_clock_clock(&slow->fake);
    clock.ticks = slow_ticks;
    clock.context = slow;
    return clock;
}

static void
assert_near(double value, double wanted)
{
    if (!(value > wanted * 0.99 && value < wanted * 1.01)) {
        fail_msg("%f is not %f", value, wanted);
    }
}

/* From reading to reading one step lies inside the span, one outside. */
static void
a_cost_is_split_at_the_readings(void **state)
{
    (void)state;
    slow_clock slow;
    prof_clock clock = slow_clock_start(&slow, 60, 1.0);
    prof_cost cost = {0};
    assert_int_equal(prof_costs_of_spans(&clock, &cost), PROF_OK);
    assert_near(cost.inner_ns, 60);
    assert_near(cost.outer_ns, 60);
}

static void
costs_are_in_nanoseconds(void **state)
{
    (void)state;
    slow_clock slow;
    prof_clock clock = slow_clock_start(&slow, 60, 3.0);
    prof_cost cost = {0};
    assert_int_equal(prof_costs_of_spans(&clock, &cost), PROF_OK);
    assert_near(cost.inner_ns, 20);
    assert_near(cost.outer_ns, 20);
}

/* Each interruption is as long as a thousand readings; of 16,000 readings in all, the last few are calm. */
static void
interrupted_rounds_do_not_count(void **state)
{
    (void)state;
    slow_clock slow;
    prof_clock clock = slow_clock_start(&slow, 60, 1.0);
    slow.calm_from = 13000;
    prof_cost cost = {0};
    assert_int_equal(prof_costs_of_spans(&clock, &cost), PROF_OK);
    assert_near(cost.inner_ns, 60);
    assert_near(cost.outer_ns, 60);
}

static void
the_best_clock_is_the_default(void **state)
{
    (void)state;
    prof_cost cost = {.inner_ns = -1, .outer_ns = -1};
    assert_int_equal(prof_costs_of_spans(NULL, &cost), PROF_OK);
    assert_true(cost.inner_ns > 0 && cost.outer_ns > 0);
    assert_true(cost.inner_ns + cost.outer_ns < 100000);
}

static void
a_clock_that_stands_still_is_refused(void **state)
{
    (void)state;
    slow_clock slow;
    prof_clock clock = slow_clock_start(&slow, 60, 0.0);
    prof_cost cost = {.inner_ns = 5, .outer_ns = 6};
    assert_int_equal(prof_costs_of_spans(&clock, &cost), PROF_BAD_ARGUMENT);
    assert_true(cost.inner_ns == 5 && cost.outer_ns == 6);
}

/* Spans that do nothing, in a session that takes their measured cost out, have no time left. */
static void
nothing_is_left_of_spans_that_do_nothing(void **state)
{
    (void)state;
    enum { SPANS = 2000 };
    slow_clock slow;
    prof_clock clock = slow_clock_start(&slow, 60, 1.0);
    prof_costs costs = {0};
    assert_int_equal(prof_costs_of_spans(&clock, &costs.span), PROF_OK);
    const prof_options options = {.clock = &clock, .costs = &costs};
    harness test = {0};
    assert_int_equal(prof_session_create(&options, &test.session), PROF_OK);
    prof_strand *strand = harness_strand(&test);
    uint32_t outer = harness_frame(&test, "outer");
    uint32_t inner = harness_frame(&test, "inner");
    prof_enter(strand, outer);
    for (int i = 0; i < SPANS; i++) {
        prof_enter(strand, inner);
        prof_leave(strand);
    }
    prof_leave(strand);
    prof_profile *profile = harness_stop(&test);
    const prof_node *node = get_path(profile, "outer");
    assert_uint_in_range(node->total_wall_ns, 0, 2 * SPANS * 60 / 100);
    assert_uint_in_range(node->total_overhead_ns, (2 * SPANS - 2) * 60, (2 * SPANS + 2) * 60);
    harness_end(&test);
}

static prof_status
measure_once(void *context)
{
    prof_cost cost;
    return prof_costs_of_spans(context, &cost);
}

static void
no_memory_is_reported_and_nothing_leaks(void **state)
{
    (void)state;
    slow_clock slow;
    prof_clock clock = slow_clock_start(&slow, 60, 1.0);
    assert_true(heap_sweep(measure_once, &clock) > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cost_is_split_at_the_readings),
        cmocka_unit_test(costs_are_in_nanoseconds),
        cmocka_unit_test(interrupted_rounds_do_not_count),
        cmocka_unit_test(the_best_clock_is_the_default),
        cmocka_unit_test(a_clock_that_stands_still_is_refused),
        cmocka_unit_test(nothing_is_left_of_spans_that_do_nothing),
        cmocka_unit_test(no_memory_is_reported_and_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
