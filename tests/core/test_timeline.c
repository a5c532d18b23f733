/* SPDX-License-Identifier: MIT */
#include "support/timelines.h"

static void
what_follows_lies_end_to_end(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 100);
    timelines_add(&test, 7, 10, 10, 'a');
    timelines_add(&test, 7, 15, 5, 'b');
    timelines_add(&test, 7, 16, 1, 'a');
    assert_timeline(&test, 7, "a10 b5 a1");
    assert_timeline_laws(&test.timeline);
    timelines_end(&test);
}

static void
stretches_of_one_node_are_one_slice(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 100);
    timelines_add(&test, 7, 10, 10, 'a');
    timelines_add(&test, 7, 15, 5, 'a');
    timelines_add(&test, 7, 18, 3, 'b');
    timelines_add(&test, 7, 19, 1, 'b');
    assert_timeline(&test, 7, "a15 b4");
    assert_int_equal(test.timeline.count, 2);
    timelines_end(&test);
}

static void
time_that_nobody_tells_is_a_slice_of_nothing(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 100);
    timelines_add(&test, 7, 10, 4, 'a');
    timelines_add(&test, 7, 20, 3, 'a');
    timelines_add(&test, 7, 30, 0, 'b'); /* a stretch without length */
    timelines_add(&test, 7, 40, 10, 'c');
    timelines_add(&test, 7, 50, 0, 'c');
    timelines_add(&test, 7, 60, 1, 'd');
    assert_timeline(&test, 7, "-6 a4 -7 a3 -10 c10 -19 d1");
    assert_timeline_laws(&test.timeline);
    timelines_end(&test);
}

static void
what_was_told_is_not_told_again(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 100);
    timelines_add(&test, 7, 10, 12, 'a'); /* longer than the session */
    timelines_add(&test, 7, 15, 9, 'b');
    timelines_add(&test, 7, 15, 5, 'c');
    timelines_add(&test, 7, 14, 2, 'c');
    timelines_add(&test, 7, 16, UINT64_MAX, 'd');
    assert_timeline(&test, 7, "a10 b5 d1");
    assert_timeline_laws(&test.timeline);

    /* Before the session it tells nothing. */
    const prof__stretch before = {
        .thread = 8, .start_ns = TIMELINE_START, .end_ns = 3, .wall_ns = 3};
    prof__timeline_add(&test.timeline, &before, timelines_node('a'));
    assert_timeline(&test, 8, "");
    timelines_end(&test);
}

/* ---- tracks --------------------------------------------------------------------------------------- */

static void
threads_have_tracks_in_the_order_of_their_first_stretches(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 100);
    timelines_add(&test, UINT64_MAX, 5, 5, 'a');
    timelines_add(&test, UINT32_MAX, 7, 2, 'a');
    timelines_add(&test, UINT64_MAX, 8, 3, 'b');
    timelines_add(&test, 3, 9, 9, 'c');
    timelines_add(&test, UINT32_MAX, 9, 2, 'a');
    assert_timeline(&test, UINT64_MAX, "a5 b3");
    assert_timeline(&test, UINT32_MAX, "-5 a4");
    assert_timeline(&test, 3, "c9");
    const prof__track *track = test.timeline.first;
    assert_true(track->thread == UINT64_MAX);
    assert_int_equal(track->next->thread, UINT32_MAX);
    assert_int_equal(track->next->next->thread, 3);
    assert_null(track->next->next->next);
    assert_timeline_laws(&test.timeline);
    timelines_end(&test);
}

static void
threads_past_the_limit_have_no_track(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 1000);
    for (uint64_t round = 1; round <= 4; round++) {
        for (uint64_t thread = 0; thread < PROF__MAX_TRACKS + 5; thread++) {
            timelines_add(&test, thread, 10 * round, 10, round % 2 == 0 ? 'a' : 'b');
        }
    }
    assert_int_equal(test.timeline.track_count, PROF__MAX_TRACKS);
    assert_timeline(&test, 0, "b10 a10 b10 a10");
    assert_timeline(&test, PROF__MAX_TRACKS - 1, "b10 a10 b10 a10");
    assert_null(timelines_find(&test, PROF__MAX_TRACKS));
    assert_int_equal(test.timeline.count, 4 * PROF__MAX_TRACKS);
    assert_timeline_laws(&test.timeline);
    timelines_end(&test);
}

