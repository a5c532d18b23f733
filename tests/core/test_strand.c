/* SPDX-License-Identifier: MIT */
/* Events, their times and their order. Clocks and limits: test_strand_cpu.c, test_strand_limits.c. */
#include "support/calls.h"
#include "support/harness.h"

static void
times_of_nested_spans_are_exact(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    uint32_t b = harness_frame(&test, "b");
    fake_clock_run(&test.clock, 1);
    prof_enter(strand, a);
    fake_clock_run(&test.clock, 10);
    for (int i = 0; i < 3; i++) {
        prof_enter(strand, b);
        fake_clock_run(&test.clock, 100);
        prof_leave(strand);
        fake_clock_run(&test.clock, 1000);
    }
    prof_leave(strand);
    fake_clock_run(&test.clock, 2);
    static const expected rows[] = {
        {"", 1, 3, 3313, 3, 3313},
        {"a", 1, 3010, 3310, 3010, 3310},
        {"a/b", 3, 300, 300, 300, 300},
    };
    ASSERT_NODES(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).counters.events, 8);
    harness_end(&test);
}

static void
a_frame_has_a_node_for_each_path(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t frames[] = {harness_frame(&test, "a"), harness_frame(&test, "b")};
    static const uint8_t program[] = {0, 0, 1, 0}; /* a calls a calls b calls a */
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT_OF(program); i++) {
            prof_enter(strand, frames[program[i]]);
            fake_clock_run(&test.clock, 1 + i);
        }
        for (size_t i = 0; i < COUNT_OF(program); i++) {
            prof_leave(strand);
        }
    }
    static const expected rows[] = {
        {"", 1, 0, 20, 0, 20},      {"a", 2, 2, 20, 2, 20},     {"a/a", 2, 4, 18, 4, 18},
        {"a/a/b", 2, 6, 14, 6, 14}, {"a/a/b/a", 2, 8, 8, 8, 8},
    };
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

static void
a_leave_without_an_enter_is_counted(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    prof_leave(strand);
    fake_clock_run(&test.clock, 5);
    prof_enter(strand, a);
    fake_clock_run(&test.clock, 7);
    prof_leave(strand);
    prof_leave(strand);
    prof_leave(strand);
    static const expected rows[] = {{"", 1, 5, 12, 5, 12}, {"a", 1, 7, 7, 7, 7}};
    ASSERT_NODES(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).counters.unmatched, 3);
    assert_int_equal(summary_of(test.profile).counters.resynchronised, 0);
    harness_end(&test);
}

/* b and c never report their end: that of a ends them. */
static void
the_end_of_a_call_ends_what_it_called(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    open_call(strand, harness_frame(&test, "a"), 64);
    fake_clock_run(&test.clock, 1);
    open_call(strand, harness_frame(&test, "b"), 128);
    fake_clock_run(&test.clock, 10);
    open_call(strand, harness_frame(&test, "c"), 192);
    fake_clock_run(&test.clock, 100);
    close_call(strand, 64);
    assert_int_equal(open_calls(strand), 0);
    fake_clock_run(&test.clock, 1000);
    static const expected rows[] = {
        {"", 1, 1000, 1111, 1000, 1111},
        {"a", 1, 1, 111, 1, 111},
        {"a/b", 1, 10, 110, 10, 110},
        {"a/b/c", 1, 100, 100, 100, 100},
    };
    ASSERT_NODES(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).counters.resynchronised, 2);
    harness_end(&test);
}

/* A session starts deep in a stack: the ends of calls that it never saw begin must not close others. */
static void
the_end_of_an_unknown_call_closes_nothing(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    close_call(strand, 999);
    open_call(strand, a, 64);
    fake_clock_run(&test.clock, 1);
    close_call(strand, 999);
    assert_int_equal(open_calls(strand), 1);
    fake_clock_run(&test.clock, 2);
    close_call(strand, 64);
    close_call(strand, 64);
    open_call(strand, a, 128);
    close_call(strand, 128);
    static const expected rows[] = {{"", 1, 0, 3, 0, 3}, {"a", 2, 3, 3, 3, 3}};
    ASSERT_NODES(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).counters.unmatched, 3);
    harness_end(&test);
}

