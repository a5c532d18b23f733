/* SPDX-License-Identifier: MIT */
/* The strand's CPU clock: what it guesses, what it reads, and how the guesses are put right. */
#include "support/calls.h"
#include "support/harness.h"

/* The longest gap that counts as CPU time unread, in ns. */
#define GAP ((uint64_t)PROF__CPU_GAP_NS)

static void
a_short_gap_counts_as_cpu_time_unread(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint64_t reads = test.clock.cpu_reads;
    prof_enter(strand, harness_frame(&test, "a"));
    fake_clock_wait(&test.clock, GAP);
    prof_leave(strand);
    assert_int_equal(test.clock.cpu_reads, reads);
    assert_int_equal(prof__strand_cpu(strand), GAP);
    harness_end(&test);
}

static void
a_long_gap_is_read(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    prof_enter(strand, harness_frame(&test, "a"));
    fake_clock_run(&test.clock, 100);
    fake_clock_wait(&test.clock, GAP);
    prof_leave(strand);
    prof_enter(strand, harness_frame(&test, "b"));
    fake_clock_wait(&test.clock, 1000000);
    prof_leave(strand);
    prof_enter(strand, harness_frame(&test, "c"));
    fake_clock_run(&test.clock, 1000000);
    prof_leave(strand);
    static const expected rows[] = {
        {"", 1, 0, 2004100, 0, 1000100},
        {"a", 1, 4100, 4100, 100, 100},
        {"b", 1, 1000000, 1000000, 0, 0},
        {"c", 1, 1000000, 1000000, 1000000, 1000000},
    };
    ASSERT_NODES(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).cpu_ns, 1000100);
    assert_int_equal(summary_of(test.profile).counters.cpu_reads, 4); /* and one at the beginning */
    harness_end(&test);
}

static void
the_clock_says_how_long_a_gap_is_read(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    test.session->clock.cpu_gap_ns = 1000;
    prof_strand *strand = harness_strand(&test);
    prof_enter(strand, harness_frame(&test, "unread"));
    fake_clock_wait(&test.clock, 1000);
    prof_leave(strand);
    assert_int_equal(prof__strand_cpu(strand), 1000);
    prof_enter(strand, harness_frame(&test, "read"));
    fake_clock_wait(&test.clock, 1001);
    prof_leave(strand);
    assert_int_equal(prof__strand_cpu(strand), 1000); /* it waited all the time, also the first */
    harness_end(&test);
}

