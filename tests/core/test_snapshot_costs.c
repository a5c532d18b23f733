/* SPDX-License-Identifier: MIT */
/* What a snapshot takes out of the times of which node. */
#include "support/toll.h"

static const prof_costs no_costs;

/* ---- costs as they are -------------------------------------------------------------------------- */

/* The inner part was in the callee's own time, the outer part in its caller's; the root is one too. */
static void
each_part_is_taken_out_where_it_was_spent(void **state)
{
    (void)state;
    harness test;
    toll_start(&test, &toll_costs);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame_of(&test, "a", PROF_KIND_PYTHON);
    uint32_t b = harness_frame_of(&test, "b", PROF_KIND_PYTHON);
    fake_clock_run(&test.clock, 1000);
    toll_enter(&test, strand, a, toll_of(PROF_KIND_PYTHON), 64);
    fake_clock_run(&test.clock, 100);
    toll_call(&test, strand, b, PROF_KIND_PYTHON, 10);
    toll_call(&test, strand, b, PROF_KIND_PYTHON, 20);
    toll_leave(&test, strand, toll_of(PROF_KIND_PYTHON), 64);
    static const toll_row rows[] = {
        {"", 1000, 1000, 4}, {"a", 100, 100, 2 + 2 * 4}, {"a/b", 30, 30, 2 * 2}};
    ASSERT_TOLLS(harness_stop(&test), rows);
    prof_summary summary = summary_of(test.profile);
    assert_int_equal(summary.wall_ns, 1130);
    assert_int_equal(summary.cpu_ns, 1130);
    assert_int_equal(summary.overhead_ns, 18);
    harness_end(&test);
}

static void
each_kind_of_call_costs_what_it_costs(void **state)
{
    (void)state;
    harness test;
    toll_start(&test, &toll_costs);
    prof_strand *strand = harness_strand(&test);
    static const prof_kind kinds[] = {PROF_KIND_PYTHON, PROF_KIND_BUILTIN, PROF_KIND_SPAN,
                                      PROF_KIND_SQL, PROF_KIND_NATIVE};
    static const char *const names[] = {"python", "builtin", "span", "sql", "native"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        uint32_t frame = harness_frame_of(&test, names[i], kinds[i]);
        toll_call(&test, strand, frame, kinds[i], 100 + i);
    }
    static const toll_row rows[] = {
        {"", 0, 0, 4 + 8 + 3 * 80}, {"python", 100, 100, 2}, {"builtin", 101, 101, 6},
        {"span", 102, 102, 60},     {"sql", 103, 103, 60},   {"native", 104, 104, 60},
    };
    ASSERT_TOLLS(harness_stop(&test), rows);
    harness_end(&test);
}

static void
resumptions_cost_more_than_their_call(void **state)
{
    (void)state;
    harness test;
    toll_start(&test, &toll_costs);
    prof_strand *strand = harness_strand(&test);
    uint32_t generator = harness_frame_of(&test, "generator", PROF_KIND_PYTHON);
    toll_call(&test, strand, generator, PROF_KIND_PYTHON, 10);
    for (int i = 0; i < 3; i++) {
        toll_enter(&test, strand, generator, &toll_costs.resume, 64);
        strand->top->node->calls--; /* open_call counts a call, an event source a resumption */
        strand->top->node->resumes++;
        fake_clock_run(&test.clock, 100);
        toll_leave(&test, strand, &toll_costs.resume, 64);
    }
    static const toll_row rows[] = {{"", 0, 0, 4 + 3 * 40}, {"generator", 310, 310, 2 + 3 * 20}};
    ASSERT_TOLLS(harness_stop(&test), rows);
    assert_int_equal(get_path(test.profile, "generator")->calls, 1);
    harness_end(&test);
}

