/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <math.h>

#include "support/calls.h"
#include "support/harness.h"

static void
a_session_needs_no_options(void **state)
{
    (void)state;
    prof_session *session = NULL;
    prof_profile *profile = NULL;
    assert_int_equal(prof_session_create(NULL, &session), PROF_OK);
    assert_int_equal(prof_session_stop(session, &profile), PROF_OK);
    prof_session_destroy(session);
    prof_summary summary = summary_of(profile);
    assert_string_equal(summary.name, "");
    assert_string_equal(summary.engine, "trace");
    assert_string_equal(summary.metadata, "{}");
    assert_int_equal(prof_profile_node_count(profile), 1);
    assert_int_equal(prof_profile_nodes(profile)[0].total_wall_ns, summary.wall_ns);
    assert_int_equal(prof_profile_nodes(profile)[0].calls, 1);
    prof_profile_destroy(profile);
}

static void
texts_of_the_options_are_copied(void **state)
{
    (void)state;
    char name[] = "checkout";
    char engine[] = "sample";
    const prof_options options = {.name = name, .engine = engine};
    prof_session *session = NULL;
    prof_profile *profile = NULL;
    assert_int_equal(prof_session_create(&options, &session), PROF_OK);
    memset(name, 'x', sizeof(name) - 1);
    memset(engine, 'x', sizeof(engine) - 1);
    assert_int_equal(prof_session_stop(session, &profile), PROF_OK);
    prof_session_destroy(session);
    assert_string_equal(summary_of(profile).name, "checkout");
    assert_string_equal(summary_of(profile).engine, "sample");
    prof_profile_destroy(profile);
}

static void
a_session_knows_when_it_started(void **state)
{
    (void)state;
    static const char pattern[] = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    harness test;
    harness_start(&test, 1.0, 0, 0);
    const char *started = summary_of(harness_stop(&test)).started;
    assert_int_equal(strlen(started), strlen(pattern));
    for (size_t i = 0; i < strlen(pattern); i++) {
        bool fits =
            pattern[i] == 'd' ? isdigit((unsigned char)started[i]) != 0 : started[i] == pattern[i];
        assert_true(fits);
    }
    harness_end(&test);
}

static void
a_clock_without_a_rate_is_refused(void **state)
{
    (void)state;
    const double rates[] = {0.0, -1.0, NAN};
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        prof_clock clock = prof_clock_posix();
        clock.ticks_per_ns = rates[i];
        const prof_options options = {.clock = &clock};
        prof_session *session = NULL;
        assert_int_equal(prof_session_create(&options, &session), PROF_BAD_ARGUMENT);
        assert_null(session);
    }
}

static void
a_session_stops_once(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    prof_enter(strand, a);
    fake_clock_run(&test.clock, 10);
    prof_profile *profile = harness_stop(&test);
    prof_profile *second = NULL;
    assert_int_equal(prof_session_stop(test.session, &second), PROF_STOPPED);
    assert_null(second);
    assert_int_equal(get_path(profile, "a")->total_wall_ns, 10);
    harness_end(&test);
}

static void
a_stopped_session_takes_nothing_more(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    harness_stop(&test);
    const prof_frame frame = {.name = "b", .file = "", .kind = PROF_KIND_SPAN};
    uint32_t id = 77;
    prof_strand *late = NULL;
    assert_int_equal(prof_session_intern(test.session, &frame, &id), PROF_STOPPED);
    assert_int_equal(prof_strand_create(test.session, &late), PROF_STOPPED);
    assert_int_equal(id, 77);
    assert_null(late);
    uint64_t events = strand->counters.events;
    prof_enter(strand, a);
    prof_leave(strand);
    assert_int_equal(strand->counters.events, events);
    assert_int_equal(strand->tree->cct.count, 1);
    harness_end(&test);
}

static void
a_profile_outlives_its_session(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_enter(harness_strand(&test), harness_frame(&test, "a"));
    prof_profile *profile = harness_stop(&test);
    prof_session_destroy(test.session);
    test.session = NULL;
    assert_int_equal(test.memory.live, 0);
    assert_int_equal(get_path(profile, "a")->calls, 1);
    harness_end(&test);
}

static void
a_running_session_can_be_destroyed(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    prof_enter(strand, harness_frame(&test, "a"));
    harness_end(&test);
    prof_session_destroy(NULL);
}