/* Ten short gaps in which the thread did not run; the next real reading takes their time back. */
static void
a_hidden_preemption_is_repaid_by_the_next_reading(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    for (int i = 0; i < 10; i++) {
        prof_enter(strand, a);
        fake_clock_wait(&test.clock, 3000);
        prof_leave(strand);
    }
    assert_int_equal(prof__strand_cpu(strand), 30000);
    prof_enter(strand, harness_frame(&test, "b"));
    fake_clock_run(&test.clock, 50000);
    prof_leave(strand);
    static const expected rows[] = {
        {"", 1, 0, 80000, 0, 50000},
        {"a", 10, 30000, 30000, 30000, 30000},
        {"b", 1, 50000, 50000, 20000, 20000},
    };
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

/* The debt is larger than the gap: CPU time stands still until all of it is repaid. */
static void
a_large_debt_is_repaid_over_several_readings(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    for (int i = 0; i < 4; i++) {
        prof_enter(strand, a);
        fake_clock_wait(&test.clock, 4000);
        prof_leave(strand);
    }
    static const uint64_t after[] = {16000, 16000, 16000, 20000, 25000};
    for (size_t i = 0; i < COUNT_OF(after); i++) {
        prof_enter(strand, a);
        fake_clock_run(&test.clock, 5000);
        prof_leave(strand);
        assert_int_equal(prof__strand_cpu(strand), after[i]);
    }
    assert_int_equal(summary_of(harness_stop(&test)).cpu_ns, 25000);
    harness_end(&test);
}

/* The kernel books CPU time late or in one go; nobody computes for longer than time passes. */
static void
no_gap_has_more_cpu_than_wall_time(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    prof_enter(strand, harness_frame(&test, "a"));
    fake_clock_wait(&test.clock, 10000);
    test.clock.cpu_ns += 1000000;
    prof_leave(strand);
    static const expected rows[] = {{"", 1, 0, 10000, 0, 10000},
                                    {"a", 1, 10000, 10000, 10000, 10000}};
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

/* A core whose counter lags by 300 ticks. */
static void
time_that_runs_back_stands_still(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    uint32_t b = harness_frame(&test, "b");
    fake_clock_run(&test.clock, 1000);
    prof_enter(strand, a);
    uint64_t reads = test.clock.cpu_reads;
    test.clock.ticks -= 300;
    prof_enter(strand, b);
    test.clock.ticks += 200;
    prof_leave(strand);
    assert_int_equal(strand->last, 1001000);
    assert_int_equal(test.clock.cpu_reads, reads);
    fake_clock_run(&test.clock, 150); /* 100 of them make up for the lag */
    prof_leave(strand);
    fake_clock_run(&test.clock, 5);
    static const expected rows[] = {
        {"", 1, 1105, 1155, 1005, 1055}, {"a", 1, 50, 50, 50, 50}, {"a/b", 1, 0, 0, 0, 0}};
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

/* The stop happens on a core that lags behind the last event. */
static void
a_stop_before_the_last_event_is_at_the_last_event(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    prof_enter(strand, a);
    fake_clock_run(&test.clock, 1000);
    prof_leave(strand);
    prof_enter(strand, a);
    test.clock.ticks -= 300;
    static const expected rows[] = {{"", 1, 0, 1000, 0, 1000}, {"a", 2, 1000, 1000, 1000, 1000}};
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

/* To a thread whose CPU clock is far behind and whose core's counter lags; then back again. */
static void
a_strand_that_changes_its_thread_starts_its_cpu_clock_anew(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    open_call(strand, harness_frame(&test, "a"), 64);
    fake_clock_run(&test.clock, 10000);
    prof__strand_advance(strand);
    fake_clock_wait(&test.clock, 100000); /* suspended */
    test.clock.cpu_ns = 3;
    prof__strand_resume(strand);
    fake_clock_run(&test.clock, 20000);
    prof__strand_advance(strand);
    test.clock.cpu_ns = 999999999;
    test.clock.ticks -= 50;
    prof__strand_resume(strand);
    test.clock.ticks += 50;
    fake_clock_run(&test.clock, 30000);
    close_call(strand, 64);
    static const expected rows[] = {{"", 1, 0, 160000, 0, 60000},
                                    {"a", 1, 160000, 160000, 60000, 60000}};
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

static void
a_counter_that_lags_at_a_resumption_does_not_turn_calls_around(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t frame = harness_frame(&test, "a");
    open_call(strand, frame, 64);
    test.clock.ticks -= 500;
    prof__strand_resume(strand);
    test.clock.ticks += 200;
    close_call(strand, 64);
    fake_clock_run(&test.clock, 1000);
    open_call(strand, frame, 64);
    fake_clock_run(&test.clock, 400);
    close_call(strand, 64);
    const prof_node *a = get_path(harness_stop(&test), "a");
    assert_int_equal(a->total_wall_ns, 400);
    assert_int_equal(a->total_cpu_ns, 400);
    harness_end(&test);
}

/* Though it is at the same moment as the machine's counter. */
static void
the_counter_is_not_asked_where_it_is_not_the_clock(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    test.clock.ticks = strand->last = prof__counter();
    fake_clock_run(&test.clock, 3);
    assert_int_equal(prof__strand_advance(strand), test.clock.ticks);
    harness_end(&test);
}

typedef struct flows {
    harness test;
    prof_strand *strands[2];
    uint32_t frames[2];
    prof__cpu_mark mark;
} flows;

static void
start_flows(flows *turns, double ticks_per_ns)
{
    harness_start(&turns->test, ticks_per_ns, 0, 0);
    for (size_t i = 0; i < COUNT_OF(turns->strands); i++) {
        turns->strands[i] = harness_strand(&turns->test);
        turns->frames[i] = harness_frame(&turns->test, i == 0 ? "a" : "b");
    }
    turns->mark = prof__strand_mark(turns->strands[1]);
}

/* One of them runs for a while, and another takes over. */
static void
take_turn(flows *turns, uint32_t which, uint64_t run_ns, uint64_t wait_ns)
{
    prof_strand *strand = turns->strands[which];
    prof__strand_resume_from(strand, &turns->mark);
    open_call(strand, turns->frames[which], 64);
    fake_clock_run(&turns->test.clock, run_ns);
    fake_clock_wait(&turns->test.clock, wait_ns);
    close_call(strand, 64);
    turns->mark = prof__strand_mark(strand);
}

static void
flows_that_take_turns_quickly_are_not_read(void **state)
{
    (void)state;
    flows turns;
    start_flows(&turns, 3.0);
    uint64_t reads = turns.test.clock.cpu_reads;
    for (uint32_t i = 0; i < 1000; i++) {
        take_turn(&turns, i % 2, 1000 + 500 * (i % 2), 0);
        fake_clock_run(&turns.test.clock, 700); /* what decides who is next, outside the session */
    }
    assert_int_equal(turns.test.clock.cpu_reads, reads);
    take_turn(&turns, 0, 10000, 5000);
    assert_int_equal(turns.test.clock.cpu_reads, reads + 1);
    prof_profile *profile = harness_stop(&turns.test);
    assert_int_equal(get_path(profile, "a")->total_cpu_ns, 500 * 1000 + 10000);
    assert_int_equal(get_path(profile, "b")->total_cpu_ns, 500 * 1500);
    harness_end(&turns.test);
}

static void
time_between_turns_is_nobodys(void **state)
{
    (void)state;
    flows turns;
    start_flows(&turns, 1.0);
    for (uint32_t i = 0; i < 100; i++) {
        take_turn(&turns, i % 2, 1000, 0);
        fake_clock_run(&turns.test.clock, i % 3 == 0 ? 50000 : GAP);
        fake_clock_wait(&turns.test.clock, i % 3 == 0 ? 70000 : 0);
        take_turn(&turns, i % 2, 3000, 6000);
    }
    prof_profile *profile = harness_stop(&turns.test);
    assert_int_equal(get_path(profile, "a")->total_cpu_ns, 50 * 4000);
    assert_int_equal(get_path(profile, "b")->total_cpu_ns, 50 * 4000);
    harness_end(&turns.test);
}

/* The thread did not run in short gaps of one flow: a reading in the other one finds out. */
static void
a_hidden_preemption_is_repaid_by_whoever_reads_next(void **state)
{
    (void)state;
    flows turns;
    start_flows(&turns, 1.0);
    for (uint32_t i = 0; i < 10; i++) {
        take_turn(&turns, 0, 1000, 1000);
    }
    take_turn(&turns, 1, 30000, 0);
    prof_profile *profile = harness_stop(&turns.test);
    assert_int_equal(get_path(profile, "a")->total_cpu_ns, 20000);
    assert_int_equal(get_path(profile, "b")->total_cpu_ns, 20000);
    harness_end(&turns.test);
}

static void
a_mark_of_long_ago_or_of_a_core_ahead_is_not_believed(void **state)
{
    (void)state;
    flows turns;
    start_flows(&turns, 1.0);
    prof_strand *strand = turns.strands[0];
    uint64_t reads = turns.test.clock.cpu_reads;
    fake_clock_wait(&turns.test.clock, GAP);
    prof__strand_resume_from(strand, &turns.mark);
    assert_int_equal(turns.test.clock.cpu_reads, reads);
    fake_clock_wait(&turns.test.clock, 1);
    prof__strand_resume_from(strand, &turns.mark);
    assert_int_equal(turns.test.clock.cpu_reads, reads + 1);
    turns.mark.ticks = turns.test.clock.ticks + 1;
    prof__strand_resume_from(strand, &turns.mark);
    assert_int_equal(turns.test.clock.cpu_reads, reads + 2);
    static const prof__cpu_mark none;
    prof__strand_resume_from(strand, &none);
    assert_int_equal(turns.test.clock.cpu_reads, reads + 3);
    (void)harness_stop(&turns.test);
    harness_end(&turns.test);
}

/* Nobody said that the strand moved: its CPU time is unknown, but no absurd number. */
static void
a_cpu_clock_behind_its_beginning_counts_nothing(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    prof_enter(strand, harness_frame(&test, "a"));
    fake_clock_wait(&test.clock, 10000);
    test.clock.cpu_ns = 0;
    prof_leave(strand);
    static const expected rows[] = {{"", 1, 0, 10000, 0, 0}, {"a", 1, 10000, 10000, 0, 0}};
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

/* 24 MHz, as on some aarch64 machines, and 3 GHz. */
static void
ticks_of_any_length_become_nanoseconds(void **state)
{
    (void)state;
    static const double rates[] = {0.024, 1.0, 3.0};
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        harness test;
        harness_start(&test, rates[i], 0, 0);
        prof_strand *strand = harness_strand(&test);
        prof_enter(strand, harness_frame(&test, "a"));
        fake_clock_run(&test.clock, 1000);
        prof_enter(strand, harness_frame(&test, "b"));
        fake_clock_run(&test.clock, 40000);
        fake_clock_wait(&test.clock, 2000);
        prof_leave(strand);
        prof_leave(strand);
        static const expected rows[] = {
            {"", 1, 0, 43000, 0, 41000},
            {"a", 1, 1000, 43000, 1000, 41000},
            {"a/b", 1, 42000, 42000, 40000, 40000},
        };
        ASSERT_NODES(harness_stop(&test), rows);
        harness_end(&test);
    }
}

/* Another thread's CPU clock cannot be read: its strand's CPU time ends with its last event. */
static void
only_the_stopping_threads_strands_are_read_at_the_stop(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *own = harness_strand(&test);
    prof_strand *other = harness_strand(&test);
    other->tid++;
    prof_enter(own, harness_frame(&test, "own"));
    prof_enter(other, harness_frame(&test, "other"));
    fake_clock_run(&test.clock, 9000);
    static const expected rows[] = {
        {"", 1, 0, 18000, 0, 9000},
        {"own", 1, 9000, 9000, 9000, 9000},
        {"other", 1, 9000, 9000, 0, 0},
    };
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_gap_counts_as_cpu_time_unread),
        cmocka_unit_test(a_long_gap_is_read),
        cmocka_unit_test(the_clock_says_how_long_a_gap_is_read),
        cmocka_unit_test(a_hidden_preemption_is_repaid_by_the_next_reading),
        cmocka_unit_test(a_large_debt_is_repaid_over_several_readings),
        cmocka_unit_test(no_gap_has_more_cpu_than_wall_time),
        cmocka_unit_test(time_that_runs_back_stands_still),
        cmocka_unit_test(a_stop_before_the_last_event_is_at_the_last_event),
        cmocka_unit_test(a_strand_that_changes_its_thread_starts_its_cpu_clock_anew),
        cmocka_unit_test(a_counter_that_lags_at_a_resumption_does_not_turn_calls_around),
        cmocka_unit_test(the_counter_is_not_asked_where_it_is_not_the_clock),
        cmocka_unit_test(flows_that_take_turns_quickly_are_not_read),
        cmocka_unit_test(time_between_turns_is_nobodys),
        cmocka_unit_test(a_hidden_preemption_is_repaid_by_whoever_reads_next),
        cmocka_unit_test(a_mark_of_long_ago_or_of_a_core_ahead_is_not_believed),
        cmocka_unit_test(a_cpu_clock_behind_its_beginning_counts_nothing),
        cmocka_unit_test(ticks_of_any_length_become_nanoseconds),
        cmocka_unit_test(only_the_stopping_threads_strands_are_read_at_the_stop),
    };
    return cmocka_run_group_tests_name("strand_cpu", tests, NULL, NULL);
}