/* They are counted per frame, and each path to it has its share: of 4 events in 8 calls, the 2 calls below b have 1. */
static void
events_that_cost_more_are_shared_by_all_paths_to_a_frame(void **state)
{
    (void)state;
    harness test;
    toll_start(&test, &toll_costs);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame_of(&test, "a", PROF_KIND_PYTHON);
    uint32_t b = harness_frame_of(&test, "b", PROF_KIND_PYTHON);
    for (int i = 0; i < 6; i++) {
        toll_call(&test, strand, a, PROF_KIND_PYTHON, 10000);
    }
    open_call(strand, b, 64);
    fake_clock_run(&test.clock, 50000);
    toll_call(&test, strand, a, PROF_KIND_PYTHON, 10000);
    toll_call(&test, strand, a, PROF_KIND_PYTHON, 10000);
    close_call(strand, 64);
    test.session->frames.far[a] = 4;
    const prof_profile *profile = harness_stop(&test);
    assert_int_equal(get_path(profile, "a")->overhead_ns, 6 * 2 + 3 * 200);
    assert_int_equal(get_path(profile, "b/a")->overhead_ns, 2 * 2 + 1 * 200);
    assert_int_equal(get_path(profile, "b")->overhead_ns, 2 + 2 * 4 + 1 * 400);
    harness_end(&test);
}

/* Counters move with the frames when their table grows. */
static void
events_that_cost_more_are_kept_when_frames_come(void **state)
{
    (void)state;
    harness test;
    toll_start(&test, &toll_costs);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame_of(&test, "a", PROF_KIND_PYTHON);
    toll_call(&test, strand, a, PROF_KIND_PYTHON, 10000);
    test.session->frames.far[a] = 1;
    for (int i = 0; i < 1000; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "f%d", i);
        (void)harness_frame_of(&test, name, PROF_KIND_PYTHON);
    }
    assert_int_equal(get_path(harness_stop(&test), "a")->overhead_ns, 2 + 200);
    harness_end(&test);
}

/* What was folded away was paid for as well, and lies inside. */
static void
an_overflow_frame_has_paid_for_what_is_in_it(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 2, 0); /* the root and a */
    test.session->costs = toll_costs;
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame_of(&test, "a", PROF_KIND_PYTHON);
    uint32_t b = harness_frame_of(&test, "b", PROF_KIND_PYTHON);
    open_call(strand, a, 64);
    open_call(strand, b, 128);
    for (uint64_t identity = 192; identity <= 320; identity += 64) {
        open_call(strand, b, identity);
        fake_clock_run(&test.clock, 100);
        close_call(strand, identity);
    }
    close_call(strand, 128);
    fake_clock_run(&test.clock, 50);
    close_call(strand, 64);
    static const toll_row rows[] = {
        {"", 0, 0, 0}, {"a", 48, 48, 2}, {"a/<overflow>", 276, 276, 4 * (2 + 4)}};
    ASSERT_TOLLS(harness_stop(&test), rows);
    assert_int_equal(get_path(test.profile, "a/<overflow>")->calls, 4);
    harness_end(&test);
}

/* Measured in ns, paid in ticks. */
static void
costs_are_turned_into_ticks_and_back(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 4.0, 0, 0);
    test.session->costs = toll_costs;
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame_of(&test, "a", PROF_KIND_PYTHON);
    for (int i = 0; i < 100; i++) {
        toll_call(&test, strand, a, PROF_KIND_PYTHON, 10);
    }
    static const toll_row rows[] = {{"", 0, 0, 400}, {"a", 1000, 1000, 200}};
    ASSERT_TOLLS(harness_stop(&test), rows);
    harness_end(&test);
}

/* Measured while the work took 100 ns. It takes 200 and 150 at the ends of the session, and 100 in a strand. */
static void
costs_are_those_of_the_sessions_pace(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 2.0, 0, 0);
    test.session->costs = toll_costs;
    test.session->costs.pace_ns = 100;
    test.session->pace = (prof__pace){.sum = 700, .count = 2};
    prof_strand *strand = harness_strand(&test);
    strand->pace = (prof__pace){.sum = 200, .count = 1};
    uint32_t a = harness_frame_of(&test, "a", PROF_KIND_PYTHON);
    fake_clock_run(&test.clock, 1000);
    toll_call(&test, strand, a, PROF_KIND_PYTHON, 10000);
    static const toll_row rows[] = {{"", 998, 998, 6}, {"a", 9999, 9999, 3}};
    ASSERT_TOLLS(harness_stop(&test), rows);
    harness_end(&test);
}