/* ---- thinning ------------------------------------------------------------------------------------- */

static void
a_full_timeline_is_thinned(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 4);
    timelines_add(&test, 7, 1, 1, 'a');
    timelines_add(&test, 7, 2, 1, 'b');
    timelines_add(&test, 7, 3, 1, 'c');
    timelines_add(&test, 7, 4, 1, 'd');
    assert_timeline(&test, 7, "a1 b1 c1 d1");
    timelines_add(&test, 7, 5, 1, 'd'); /* needs no slice */
    assert_timeline(&test, 7, "a1 b1 c1 d2");
    timelines_add(&test, 7, 6, 1, 'e');
    assert_int_equal(test.timeline.resolution_ns, 2);
    assert_timeline(&test, 7, "a2 d3 e1");
    timelines_add(&test, 7, 7, 1, 'f'); /* e is too short to be left as it is */
    assert_timeline(&test, 7, "a2 d3 e2");
    timelines_add(&test, 7, 8, 1, 'g');
    assert_timeline(&test, 7, "a2 d3 e2 g1");
    assert_timeline_laws(&test.timeline);
    timelines_end(&test);
}

static void
a_long_slice_keeps_its_node_among_short_ones(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 6);
    timelines_add(&test, 7, 1, 1, 'a');
    timelines_add(&test, 7, 10, 9, 'b');
    timelines_add(&test, 7, 11, 1, 'c');
    timelines_add(&test, 7, 12, 1, 'd');
    timelines_add(&test, 7, 14, 2, 'e');
    timelines_add(&test, 7, 16, 2, 'f');
    timelines_add(&test, 7, 17, 1, 'g');
    assert_int_equal(test.timeline.resolution_ns, 5);
    assert_timeline(&test, 7, "b10 e6 g1");
    timelines_add(&test, 7, 18, 1, 'h');
    timelines_add(&test, 7, 19, 1, 'g');
    timelines_add(&test, 7, 21, 2, 'h'); /* as long as g so far */
    assert_timeline(&test, 7, "b10 e6 g5");
    timelines_end(&test);
}

static void
one_slice_has_the_node_that_ran_longest(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 1);
    timelines_add(&test, 7, 10, 10, 'a');
    timelines_add(&test, 8, 10, 10, 'b'); /* no room for another track's */
    timelines_add(&test, 7, 40, 30, 'b');
    timelines_add(&test, 7, 50, 10, 'a');
    timelines_add(&test, 7, 60, 10, 'b');
    timelines_add(&test, 7, 69, 9, 'c');
    assert_timeline(&test, 7, "b69");
    assert_timeline(&test, 8, "");
    assert_timeline_laws(&test.timeline);
    timelines_end(&test);
}

static void
a_timeline_may_have_no_slices_at_all(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 0);
    for (uint64_t end_ns = 10; end_ns < 100; end_ns += 10) {
        timelines_add(&test, end_ns % 3, end_ns, 5, 'a');
        assert_timeline_laws(&test.timeline);
    }
    assert_int_equal(test.timeline.count, 0);
    timelines_end(&test);
}

/* What a track could not tell before it had a slice it does not put at another time. */
static void
time_before_there_was_room_is_a_slice_of_nothing(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 2);
    timelines_add(&test, 7, 60, 60, 'a');
    timelines_add(&test, 7, 70, 10, 'b');
    timelines_add(&test, 8, 30, 30, 'c');
    assert_timeline(&test, 7, "a60 b10");
    assert_timeline(&test, 8, "");
    timelines_add(&test, 7, 200, 130, 'b'); /* now a is short enough to go */
    timelines_add(&test, 8, 50, 20, 'd');
    assert_timeline(&test, 7, "b200");
    assert_timeline(&test, 8, "-50");
    timelines_add(&test, 8, 120, 70, 'd');
    assert_timeline(&test, 8, "d120");
    assert_timeline_laws(&test.timeline);
    timelines_end(&test);
}

