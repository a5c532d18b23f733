/* SPDX-License-Identifier: MIT */
#include "support/heap.h"
#include "support/sampling.h"

#define STACK(...) ((const uint64_t[]){__VA_ARGS__, 0})

/* The slices of a profile: the track, the path of the node, and the time. */
typedef struct slice {
    uint32_t track;
    const char *path;
    uint64_t wall_ns;
} slice;

static void
assert_slices(const prof_profile *profile, const slice *slices, size_t count)
{
    char want[200];
    char have[200];
    for (size_t i = 0; i < count && i < prof_profile_slice_count(profile); i++) {
        const prof_slice *found = &prof_profile_slices(profile)[i];
        const prof_node *node = get_path(profile, slices[i].path);
        (void)snprintf(want, sizeof(want), "%u: node %td for %ju", slices[i].track,
                       node - prof_profile_nodes(profile), (uintmax_t)slices[i].wall_ns);
        (void)snprintf(have, sizeof(have), "%u: node %u for %ju", found->track, found->node,
                       (uintmax_t)found->wall_ns);
        assert_string_equal(have, want);
    }
    assert_int_equal(prof_profile_slice_count(profile), count);
}

#define ASSERT_SLICES(profile, slices) assert_slices((profile), (slices), COUNT_OF(slices))

static void
slices_have_the_nodes_of_the_profile(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    sampling_add(&record, STACK(KEY('b', 1), KEY('a', 1)), 10, 5);
    sampling_add(&record, STACK(KEY('a', 1)), 20, 5);
    sampling_add(&record, STACK(KEY('b', 1)), 30, 5);
    sampling_add(&record, STACK(KEY('b', 1), KEY('a', 1)), 40, 5);
    static const slice slices[] = {{0, "a/b", 10}, {0, "a", 20}, {0, "b", 30}, {0, "a/b", 40}};
    ASSERT_SLICES(harness_stop(&record.test), slices);
    harness_end(&record.test);
}

static void
lines_of_one_frame_are_one_slice(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    sampling_add(&record, STACK(KEY('a', 1)), 10, 5);
    sampling_add(&record, STACK(KEY('a', 2)), 20, 5);
    sampling_add(&record, STACK(KEY('b', 4), KEY('a', 3)), 1, 1);
    sampling_add(&record, STACK(KEY('b', 5), KEY('a', 2)), 2, 1);
    static const slice slices[] = {{0, "a", 30}, {0, "a/b", 3}};
    ASSERT_SLICES(harness_stop(&record.test), slices);
    harness_end(&record.test);
}

static void
frames_of_the_profiler_melt_into_the_slice_of_their_parent(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    sampling_add(&record, STACK(KEY('c', 8)), 1, 1);
    sampling_add(&record, STACK(KEY('z', 5), KEY('c', 8)), 2, 2);
    sampling_add(&record, STACK(KEY('z', 6), KEY('z', 5), KEY('c', 7)), 4, 4);
    sampling_add(&record, STACK(KEY('d', 1), KEY('z', 5), KEY('c', 8)), 8, 8);
    sampling_add(&record, STACK(KEY('z', 5)), 16, 16);
    static const slice slices[] = {{0, "c", 7}, {0, "c/d", 8}, {0, "", 16}};
    ASSERT_SLICES(harness_stop(&record.test), slices);
    harness_end(&record.test);
}

/* From the beginning of the session on; after the last sample nothing is known. */
static void
time_without_samples_is_the_roots(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    fake_clock_wait(&record.test.clock, 100);
    sampling_add(&record, STACK(KEY('a', 1)), 1, 1);
    fake_clock_wait(&record.test.clock, 200);
    sampling_add(&record, STACK(0), 2, 2); /* none of the session's functions ran */
    fake_clock_wait(&record.test.clock, 300);
    sampling_add(&record, STACK(KEY('a', 1)), 4, 4);
    fake_clock_wait(&record.test.clock, 400);
    static const slice slices[] = {{0, "", 100}, {0, "a", 1}, {0, "", 502}, {0, "a", 4}};
    ASSERT_SLICES(harness_stop(&record.test), slices);
    harness_end(&record.test);
}

static void
each_thread_has_a_track(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    record.thread = 77;
    sampling_add(&record, STACK(KEY('a', 1)), 10, 1);
    record.thread = 33;
    sampling_add(&record, STACK(KEY('a', 1)), 5, 1);
    record.thread = 77;
    sampling_add(&record, STACK(KEY('a', 1)), 7, 1);
    record.thread = 55;
    sampling_add(&record, STACK(KEY('b', 1)), 22, 1); /* as long as the session */
    fake_clock_run(&record.test.clock, 22);
    static const slice slices[] = {{0, "a", 10}, {0, "", 5},  {0, "a", 7}, {1, "", 10},
                                   {1, "a", 5},  {2, "", 22}, {2, "b", 22}};
    ASSERT_SLICES(harness_stop(&record.test), slices);
    harness_end(&record.test);
}

/* A thread that was seen when the session began, and never again, has a number and no slices. */
static void
a_track_may_be_empty(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    sampling_add(&record, STACK(KEY('a', 1)), 0, 0);
    record.thread = 1;
    sampling_add(&record, STACK(KEY('a', 1)), 3, 3);
    static const slice slices[] = {{1, "a", 3}};
    ASSERT_SLICES(harness_stop(&record.test), slices);
    harness_end(&record.test);
}

/* A timeline can be thinned to two slices of one node. */
static void
slices_that_have_come_together_are_one(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    record.test.session->timeline.max_slices = 4;
    static const char letters[] = "abacad";
    for (size_t i = 0; i < strlen(letters); i++) {
        sampling_add(&record, STACK(KEY((uint64_t)letters[i], 1)), letters[i] == 'a' ? 9 : 1, 1);
    }
    static const slice slices[] = {{0, "a", 29}, {0, "d", 1}};
    ASSERT_SLICES(harness_stop(&record.test), slices);
    harness_end(&record.test);
}

static void
a_session_without_samples_has_no_timeline(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    fake_clock_wait(&record.test.clock, 100);
    assert_null(prof_profile_slices(harness_stop(&record.test)));
    assert_int_equal(prof_profile_slice_count(record.test.profile), 0);
    harness_end(&record.test);
}

static void
no_memory_for_the_timeline_is_reported(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    for (uint64_t i = 0; i < 600; i++) {
        sampling_add(&record, STACK(KEY('a' + i % 2, 0)), 10, 5);
    }
    uint64_t with = heap_sweep(sampling_snapshot, record.test.session);
    record.test.session->timeline.first = NULL;
    assert_int_equal(with, heap_sweep(sampling_snapshot, record.test.session) + 3);
    harness_end(&record.test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_have_the_nodes_of_the_profile),
        cmocka_unit_test(lines_of_one_frame_are_one_slice),
        cmocka_unit_test(frames_of_the_profiler_melt_into_the_slice_of_their_parent),
        cmocka_unit_test(time_without_samples_is_the_roots),
        cmocka_unit_test(each_thread_has_a_track),
        cmocka_unit_test(a_track_may_be_empty),
        cmocka_unit_test(slices_that_have_come_together_are_one),
        cmocka_unit_test(a_session_without_samples_has_no_timeline),
        cmocka_unit_test(no_memory_for_the_timeline_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
