/* SPDX-License-Identifier: MIT */
/* Calls deeper than max_depth and paths past max_nodes: counted, timed, and over when they are over. */
#include "support/calls.h"
#include "support/harness.h"

static void
calls_deeper_than_the_limit_are_counted_and_not_kept(void **state)
{
    (void)state;
    enum { DEPTH = 10, CALLS = 25 };
    harness test;
    harness_start(&test, 1.0, 0, DEPTH);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    for (int i = 0; i < CALLS; i++) {
        prof_enter(strand, a);
        fake_clock_run(&test.clock, 1);
    }
    assert_int_equal(open_calls(strand), DEPTH);
    for (int i = 0; i < CALLS; i++) {
        prof_leave(strand);
        fake_clock_run(&test.clock, 1);
    }
    prof_enter(strand, harness_frame(&test, "b"));
    fake_clock_run(&test.clock, 100);
    prof_leave(strand);
    prof_profile *profile = harness_stop(&test);
    assert_int_equal(get_path(profile, "")->total_wall_ns, 2 * CALLS + 100);
    assert_int_equal(get_path(profile, "a")->total_wall_ns, 2 * CALLS - 1);
    assert_int_equal(get_path(profile, "a/a/a/a/a/a/a/a/a/a")->total_wall_ns,
                     2 * (CALLS - DEPTH) + 1);
    assert_int_equal(get_path(profile, "b")->total_wall_ns, 100);
    assert_int_equal(summary_of(profile).counters.too_deep, CALLS - DEPTH);
    assert_int_equal(summary_of(profile).counters.unmatched, 0);
    harness_end(&test);
}

/* Limits around the size of the first stack, where it is cut and where it grows. */
static void
the_stack_holds_as_many_calls_as_the_limit_says(void **state)
{
    (void)state;
    static const uint32_t limits[] = {1, 62, 63, 64, 65, 127, 128, 1000};
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        harness test;
        harness_start(&test, 1.0, 0, limits[i]);
        prof_strand *strand = harness_strand(&test);
        uint32_t a = harness_frame(&test, "a");
        for (uint32_t depth = 0; depth < limits[i] + 3; depth++) {
            open_call(strand, a, 64 * (depth + 1));
            fake_clock_run(&test.clock, 1);
        }
        assert_int_equal(open_calls(strand), limits[i]);
        assert_int_equal(strand->beyond, 3);
        for (uint32_t depth = limits[i] + 3; depth > 0; depth--) {
            close_call(strand, 64 * depth);
        }
        assert_int_equal(open_calls(strand), 0);
        prof_summary summary = summary_of(harness_stop(&test));
        assert_int_equal(summary.counters.too_deep, 3);
        assert_int_equal(summary.counters.unmatched + summary.counters.resynchronised, 0);
        harness_end(&test);
    }
}

static void
a_very_deep_stack_takes_bounded_memory(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    for (uint32_t i = 0; i < 10 * PROF_DEFAULT_MAX_DEPTH; i++) {
        prof_enter(strand, a);
    }
    assert_int_equal(open_calls(strand), PROF_DEFAULT_MAX_DEPTH);
    assert_true(test.memory.bytes < (size_t)10 << 20);
    harness_end(&test);
}

/* The ends of calls that are not kept were lost; the end of the call below shows that they are over. */
static void
the_end_of_a_kept_call_ends_all_that_were_not_kept(void **state)
{
    (void)state;
    for (uint64_t ending = 1; ending <= 3; ending++) {
        harness test;
        harness_start(&test, 1.0, 0, 3);
        prof_strand *strand = harness_strand(&test);
        uint32_t a = harness_frame(&test, "a");
        for (uint64_t identity = 1; identity <= 6; identity++) {
            open_call(strand, a, identity * 64);
        }
        assert_int_equal(strand->beyond, 3);
        close_call(strand, ending * 64);
        assert_int_equal(open_calls(strand), ending - 1);
        assert_int_equal(strand->beyond, 0);
        open_call(strand, harness_frame(&test, "b"), 640); /* and is recorded */
        assert_int_equal(open_calls(strand), ending);
        harness_end(&test);
    }
}

/* Most ends are those of calls not kept, so the search for the others has a reach. */
static void
a_call_out_of_reach_is_ended_by_its_caller(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 200);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    for (uint64_t identity = 1; identity <= 202; identity++) {
        open_call(strand, a, identity * 64);
    }
    close_call(strand, 2 * 64); /* far away: taken for the end of one not kept */
    assert_int_equal(open_calls(strand), 200);
    assert_int_equal(strand->beyond, 1);
    close_call(strand, 64);
    assert_int_equal(strand->beyond, 0);
    close_call(strand, 64);
    assert_int_equal(open_calls(strand), 0);
    harness_end(&test);
}