/* Generators give one code many activations; each end belongs to one of them. */
static void
calls_of_one_frame_are_told_apart_by_identity(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    for (uint64_t identity = 64; identity <= 256; identity += 64) {
        open_call(strand, a, identity);
        fake_clock_run(&test.clock, identity);
    }
    close_call(strand, 128); /* ends 256, 192 and 128 */
    assert_int_equal(open_calls(strand), 1);
    fake_clock_run(&test.clock, 1);
    close_call(strand, 64);
    static const expected rows[] = {
        {"", 1, 0, 641, 0, 641},
        {"a", 1, 65, 641, 65, 641},
        {"a/a", 1, 128, 576, 128, 576},
        {"a/a/a", 1, 192, 448, 192, 448},
        {"a/a/a/a", 1, 256, 256, 256, 256},
    };
    ASSERT_NODES(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).counters.resynchronised, 2);
    harness_end(&test);
}

static void
an_event_source_can_close_down_to_an_entry(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    for (uint64_t i = 1; i <= 5; i++) {
        open_call(strand, a, i * 64);
        fake_clock_run(&test.clock, 10);
    }
    (void)prof__strand_advance(strand);
    prof__strand_close(strand, strand->entries + 2);
    assert_int_equal(open_calls(strand), 1);
    assert_int_equal(strand->top->identity, 64);
    prof__strand_close(strand, strand->entries + 1);
    prof__strand_close(strand, strand->entries + 1);
    assert_int_equal(open_calls(strand), 0);
    assert_int_equal(get_path(harness_stop(&test), "a")->total_wall_ns, 50);
    harness_end(&test);
}

/* A new call means that the flow goes on: what it did is no longer a chain of suspensions. */
static void
a_new_call_ends_a_suspension(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    strand->yielded = true;
    open_call(strand, harness_frame(&test, "a"), 64);
    assert_false(strand->yielded);
    harness_end(&test);
}

static void
calls_open_at_the_stop_end_there(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    prof_enter(strand, harness_frame(&test, "a"));
    fake_clock_run(&test.clock, 10);
    prof_enter(strand, harness_frame(&test, "b"));
    fake_clock_run(&test.clock, 50000);
    fake_clock_wait(&test.clock, 7);
    static const expected rows[] = {
        {"", 1, 0, 50017, 0, 50010},
        {"a", 1, 10, 50017, 10, 50010},
        {"a/b", 1, 50007, 50007, 50000, 50000},
    };
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

static void
strands_have_serials_of_their_own(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    uint64_t first = harness_strand(&test)->serial;
    uint64_t second = harness_strand(&test)->serial;
    harness_end(&test);
    harness_start(&test, 1.0, 0, 0);
    assert_true(first < second);
    assert_true(second < harness_strand(&test)->serial);
    harness_end(&test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_of_nested_spans_are_exact),
        cmocka_unit_test(a_frame_has_a_node_for_each_path),
        cmocka_unit_test(a_leave_without_an_enter_is_counted),
        cmocka_unit_test(the_end_of_a_call_ends_what_it_called),
        cmocka_unit_test(the_end_of_an_unknown_call_closes_nothing),
        cmocka_unit_test(calls_of_one_frame_are_told_apart_by_identity),
        cmocka_unit_test(an_event_source_can_close_down_to_an_entry),
        cmocka_unit_test(a_new_call_ends_a_suspension),
        cmocka_unit_test(calls_open_at_the_stop_end_there),
        cmocka_unit_test(strands_have_serials_of_their_own),
    };
    return cmocka_run_group_tests_name("strand", tests, NULL, NULL);
}