/* ---- costs that cannot be ------------------------------------------------------------------------ */

/* Costs are estimates. What is taken out is never more than there is. */
static void
no_time_falls_below_zero(void **state)
{
    (void)state;
    static const prof_costs dear = {.call = {.inner_ns = 1e6, .outer_ns = 1e6}};
    harness test;
    toll_start(&test, &dear);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame_of(&test, "a", PROF_KIND_PYTHON);
    uint32_t b = harness_frame_of(&test, "b", PROF_KIND_PYTHON);
    fake_clock_run(&test.clock, 70);
    open_call(strand, a, 64);
    fake_clock_run(&test.clock, 10);
    open_call(strand, b, 128);
    fake_clock_run(&test.clock, 20);
    close_call(strand, 64);
    static const toll_row rows[] = {{"", 0, 0, 70}, {"a", 0, 0, 10}, {"a/b", 0, 0, 20}};
    ASSERT_TOLLS(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).wall_ns, 0);
    assert_int_equal(summary_of(test.profile).cpu_ns, 0);
    assert_int_equal(summary_of(test.profile).overhead_ns, 100);
    harness_end(&test);
}

/* Hooks compute: whoever waited for 9 us and computed for 30 ns has not waited in a hook. */
static void
waiting_is_never_taken_out(void **state)
{
    (void)state;
    static const prof_costs dear = {.call = {.inner_ns = 100, .outer_ns = 1000}};
    harness test;
    toll_start(&test, &dear);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame_of(&test, "a", PROF_KIND_PYTHON);
    fake_clock_run(&test.clock, 50);
    fake_clock_wait(&test.clock, 7000);
    open_call(strand, a, 64);
    fake_clock_run(&test.clock, 30);
    fake_clock_wait(&test.clock, 9000);
    close_call(strand, 64);
    static const toll_row rows[] = {{"", 7000, 0, 50}, {"a", 9000, 0, 30}};
    ASSERT_TOLLS(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).wall_ns, 16000);
    assert_int_equal(summary_of(test.profile).cpu_ns, 0);
    harness_end(&test);
}

/* The profiler's own code has computed for itself, but it has waited for its caller's sake. */
static void
what_hidden_frames_have_waited_is_their_callers(void **state)
{
    (void)state;
    harness test;
    toll_start(&test, &no_costs);
    prof_strand *strand = harness_strand(&test);
    open_call(strand, harness_frame_of(&test, "a", PROF_KIND_PYTHON), 64);
    fake_clock_run(&test.clock, 10);
    open_call(strand, PROF__FRAME_HIDDEN, 128);
    fake_clock_run(&test.clock, 40);
    fake_clock_wait(&test.clock, 9000);
    close_call(strand, 64);
    static const toll_row rows[] = {{"", 0, 0, 0}, {"a", 9010, 10, 40}};
    ASSERT_TOLLS(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).wall_ns, 9010);
    assert_int_equal(summary_of(test.profile).overhead_ns, 40);
    harness_end(&test);
}

/* Calling the profiler's own code costs the caller what any call does. */
static void
hidden_frames_cost_their_caller_a_call(void **state)
{
    (void)state;
    harness test;
    toll_start(&test, &toll_costs);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame_of(&test, "a", PROF_KIND_PYTHON);
    toll_enter(&test, strand, a, &toll_costs.call, 64);
    fake_clock_run(&test.clock, 500);
    toll_call(&test, strand, PROF__FRAME_HIDDEN, PROF_KIND_PYTHON, 30);
    toll_leave(&test, strand, &toll_costs.call, 64);
    static const toll_row rows[] = {{"", 0, 0, 4}, {"a", 500, 500, 2 + 4 + (30 + 2)}};
    ASSERT_TOLLS(harness_stop(&test), rows);
    harness_end(&test);
}

/* ---- several strands ------------------------------------------------------------------------------ */