static void
frames_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const prof_frame frames[] = {
        {.name = NULL, .file = "", .kind = PROF_KIND_SPAN},
        {.name = "a", .file = NULL, .kind = PROF_KIND_SPAN},
        {.name = "a", .file = "", .kind = PROF_KIND_COUNT},
        {.name = "a", .file = "", .kind = (prof_kind)-1},
        {.name = "<root>", .file = "", .kind = PROF_KIND_ROOT},
    };
    harness test;
    harness_start(&test, 1.0, 0, 0);
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        uint32_t id = 77;
        assert_int_equal(prof_session_intern(test.session, &frames[i], &id), PROF_BAD_ARGUMENT);
        assert_int_equal(id, 77);
    }
    harness_end(&test);
}

static void
trees_of_strands_are_merged(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *first = harness_strand(&test);
    prof_strand *second = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    uint32_t b = harness_frame(&test, "b");
    assert_ptr_not_equal(first->tree, second->tree);
    prof_enter(first, a);
    fake_clock_run(&test.clock, 10);
    prof_leave(first);
    prof__strand_resume(second); /* that the first one ran is not its CPU time */
    prof_enter(second, a);
    fake_clock_run(&test.clock, 100);
    prof_enter(second, b);
    fake_clock_run(&test.clock, 1000);
    prof_leave(second);
    prof_leave(second);
    first->tid = 0;
    static const expected rows[] = {{"", 1, 0, 1110, 0, 1110},
                                    {"a", 2, 110, 1110, 110, 1110},
                                    {"a/b", 1, 1000, 1000, 1000, 1000}};
    ASSERT_NODES(harness_stop(&test), rows);
    prof_counters counters = summary_of(test.profile).counters;
    assert_int_equal(counters.strands, 2);
    assert_int_equal(counters.nodes, 5);
    assert_int_equal(counters.events, 6);
    harness_end(&test);
}

/* Side by side, two strands spend more time in calls than passes. */
static void
strands_side_by_side_leave_the_root_no_time(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *first = harness_strand(&test);
    prof_strand *second = harness_strand(&test);
    prof_enter(first, harness_frame(&test, "a"));
    prof_enter(second, harness_frame(&test, "b"));
    fake_clock_run(&test.clock, 1000);
    prof_leave(first);
    prof_leave(second);
    fake_clock_run(&test.clock, 10);
    static const expected rows[] = {{"", 1, 0, 2000, 20, 2020},
                                    {"a", 1, 1000, 1000, 1000, 1000},
                                    {"b", 1, 1000, 1000, 1000, 1000}};
    ASSERT_NODES(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).wall_ns, 1010);
    harness_end(&test);
}

