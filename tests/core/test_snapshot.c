/* SPDX-License-Identifier: MIT */
#include "support/calls.h"
#include "support/harness.h"

/* The profiler's own frames stand between the program's: they vanish, and their time is its overhead. */
static void
hidden_frames_melt_into_their_parents(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    const uint32_t path[] = {PROF__FRAME_HIDDEN, harness_frame(&test, "a"), PROF__FRAME_HIDDEN,
                             PROF__FRAME_HIDDEN, harness_frame(&test, "b")};
    for (size_t i = 0; i < COUNT_OF(path); i++) {
        open_call(strand, path[i], 64 * (i + 1));
        fake_clock_run(&test.clock, (uint64_t)1 << i);
    }
    close_call(strand, 64);
    open_call(strand, path[1], 640); /* the same path without the hidden frame */
    fake_clock_run(&test.clock, 100);
    close_call(strand, 640);
    static const expected rows[] = {
        {"", 1, 0, 118, 0, 118}, {"a", 2, 102, 118, 102, 118}, {"a/b", 1, 16, 16, 16, 16}};
    ASSERT_NODES(harness_stop(&test), rows);
    const prof_node *nodes = prof_profile_nodes(test.profile);
    assert_int_equal(nodes[0].overhead_ns, 1);
    assert_int_equal(nodes[1].overhead_ns, 4 + 8);
    assert_int_equal(nodes[0].total_overhead_ns, 1 + 4 + 8);
    assert_int_equal(prof_profile_frame_count(test.profile), 3);
    harness_end(&test);
}

/* A builtin that the profiler's own code calls is its own doing; what that builtin calls is not. */
static void
builtins_of_hidden_frames_melt_as_well(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    const prof_frame builtin = {.name = "builtin", .file = "", .kind = PROF_KIND_BUILTIN};
    uint32_t frame_id;
    assert_int_equal(prof_session_intern(test.session, &builtin, &frame_id), PROF_OK);
    const uint32_t path[] = {PROF__FRAME_HIDDEN, frame_id, harness_frame(&test, "a"), frame_id};
    for (size_t i = 0; i < COUNT_OF(path); i++) {
        open_call(strand, path[i], 64 * (i + 1));
        fake_clock_run(&test.clock, (uint64_t)1 << i);
    }
    close_call(strand, 64);
    static const expected rows[] = {
        {"", 1, 0, 12, 0, 12}, {"a", 1, 4, 12, 4, 12}, {"a/builtin", 1, 8, 8, 8, 8}};
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

/* Two hidden callables in one function have nodes of their own; what they call is one path. */
static void
paths_through_different_hidden_frames_are_one(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    for (uint64_t key = 100; key <= 101; key++) {
        prof__cct_node *hidden =
            prof__cct_add(&strand->tree->cct, strand->top->node, key, PROF__FRAME_HIDDEN);
        (void)prof__strand_advance(strand);
        prof__strand_push(strand, hidden, 64);
        open_call(strand, a, 128);
        fake_clock_run(&test.clock, key);
        close_call(strand, 64);
    }
    static const expected rows[] = {{"", 1, 0, 201, 0, 201}, {"a", 2, 201, 201, 201, 201}};
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

/* One function compiled twice has two codes and one frame. */
static void
keys_with_one_frame_are_one_node(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    for (uint64_t key = 4096; key <= 8192; key += 4096) {
        prof__cct_node *node = prof__strand_add(strand, key, a, false);
        node->calls++;
        (void)prof__strand_advance(strand);
        prof__strand_push(strand, node, 64);
        fake_clock_run(&test.clock, 10);
        close_call(strand, 64);
    }
    static const expected rows[] = {{"", 1, 0, 20, 0, 20}, {"a", 2, 20, 20, 20, 20}};
    ASSERT_NODES(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).counters.nodes, 3);
    harness_end(&test);
}

static void
await_time_is_beside_wall_time(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 2.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    open_call(strand, a, 64);
    fake_clock_run(&test.clock, 10);
    prof__cct_node *node = strand->top->node;
    close_call(strand, 64);
    assert_true(prof__suspended_put(&test.session->suspended, 64, node, strand->last));
    fake_clock_wait(&test.clock, 5000);
    open_call(strand, a, 64);
    uint64_t gap;
    prof__cct_node *awaited =
        prof__suspended_take(&test.session->suspended, 64, strand->last, &gap);
    assert_non_null(awaited);
    prof__cct_await(&strand->tree->cct, awaited, gap);
    close_call(strand, 64);
    const prof_node *result = get_path(harness_stop(&test), "a");
    assert_int_equal(result->await_ns, 5000);
    assert_int_equal(result->total_wall_ns, 10);
    assert_int_equal(get_path(test.profile, "")->await_ns, 0);
    harness_end(&test);
}

static void
frame_ids_that_were_never_given_out_are_shown_as_overflow(void **state)
{
    (void)state;
    static const uint32_t ids[] = {PROF__FRAME_ROOT, 1000000, PROF__FRAME_IGNORED,
                                   PROF__FRAME_NONE};
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        prof_enter(strand, ids[i]);
        fake_clock_run(&test.clock, 10);
        prof_leave(strand);
    }
    static const expected rows[] = {{"", 1, 0, 40, 0, 40}, {"<overflow>", 4, 40, 40, 40, 40}};
    ASSERT_NODES(harness_stop(&test), rows);
    harness_end(&test);
}