/* Two that ran at once were both slower, but the session was longer by one of them only. */
static void
strands_side_by_side_delay_a_session_once(void **state)
{
    (void)state;
    harness test;
    toll_start(&test, &toll_costs);
    uint32_t a = harness_frame(&test, "a");
    prof_strand *strands[] = {harness_strand(&test), harness_strand(&test)};
    open_call(strands[0], a, 64);
    open_call(strands[1], a, 64);
    fake_clock_run(&test.clock, 1000);
    close_call(strands[0], 64);
    close_call(strands[1], 64);
    static const toll_row rows[] = {{"", 0, 0, 0}, {"a", 1880, 1880, 120}};
    ASSERT_TOLLS(harness_stop(&test), rows);
    prof_summary summary = summary_of(test.profile);
    assert_int_equal(summary.overhead_ns, 60);
    assert_int_equal(summary.wall_ns, 940);
    assert_int_equal(summary.cpu_ns, 1880);
    harness_end(&test);
}

static void
strands_one_after_the_other_delay_a_session_each(void **state)
{
    (void)state;
    harness test;
    toll_start(&test, &toll_costs);
    uint32_t a = harness_frame(&test, "a");
    for (int i = 0; i < 2; i++) {
        open_call(harness_strand(&test), a, 64);
        fake_clock_run(&test.clock, 1000);
        close_call(test.session->strands, 64);
    }
    const prof_node *node = get_path(harness_stop(&test), "a");
    assert_int_equal(node->self_wall_ns, 1880);
    assert_int_equal(node->overhead_ns, 120);
    assert_int_equal(summary_of(test.profile).overhead_ns, 120);
    assert_int_equal(summary_of(test.profile).wall_ns, 1880);
    harness_end(&test);
}

/* A clock that each reading moves by 10 ns, in which the thread computes. */
static uint64_t
moving_ticks(void *context)
{
    fake_clock *fake = context;
    fake_clock_run(fake, 10);
    return fake->ticks;
}

/* All of `a` twice and `b` once: between two readings each takes 10 ns, and each new node 10 ns of the root. */
static void
run_new_nodes(harness *test, const prof_costs *costs)
{
    *test = (harness){0};
    fake_clock_init(&test->clock, 1.0);
    prof_clock clock = fake_clock_clock(&test->clock);
    clock.ticks = moving_ticks;
    const prof_options options = {.clock = &clock, .costs = costs};
    assert_int_equal(prof_session_create(&options, &test->session), PROF_OK);
    prof_strand *strand = harness_strand(test);
    uint32_t a = harness_frame(test, "a");
    uint32_t frames[] = {a, a, harness_frame(test, "b")};
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        prof_enter(strand, frames[i]);
        prof_leave(strand);
    }
    assert_int_equal(strand->counters.events, 6);
    (void)harness_stop(test);
}

static void
what_new_nodes_take_is_their_callers_cost(void **state)
{
    (void)state;
    static const prof_costs measured = {.pace_ns = 1};
    harness test;
    run_new_nodes(&test, &measured);
    uint64_t wall_ns = summary_of(test.profile).wall_ns;
    assert_int_equal(get_path(test.profile, "a")->total_wall_ns, 20);
    assert_int_equal(get_path(test.profile, "b")->total_wall_ns, 10);
    assert_int_equal(get_path(test.profile, "a")->overhead_ns, 0);
    assert_int_equal(get_path(test.profile, "")->overhead_ns, 20);
    harness_end(&test);

    run_new_nodes(&test, &no_costs);
    assert_int_equal(get_path(test.profile, "")->overhead_ns, 0);
    assert_int_equal(summary_of(test.profile).wall_ns, wall_ns + 20);
    harness_end(&test);
}

#define READING UINT64_C(200)

/* A clock that takes its time. */
static uint64_t
slow_cpu_ns(void *context)
{
    fake_clock *fake = context;
    uint64_t ns = fake_clock__cpu_ns(fake);
    fake_clock_run(fake, READING);
    return ns;
}