/* How many slices begin before `ns`. */
static uint32_t
slices_before(const prof__track *track, uint64_t ns)
{
    uint32_t count = 0;
    uint64_t begin_ns = 0;
    slice_walk walk = {.chunk = track->first};
    for (const prof__slice *slice; (slice = slice_walk_next(&walk)) != NULL;) {
        count += begin_ns < ns;
        begin_ns += slice->wall_ns;
    }
    return count;
}

/*
 * Stretches of random length up to `longest_ns`, each of another node. Whenever the timeline is thinned, both halves of
 * the time keep as many slices, more or less. Gives how often it was.
 */
static uint32_t
run(timelines *test, uint64_t seed, uint32_t stretches, uint32_t longest_ns)
{
    uint64_t random = seed;
    uint64_t end_ns = 0;
    uint32_t thinned = 0;
    for (uint32_t i = 0; i < stretches; i++) {
        uint32_t before = test->timeline.count;
        uint64_t wall_ns = 1 + random_below(&random, longest_ns);
        end_ns += wall_ns;
        timelines_add(test, 7, end_ns, wall_ns, (char)('a' + i % 3));
        if (test->timeline.count < before) {
            uint32_t first = slices_before(test->timeline.first, end_ns / 2);
            uint32_t left = test->timeline.count;
            thinned++;
            assert_uint_in_range(left, before / 4, before / 2 + 2);
            assert_uint_in_range(first, left * 2 / 5, left * 3 / 5);
            assert_timeline_laws(&test->timeline);
        }
    }
    return thinned;
}

static void
no_part_of_the_time_is_thinned_more_than_another(void **state)
{
    (void)state;
    static const uint32_t longest_ns[] = {1, 2, 20, 1000};
    for (size_t i = 0; i < COUNT_OF(longest_ns); i++) {
        timelines test;
        timelines_start(&test, 200);
        assert_uint_in_range(run(&test, i + 1, 20000, longest_ns[i]), 5, 15);
        timelines_end(&test);
    }
}

/* ---- memory --------------------------------------------------------------------------------------- */

/* What has been taken from the arena so far, to the byte. */
static bool
is_untouched(const prof__arena *arena, const prof__arena *before)
{
    return arena->next == before->next && arena->mapped == before->mapped;
}

static void
thinning_takes_no_memory(void **state)
{
    (void)state;
    timelines test;
    timelines_start(&test, 5 * PROF__CHUNK_SLICES);
    uint64_t end_ns = 0;
    for (; test.timeline.count < test.timeline.max_slices; end_ns++) {
        timelines_add(&test, 7, end_ns + 1, 1, (char)('a' + end_ns % 3));
    }
    const prof__arena before = test.arena;
    test.memory.fail_at = test.memory.calls + 1;
    uint32_t fillings = 0;
    for (; fillings < 6; end_ns++) {
        bool was_full = test.timeline.count == test.timeline.max_slices;
        timelines_add(&test, 7, end_ns + 1, 1, (char)('a' + end_ns % 3));
        fillings += !was_full && test.timeline.count == test.timeline.max_slices;
    }
    assert_true(is_untouched(&test.arena, &before));
    assert_timeline_laws(&test.timeline);
    timelines_end(&test);
}

/* Each mapping fails, once or from then on. Gives whether there was one to fail. */
static bool
add_without_memory(uint64_t fail_at, bool fail_after)
{
    timelines test;
    timelines_start(&test, 2000);
    test.memory.fail_at = fail_at;
    test.memory.fail_after = fail_after;
    for (uint64_t end_ns = 10; end_ns <= 12000; end_ns += 10) {
        timelines_add(&test, 7, end_ns - 5, 10, end_ns % 20 == 0 ? 'a' : 'b');
        timelines_add(&test, 8, end_ns, 10, end_ns % 20 == 0 ? 'a' : 'b');
        timelines_add(&test, 100 + end_ns / 1000, end_ns, 1, 'c');
        for (const prof__track *track = test.timeline.first; track != NULL; track = track->next) {
            uint64_t told_ns = track->end_ns - TIMELINE_START;
            assert_true(track->first == NULL || track->thread > 8 ||
                        told_ns == end_ns - (track->thread == 7 ? 5 : 0));
        }
        assert_timeline_laws(&test.timeline);
    }
    bool failed = test.memory.calls >= fail_at;
    timelines_end(&test);
    return failed;
}