/* Three nodes: the root, a, a/b. All other paths fold into an overflow frame below their parent. */
static void
new_paths_past_the_limit_share_an_overflow_frame(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 3, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    uint32_t b = harness_frame(&test, "b");
    uint32_t c = harness_frame(&test, "c");
    for (int i = 0; i < 2; i++) {
        prof_enter(strand, a);
        fake_clock_run(&test.clock, 1);
        prof_enter(strand, b);
        fake_clock_run(&test.clock, 10);
        prof_leave(strand);
        prof_enter(strand, c); /* a/c */
        fake_clock_run(&test.clock, 100);
        prof_enter(strand, b); /* a/c/b, and a call in it */
        prof_enter(strand, a);
        fake_clock_run(&test.clock, 1000);
        prof_leave(strand);
        prof_leave(strand);
        prof_leave(strand);
        prof_leave(strand);
        prof_enter(strand, c);
        prof_leave(strand);
    }
    static const expected rows[] = {
        {"", 1, 0, 2222, 0, 2222},     {"a", 2, 2, 2222, 2, 2222},
        {"a/b", 2, 20, 20, 20, 20},    {"a/<overflow>", 6, 2200, 2200, 2200, 2200},
        {"<overflow>", 2, 0, 0, 0, 0},
    };
    ASSERT_NODES(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).counters.overflow_calls, 8);
    assert_int_equal(summary_of(test.profile).counters.unmatched, 0);
    harness_end(&test);
}

static void
calls_below_an_overflow_frame_end_with_it(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 2, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    uint32_t b = harness_frame(&test, "b");
    open_call(strand, a, 64);
    open_call(strand, b, 128); /* the overflow frame */
    open_call(strand, a, 192);
    open_call(strand, b, 256);
    fake_clock_run(&test.clock, 10);
    close_call(strand, 128); /* the ends of 192 and 256 were lost */
    assert_int_equal(strand->beyond, 0);
    fake_clock_run(&test.clock, 1);
    close_call(strand, 64);
    open_call(strand, a, 320);
    fake_clock_run(&test.clock, 5);
    close_call(strand, 320);
    static const expected rows[] = {
        {"", 1, 0, 16, 0, 16}, {"a", 2, 6, 16, 6, 16}, {"a/<overflow>", 3, 10, 10, 10, 10}};
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

/* A program that makes ever new paths, some of them very deep. */
static void
memory_is_bounded_by_the_limits(void **state)
{
    (void)state;
    enum { NODES = 5000, FRAMES = 300, CALLS = 1000000 };
    harness test;
    harness_start(&test, 1.0, NODES, 500);
    prof_strand *strand = harness_strand(&test);
    uint32_t frames[FRAMES];
    char name[16];
    for (uint32_t i = 0; i < FRAMES; i++) {
        (void)snprintf(name, sizeof(name), "f%u", i);
        frames[i] = harness_frame(&test, name);
    }
    uint64_t random = 3;
    uint64_t entered = 0;
    size_t bytes = 0;
    for (uint32_t i = 0; i < CALLS; i++) {
        if (random_below(&random, 100) < 52) {
            prof_enter(strand, frames[random_below(&random, FRAMES)]);
            entered++;
        } else {
            prof_leave(strand);
        }
        fake_clock_run(&test.clock, 3);
        bytes = i == CALLS / 2 ? test.memory.bytes : bytes;
    }
    assert_int_equal(test.memory.bytes, bytes);
    assert_true(bytes < (size_t)3 << 20);
    prof_profile *profile = harness_stop(&test);
    assert_true(prof_profile_node_count(profile) <= 2 * NODES);
    assert_int_equal(get_path(profile, "")->total_wall_ns, 3 * (uint64_t)CALLS);
    assert_int_equal(get_path(profile, "")->total_cpu_ns, 3 * (uint64_t)CALLS);
    uint64_t calls = summary_of(profile).counters.too_deep;
    for (uint32_t i = 1; i < prof_profile_node_count(profile); i++) {
        calls += prof_profile_nodes(profile)[i].calls;
    }
    assert_true(summary_of(profile).counters.overflow_calls > 1000);
    assert_true(calls >= entered); /* a call just past max_depth is in its node as well */
    harness_end(&test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_deeper_than_the_limit_are_counted_and_not_kept),
        cmocka_unit_test(the_stack_holds_as_many_calls_as_the_limit_says),
        cmocka_unit_test(a_very_deep_stack_takes_bounded_memory),
        cmocka_unit_test(the_end_of_a_kept_call_ends_all_that_were_not_kept),
        cmocka_unit_test(a_call_out_of_reach_is_ended_by_its_caller),
        cmocka_unit_test(new_paths_past_the_limit_share_an_overflow_frame),
        cmocka_unit_test(calls_below_an_overflow_frame_end_with_it),
        cmocka_unit_test(memory_is_bounded_by_the_limits),
    };
    return cmocka_run_group_tests_name("strand_limits", tests, NULL, NULL);
}
