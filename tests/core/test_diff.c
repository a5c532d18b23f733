/* SPDX-License-Identifier: MIT */
#include "support/build.h"
#include "support/heap.h"

typedef struct wanted {
    uint32_t parent;
    const char *name;
    uint64_t before_calls;
    uint64_t after_calls;
    uint64_t before_total;
    uint64_t after_total;
} wanted;

static void
paths_of_both_are_matched(void **state)
{
    (void)state;
    static const row left[] = {{.path = "a", .calls = 1, .wall = 10},
                               {.path = "a/b", .calls = 2, .wall = 20},
                               {.path = "gone", .calls = 3, .wall = 5}};
    static const row right[] = {{.path = "new", .calls = 7, .wall = 1},
                                {.path = "new/b", .calls = 9, .wall = 2},
                                {.path = "a/b", .calls = 4, .wall = 100},
                                {.path = "a", .calls = 1, .wall = 10}};
    static const wanted want[] = {
        {PROF_NO_PARENT, PROF__ROOT_NAME, 0, 0, 35, 113},
        {0, "a", 1, 1, 30, 110},
        {1, "b", 2, 4, 20, 100},
        {0, "gone", 3, 0, 5, 0},
        {0, "new", 0, 7, 0, 3},
        {4, "b", 0, 9, 0, 2},
    };
    prof_profile *before = BUILD(left);
    prof_profile *after = BUILD(right);
    prof_delta *deltas = NULL;
    uint32_t count;
    assert_int_equal(prof_profile_diff(before, after, &deltas, &count), PROF_OK);
    assert_int_equal(count, COUNT_OF(want));
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(deltas[i].parent, want[i].parent);
        assert_string_equal(deltas[i].frame.name, want[i].name);
        assert_int_equal(deltas[i].before.calls, want[i].before_calls);
        assert_int_equal(deltas[i].after.calls, want[i].after_calls);
        assert_int_equal(deltas[i].before.total_wall_ns, want[i].before_total);
        assert_int_equal(deltas[i].after.total_wall_ns, want[i].after_total);
    }
    free(deltas);
    prof_profile_destroy(before);
    prof_profile_destroy(after);
}

/* A faster profiler is no faster program: what it costs is told apart from the times, on either side. */
static void
overhead_is_beside_the_times(void **state)
{
    (void)state;
    static const row left[] = {{.path = "a", .wall = 10, .overhead = 3},
                               {.path = "a/b", .wall = 20, .overhead = 4}};
    static const row right[] = {{.path = "a/b", .wall = 20, .overhead = 1}};
    prof_profile *before = BUILD(left);
    prof_profile *after = BUILD(right);
    prof_delta *deltas = NULL;
    uint32_t count;
    assert_int_equal(prof_profile_diff(before, after, &deltas, &count), PROF_OK);
    assert_int_equal(count, 3);
    assert_int_equal(deltas[1].before.overhead_ns, 3);
    assert_int_equal(deltas[1].before.total_overhead_ns, 7);
    assert_int_equal(deltas[1].before.total_wall_ns, 30);
    assert_int_equal(deltas[1].after.overhead_ns, 0);
    assert_int_equal(deltas[1].after.total_overhead_ns, 1);
    assert_int_equal(deltas[1].after.total_wall_ns, 20);
    free(deltas);
    prof_profile_destroy(before);
    prof_profile_destroy(after);
}

static void
a_profile_does_not_differ_from_itself(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (int round = 0; round < 100; round++) {
        prof_profile *profile = build_random(&random, 50);
        prof_delta *deltas = NULL;
        uint32_t count;
        assert_int_equal(prof_profile_diff(profile, profile, &deltas, &count), PROF_OK);
        assert_int_equal(count, prof_profile_node_count(profile));
        for (uint32_t i = 0; i < count; i++) {
            assert_memory_equal(&deltas[i].before, &deltas[i].after, sizeof(deltas[i].before));
        }
        free(deltas);
        prof_profile_destroy(profile);
    }
}

/* Each side of a difference holds all of its profile and nothing else. */
static void
both_sides_are_complete(void **state)
{
    (void)state;
    uint64_t random = 6;
    for (int round = 0; round < 200; round++) {
        prof_profile *before = build_random(&random, 50);
        prof_profile *after = build_random(&random, 50);
        const prof_profile *both[] = {before, after};
        prof_profile *merged = NULL;
        prof_delta *deltas = NULL;
        uint32_t count;
        uint64_t self_before = 0;
        uint64_t self_after = 0;
        assert_int_equal(prof_profile_diff(before, after, &deltas, &count), PROF_OK);
        assert_int_equal(prof_profile_merge(both, 2, &merged), PROF_OK);
        assert_int_equal(count, prof_profile_node_count(merged));
        for (uint32_t i = 0; i < count; i++) {
            assert_true(i == 0 || deltas[i].parent < i);
            self_before += deltas[i].before.self_wall_ns;
            self_after += deltas[i].after.self_wall_ns;
        }
        assert_int_equal(self_before, before->nodes[0].total_wall_ns);
        assert_int_equal(self_after, after->nodes[0].total_wall_ns);
        free(deltas);
        prof_profile_destroy(merged);
        prof_profile_destroy(before);
        prof_profile_destroy(after);
    }
}

static prof_status
diff_once(void *context)
{
    const prof_profile *const *both = context;
    prof_delta *deltas = NULL;
    uint32_t count;
    prof_status status = prof_profile_diff(both[0], both[1], &deltas, &count);
    free(deltas);
    return status;
}

static void
no_memory_is_reported_and_nothing_leaks(void **state)
{
    (void)state;
    static const row left[] = {{.path = "a/b"}};
    static const row right[] = {{.path = "a/c"}};
    prof_profile *before = BUILD(left);
    prof_profile *after = BUILD(right);
    prof_profile *both[] = {before, after};
    assert_true(heap_sweep(diff_once, both) > 10);
    prof_profile_destroy(before);
    prof_profile_destroy(after);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_of_both_are_matched),
        cmocka_unit_test(overhead_is_beside_the_times),
        cmocka_unit_test(a_profile_does_not_differ_from_itself),
        cmocka_unit_test(both_sides_are_complete),
        cmocka_unit_test(no_memory_is_reported_and_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