static void
without_memory_no_track_that_has_a_slice_loses_time(void **state)
{
    (void)state;
    uint64_t fail_at = 1;
    for (; add_without_memory(fail_at, true); fail_at++) {
        assert_true(add_without_memory(fail_at, false));
    }
    assert_true(fail_at > 2);
}

/* What an arena has left is exactly what a timeline takes at most; more there is not. */
static void
start_in_little_memory(timelines *test, uint32_t max_slices)
{
    size_t bytes = PROF__TIMELINE_BYTES(max_slices);
    timelines_start(test, max_slices);
    test->memory.fail_at = 2;
    test->memory.fail_after = true;
    test->arena.chunk_size = prof__memory_pages(bytes + 64);
    assert_non_null(prof__arena_alloc(&test->arena, 16));
    size_t left = (size_t)(test->arena.end - test->arena.next);
    assert_true(left >= bytes);
    assert_non_null(prof__arena_alloc(&test->arena, left - bytes));
}

static void
end_in_little_memory(timelines *test)
{
    assert_timeline_laws(&test->timeline);
    assert_int_equal(test->memory.calls, 1); /* nor was more asked for */
    timelines_end(test);
}

/* The most chunks are needed when the last one of each track has a single slice. */
static void
memory_is_enough_when_every_track_begins_a_chunk(void **state)
{
    (void)state;
    static const uint32_t chunks[] = {0, 1, 9};
    for (size_t i = 0; i < COUNT_OF(chunks); i++) {
        uint32_t slices = chunks[i] * PROF__CHUNK_SLICES + 1;
        timelines test;
        start_in_little_memory(&test, slices * PROF__MAX_TRACKS);
        for (uint32_t slice = 1; slice <= slices; slice++) {
            for (uint64_t thread = 0; thread < PROF__MAX_TRACKS; thread++) {
                timelines_add(&test, thread, UINT64_C(10) * slice, 10, slice % 2 == 0 ? 'a' : 'b');
            }
        }
        assert_int_equal(test.timeline.count, test.timeline.max_slices);
        assert_ptr_equal(test.arena.next, test.arena.end); /* nothing is left over either */
        end_in_little_memory(&test);
    }
}

/* However slices are shared out, and when chunks go from one track to another. */
static void
memory_is_enough_whichever_threads_run(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t random = seed;
        uint32_t fillings = 0;
        uint32_t threads = 1;
        timelines test;
        start_in_little_memory(&test, 300 + random_below(&random, 3000));
        for (uint64_t now_ns = 1; fillings < 6; now_ns++) {
            bool was_full = test.timeline.count == test.timeline.max_slices;
            uint64_t thread = random_below(&random, threads);
            timelines_add(&test, thread, 10 * now_ns, 5, (char)('a' + now_ns % 3));
            if (!was_full && test.timeline.count == test.timeline.max_slices) {
                fillings++;
                threads = 1 + random_below(&random, PROF__MAX_TRACKS);
            }
        }
        end_in_little_memory(&test);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_follows_lies_end_to_end),
        cmocka_unit_test(stretches_of_one_node_are_one_slice),
        cmocka_unit_test(time_that_nobody_tells_is_a_slice_of_nothing),
        cmocka_unit_test(what_was_told_is_not_told_again),
        cmocka_unit_test(threads_have_tracks_in_the_order_of_their_first_stretches),
        cmocka_unit_test(threads_past_the_limit_have_no_track),
        cmocka_unit_test(a_full_timeline_is_thinned),
        cmocka_unit_test(a_long_slice_keeps_its_node_among_short_ones),
        cmocka_unit_test(one_slice_has_the_node_that_ran_longest),
        cmocka_unit_test(a_timeline_may_have_no_slices_at_all),
        cmocka_unit_test(time_before_there_was_room_is_a_slice_of_nothing),
        cmocka_unit_test(no_part_of_the_time_is_thinned_more_than_another),
        cmocka_unit_test(thinning_takes_no_memory),
        cmocka_unit_test(without_memory_no_track_that_has_a_slice_loses_time),
        cmocka_unit_test(memory_is_enough_when_every_track_begins_a_chunk),
        cmocka_unit_test(memory_is_enough_whichever_threads_run),
    };
    return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