/* As an interpreter's tasks do: they take turns, each with a stack of its own. */
static void
strands_can_share_a_tree(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof__tree *tree = NULL;
    prof_strand *strands[2] = {NULL, NULL};
    assert_int_equal(prof__session_add_tree(test.session, &tree), PROF_OK);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(prof__session_add_strand(test.session, tree, &strands[i]), PROF_OK);
    }
    uint32_t a = harness_frame(&test, "a");
    uint32_t b = harness_frame(&test, "b");
    for (size_t i = 0; i < 2; i++) {
        prof__strand_resume(strands[i]);
        open_call(strands[i], a, 64 * (i + 1));
        fake_clock_run(&test.clock, 10);
        (void)prof__strand_advance(strands[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        prof__strand_resume(strands[i]);
        open_call(strands[i], b, 640);
        fake_clock_run(&test.clock, 100);
        close_call(strands[i], 640);
        close_call(strands[i], 64 * (i + 1));
    }
    /* The first was open for 120 ns in all, the second for 210. */
    static const expected rows[] = {
        {"", 1, 0, 330, 0, 220}, {"a", 2, 130, 330, 20, 220}, {"a/b", 2, 200, 200, 200, 200}};
    ASSERT_NODES(harness_stop(&test), rows);
    assert_int_equal(summary_of(test.profile).counters.nodes, 3);
    harness_end(&test);
}

static void
sessions_do_not_mix(void **state)
{
    (void)state;
    harness tests[2];
    prof_strand *strands[2];
    for (size_t i = 0; i < 2; i++) {
        harness_start(&tests[i], 1.0, 0, 0);
        strands[i] = harness_strand(&tests[i]);
    }
    prof_enter(strands[0], harness_frame(&tests[0], "a"));
    prof_enter(strands[1], harness_frame(&tests[1], "b"));
    for (size_t i = 0; i < 2; i++) {
        prof_profile *profile = harness_stop(&tests[i]);
        assert_non_null(find_path(profile, i == 0 ? "a" : "b"));
        assert_int_equal(prof_profile_node_count(profile), 2);
        assert_int_equal(prof_profile_frame_count(profile), 2);
        harness_end(&tests[i]);
    }
}

/* From the session's beginning to its end: many frames, deep stacks, wide trees, two strands. */
static prof_status
use_session(harness *test)
{
    enum { FRAMES = 600, DEPTH = 300 };
    const prof_clock clock = fake_clock_clock(&test->clock);
    const prof_memory memory = test_memory_source(&test->memory);
    const prof_options options = {.name = "n", .clock = &clock, .memory = &memory};
    prof_status status = prof_session_create(&options, &test->session);
    for (int i = 0; i < 2 && status == PROF_OK; i++) {
        prof_strand *strand = NULL;
        status = prof_strand_create(test->session, &strand);
        for (uint32_t line = 0; line < FRAMES && status == PROF_OK; line++) {
            const prof_frame frame = {
                .name = "f", .file = "f.c", .line = line, .kind = PROF_KIND_SPAN};
            uint32_t id = 0;
            status = prof_session_intern(test->session, &frame, &id);
            for (uint32_t depth = 0; depth < (line % 50 == 0 ? DEPTH : 2) && status == PROF_OK;
                 depth++) {
                prof_enter(strand, id);
                fake_clock_run(&test->clock, 1);
            }
            for (uint32_t depth = 0; depth < DEPTH; depth++) {
                prof_leave(strand);
            }
        }
    }
    return status == PROF_OK ? prof_session_stop(test->session, &test->profile) : status;
}

/* Every mapping in turn fails: once, or with all that follow. */
static void
a_failed_mapping_ends_the_session_with_no_memory(void **state)
{
    (void)state;
    for (int fail_after = 0; fail_after <= 1; fail_after++) {
        prof_status status = PROF_NO_MEMORY;
        uint64_t at = 0;
        while (status == PROF_NO_MEMORY) {
            harness test = {0};
            fake_clock_init(&test.clock, 1.0);
            test.memory.fail_at = ++at;
            test.memory.fail_after = fail_after == 1;
            status = use_session(&test);
            assert_true(status == PROF_OK || test.profile == NULL);
            harness_end(&test);
        }
        assert_int_equal(status, PROF_OK);
        assert_true(at > 8);
    }
}

static void
after_a_failed_event_the_session_only_waits_for_its_stop(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    uint32_t a = harness_frame(&test, "a");
    test.memory.fail_at = test.memory.calls + 1;
    uint32_t depth = 0;
    while (test.session->status == PROF_OK) {
        prof_enter(strand, a);
        depth++;
    }
    assert_true(depth >= 64);
    uint64_t events = strand->counters.events;
    uint64_t mappings = test.memory.calls;
    for (uint32_t i = 0; i < 2 * depth; i++) {
        prof_enter(strand, a);
    }
    for (uint32_t i = 0; i < 4 * depth; i++) {
        prof_leave(strand);
    }
    assert_int_equal(strand->counters.events, events);
    assert_int_equal(test.memory.calls, mappings);
    assert_int_equal(prof_session_stop(test.session, &test.profile), PROF_NO_MEMORY);
    assert_int_equal(prof_session_stop(test.session, &test.profile), PROF_STOPPED);
    assert_null(test.profile);
    harness_end(&test);
}

static void
the_first_failure_is_the_one_reported(void **state)
{
    (void)state;
    harness test;
    harness_start(&test, 1.0, 0, 0);
    prof_strand *strand = harness_strand(&test);
    prof__strand_fail(strand, PROF_LIMIT);
    prof__strand_fail(strand, PROF_NO_MEMORY);
    assert_int_equal(prof_session_stop(test.session, &test.profile), PROF_LIMIT);
    harness_end(&test);
}

static const char *
name_of(const prof_profile *profile, uint32_t frame)
{
    return prof_profile_frames(profile)[frame].name;
}

/* One session after the other has the same frames; each adds one of its own, and its profile has those it has run. */
static void
frames_that_are_lent_come_back_and_do_not_show(void **state)
{
    (void)state;
    static const char *const names[] = {"first", "second", "third"};
    const prof_memory memory = prof__memory_mmap();
    prof__arena arena;
    prof__frame_table lent;
    prof__arena_init(&arena, &memory);
    assert_int_equal(prof__frame_table_init(&lent, &arena), PROF_OK);
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        const prof_frame frame = {.name = names[i], .file = "f", .kind = PROF_KIND_PYTHON};
        prof_session *session;
        prof_strand *strand;
        prof_profile *profile;
        uint32_t frame_id;
        assert_int_equal(prof__session_create_with(NULL, &lent, &session), PROF_OK);
        assert_int_equal(prof_session_intern(session, &frame, &frame_id), PROF_OK);
        for (uint32_t j = 0; j <= frame_id; j++) {
            assert_int_equal(session->frames.far[j], 0);
            session->frames.far[j] = 5; /* such events are this session's */
        }
        assert_int_equal(prof_strand_create(session, &strand), PROF_OK);
        prof_enter(strand, frame_id);
        prof_leave(strand);
        assert_int_equal(prof_session_stop(session, &profile), PROF_OK);
        prof_session_destroy(session);

        assert_int_equal(frame_id, 3 + i); /* behind the fixed ones and those before it */
        assert_int_equal(lent.count, frame_id + 1);
        assert_int_equal(prof_profile_node_count(profile), 2);
        assert_string_equal(name_of(profile, prof_profile_nodes(profile)[1].frame), names[i]);
        for (uint32_t j = 0; j < prof_profile_frame_count(profile); j++) {
            assert_true(name_of(profile, j)[0] == '<' ||
                        strcmp(name_of(profile, j), names[i]) == 0);
        }
        prof_profile_destroy(profile);
    }
    prof__arena_deinit(&arena);
}