static void
frames_that_never_ran_are_not_in_the_profile(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    (void)harness_frame(&test, "unused");
    prof_enter(strand, harness_frame(&test, "a"));
    prof_profile *profile = harness_stop(&test);
    assert_int_equal(prof_profile_frame_count(profile), 2);
    assert_string_equal(prof_profile_frames(profile)[1].name, "a");
    assert_int_equal(prof_profile_frames(profile)[1].kind, PROF_KIND_NATIVE);
    harness_end(&test);
}

/*
 * Up to a ns is lost or won in each of 1,000 nodes; none of it may show in the sums, nor make more CPU than
 * wall time of a node. Every fourth waits, so that CPU and wall times are rounded at different places.
 */
static void
the_tree_adds_up_to_the_sessions_time(void **state)
{
    (void)state;
    enum { NODES = 1000 };
    harness test;
    harness_start(&test, 3.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint64_t random = 5;
    uint64_t ticks = 0;
    uint64_t cpu_ticks = 0;
    char name[16];
    for (uint32_t i = 0; i < NODES; i++) {
        (void)snprintf(name, sizeof(name), "f%u", i);
        prof_enter(strand, harness_frame(&test, name));
        uint64_t spent = 300 + random_below(&random, 3);
        uint64_t waited = i % 4 == 0 ? 14000 + random_below(&random, 3) : 0;
        ticks += spent + waited;
        cpu_ticks += spent;
        test.clock.ticks += spent + waited;
        test.clock.cpu_ns = 5000 + cpu_ticks / 3;
        prof_leave(strand);
    }
    test.clock.wall_ns += ticks / 3 + 1;
    prof_profile *profile = harness_stop(&test);
    for (uint32_t i = 1; i <= NODES; i++) {
        const prof_node *node = &prof_profile_nodes(profile)[i];
        assert_true(i % 4 == 1 || (node->self_wall_ns >= 100 && node->self_wall_ns <= 101));
        assert_true(node->self_cpu_ns <= node->self_wall_ns);
    }
    const prof_node *root = prof_profile_nodes(profile);
    assert_int_equal(root->total_wall_ns, summary_of(profile).wall_ns);
    assert_int_equal(root->total_cpu_ns, summary_of(profile).cpu_ns);
    assert_uint_in_range(root->self_wall_ns, 0, 1);
    assert_uint_in_range(root->self_cpu_ns, 0, 1);
    harness_end(&test);
}

/* The snapshot of a session on the hardware's counter whose rate was first taken for 1 per ns. */
static uint64_t
time_of_ticks(uint64_t session_ns, uint64_t ticks)
{
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    open_call(strand, harness_frame(&test, "a"), 64);
    test.clock.ticks += ticks;
    close_call(strand, 64);
    test.session->clock.is_tsc = true;
    test.session->stopped = true;
    test.session->start_ns = 1000;
    test.session->stop_ns = 1000 + session_ns;
    test.session->start_ticks = 500;
    test.session->stop_ticks = 500 + 2 * session_ns;
    assert_int_equal(prof__snapshot(test.session, &test.profile), PROF_OK);
    uint64_t ns = get_path(test.profile, "a")->self_wall_ns;
    harness_end(&test);
    return ns;
}

static void
long_sessions_measure_the_counters_rate(void **state)
{
    (void)state;
    assert_int_equal(time_of_ticks(1000000000, 3000), 1500);
    assert_int_equal(time_of_ticks(1000000, 3000), 3000); /* too short to know better */
}

static void
counters_of_all_strands_add_up(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 2);
    uint32_t a = harness_frame(&test, "a");
    for (int i = 0; i < 3; i++) {
        prof_strand *strand = harness_strand(&test);
        close_call(strand, 999);
        for (uint64_t identity = 64; identity <= 256; identity += 64) {
            open_call(strand, a, identity);
        }
        close_call(strand, 64);
    }
    prof_counters counters = summary_of(harness_stop(&test)).counters;
    assert_int_equal(counters.events, 3 * 6);
    assert_int_equal(counters.unmatched, 3);
    assert_int_equal(counters.resynchronised, 3);
    assert_int_equal(counters.too_deep, 3 * 2);
    assert_int_equal(counters.overflow_calls, 0);
    assert_int_equal(counters.strands, 3);
    assert_int_equal(counters.nodes, 3 * 4);
    assert_int_equal(counters.merged, 0);
    harness_end(&test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hidden_frames_melt_into_their_parents),
        cmocka_unit_test(builtins_of_hidden_frames_melt_as_well),
        cmocka_unit_test(paths_through_different_hidden_frames_are_one),
        cmocka_unit_test(keys_with_one_frame_are_one_node),
        cmocka_unit_test(await_time_is_beside_wall_time),
        cmocka_unit_test(frame_ids_that_were_never_given_out_are_shown_as_overflow),
        cmocka_unit_test(frames_that_never_ran_are_not_in_the_profile),
        cmocka_unit_test(the_tree_adds_up_to_the_sessions_time),
        cmocka_unit_test(long_sessions_measure_the_counters_rate),
        cmocka_unit_test(counters_of_all_strands_add_up),
    };
    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