/* `a` is read when it calls `b` and when it ends, twice. */
static void
run_readings(harness *test, const prof_costs *costs)
{
    const uint64_t gap = (uint64_t)PROF__CPU_GAP_NS;
    toll_start(test, costs);
    prof_strand *strand = harness_strand(test);
    strand->clock.cpu_ns = slow_cpu_ns;
    for (int i = 0; i < 2; i++) {
        prof_enter(strand, harness_frame(test, "a"));
        fake_clock_run(&test->clock, gap + 1000);
        prof_enter(strand, harness_frame(test, "b"));
        fake_clock_run(&test->clock, 500);
        prof_leave(strand);
        fake_clock_run(&test->clock, 1000);
        fake_clock_wait(&test->clock, gap);
        prof_leave(strand);
    }
    (void)harness_stop(test);
}

static void
what_reading_the_cpu_clock_takes_is_the_cost_of_what_ran_before(void **state)
{
    (void)state;
    const uint64_t gap = (uint64_t)PROF__CPU_GAP_NS;
    static const prof_costs measured = {.pace_ns = 1};
    harness test;
    run_readings(&test, &measured);
    const expected rows[] = {
        {"", 1, 0, 4 * gap + 5000, 0, 2 * gap + 5000},
        {"a", 2, 4 * gap + 4000, 4 * gap + 5000, 2 * gap + 4000, 2 * gap + 5000},
        {"a/b", 2, 1000, 1000, 1000, 1000},
    };
    ASSERT_NODES(test.profile, rows);
    assert_int_equal(get_path(test.profile, "a")->overhead_ns, 4 * READING);
    assert_int_equal(get_path(test.profile, "a/b")->overhead_ns, 0);
    harness_end(&test);

    run_readings(&test, &no_costs);
    assert_int_equal(get_path(test.profile, "a")->overhead_ns, 0);
    assert_int_equal(get_path(test.profile, "a")->self_cpu_ns, 2 * gap + 4000 + 4 * READING);
    harness_end(&test);
}

/* Options are copied when the session begins. */
static void
a_session_takes_its_costs_from_the_options(void **state)
{
    (void)state;
    harness test = {0};
    fake_clock_init(&test.clock, 1.0);
    const prof_clock clock = fake_clock_clock(&test.clock);
    prof_costs costs = toll_costs;
    const prof_options options = {.clock = &clock, .costs = &costs};
    assert_int_equal(prof_session_create(&options, &test.session), PROF_OK);
    costs = no_costs;
    prof_strand *strand = harness_strand(&test);
    toll_call(&test, strand, harness_frame(&test, "a"), PROF_KIND_NATIVE, 1000);
    static const toll_row rows[] = {{"", 0, 0, 80}, {"a", 1000, 1000, 60}};
    ASSERT_TOLLS(harness_stop(&test), rows);
    harness_end(&test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_part_is_taken_out_where_it_was_spent),
        cmocka_unit_test(each_kind_of_call_costs_what_it_costs),
        cmocka_unit_test(resumptions_cost_more_than_their_call),
        cmocka_unit_test(events_that_cost_more_are_shared_by_all_paths_to_a_frame),
        cmocka_unit_test(events_that_cost_more_are_kept_when_frames_come),
        cmocka_unit_test(an_overflow_frame_has_paid_for_what_is_in_it),
        cmocka_unit_test(costs_are_turned_into_ticks_and_back),
        cmocka_unit_test(costs_are_those_of_the_sessions_pace),
        cmocka_unit_test(no_time_falls_below_zero),
        cmocka_unit_test(waiting_is_never_taken_out),
        cmocka_unit_test(what_hidden_frames_have_waited_is_their_callers),
        cmocka_unit_test(hidden_frames_cost_their_caller_a_call),
        cmocka_unit_test(strands_side_by_side_delay_a_session_once),
        cmocka_unit_test(strands_one_after_the_other_delay_a_session_each),
        cmocka_unit_test(what_new_nodes_take_is_their_callers_cost),
        cmocka_unit_test(what_reading_the_cpu_clock_takes_is_the_cost_of_what_ran_before),
        cmocka_unit_test(a_session_takes_its_costs_from_the_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