/* What is lent is not lost where a session cannot be made, nor where it ends without a profile. */
static void
frames_are_lent_to_sessions_that_fail(void **state)
{
    (void)state;
    const prof_memory memory = prof__memory_mmap();
    prof__arena arena;
    prof__frame_table lent;
    prof__arena_init(&arena, &memory);
    assert_int_equal(prof__frame_table_init(&lent, &arena), PROF_OK);
    uint32_t count = lent.count;

    test_memory limited = {.fail_at = 1, .fail_after = true};
    const prof_memory none = test_memory_source(&limited);
    const prof_options options = {.memory = &none};
    prof_session *session = NULL;
    assert_int_equal(prof__session_create_with(&options, &lent, &session), PROF_NO_MEMORY);
    assert_int_equal(lent.count, count);
    assert_non_null(lent.frames);

    assert_int_equal(prof__session_create_with(NULL, &lent, &session), PROF_OK);
    const prof_frame frame = {.name = "kept", .file = "f", .kind = PROF_KIND_PYTHON};
    uint32_t frame_id;
    assert_int_equal(prof_session_intern(session, &frame, &frame_id), PROF_OK);
    prof_session_destroy(session);
    assert_int_equal(lent.count, count + 1);
    prof__arena_deinit(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_needs_no_options),
        cmocka_unit_test(texts_of_the_options_are_copied),
        cmocka_unit_test(a_session_knows_when_it_started),
        cmocka_unit_test(a_clock_without_a_rate_is_refused),
        cmocka_unit_test(a_session_stops_once),
        cmocka_unit_test(a_stopped_session_takes_nothing_more),
        cmocka_unit_test(a_profile_outlives_its_session),
        cmocka_unit_test(a_running_session_can_be_destroyed),
        cmocka_unit_test(frames_that_cannot_be_are_refused),
        cmocka_unit_test(trees_of_strands_are_merged),
        cmocka_unit_test(strands_side_by_side_leave_the_root_no_time),
        cmocka_unit_test(strands_can_share_a_tree),
        cmocka_unit_test(sessions_do_not_mix),
        cmocka_unit_test(a_failed_mapping_ends_the_session_with_no_memory),
        cmocka_unit_test(after_a_failed_event_the_session_only_waits_for_its_stop),
        cmocka_unit_test(the_first_failure_is_the_one_reported),
        cmocka_unit_test(frames_that_are_lent_come_back_and_do_not_show),
        cmocka_unit_test(frames_are_lent_to_sessions_that_fail),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
