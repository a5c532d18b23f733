/* SPDX-License-Identifier: MIT */
#include "support/build.h"
#include "support/heap.h"

/* What a function must hold. */
typedef struct wanted {
    const char *name;
    uint64_t calls;
    uint64_t self_wall;
    uint64_t total_wall;
    uint64_t self_cpu;
    uint64_t total_cpu;
} wanted;

static void
assert_functions(const row *rows, size_t row_count, const wanted *want, size_t count)
{
    prof_profile *profile = build_profile(rows, row_count, NULL);
    prof_function *functions = NULL;
    uint32_t found = 0;
    assert_int_equal(prof_profile_functions(profile, &functions, &found), PROF_OK);
    assert_int_equal(found, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(profile->frames[functions[i].frame].name, want[i].name);
        assert_int_equal(functions[i].calls, want[i].calls);
        assert_int_equal(functions[i].self_wall_ns, want[i].self_wall);
        assert_int_equal(functions[i].total_wall_ns, want[i].total_wall);
        assert_int_equal(functions[i].self_cpu_ns, want[i].self_cpu);
        assert_int_equal(functions[i].total_cpu_ns, want[i].total_cpu);
    }
    free(functions);
    prof_profile_destroy(profile);
}

#define ASSERT_FUNCTIONS(rows, want)                                                               \
    assert_functions((rows), COUNT_OF(rows), (want), COUNT_OF(want))

static void
a_function_sums_all_its_nodes_heaviest_first(void **state)
{
    (void)state;
    static const row rows[] = {
        {.path = "a", .calls = 1, .wall = 5, .cpu = 4},
        {.path = "a/b", .calls = 2, .wall = 10, .cpu = 9},
        {.path = "b", .calls = 3, .wall = 20, .cpu = 1},
    };
    static const wanted want[] = {{"b", 5, 30, 30, 10, 10}, {"a", 1, 5, 15, 4, 13}};
    ASSERT_FUNCTIONS(rows, want);
}

static void
direct_recursion_counts_once(void **state)
{
    (void)state;
    static const row rows[] = {
        {.path = "f", .calls = 1, .wall = 1, .cpu = 1},
        {.path = "f/f", .calls = 2, .wall = 10, .cpu = 2},
        {.path = "f/f/f", .calls = 4, .wall = 100, .cpu = 3},
    };
    static const wanted want[] = {{"f", 7, 111, 111, 6, 6}};
    ASSERT_FUNCTIONS(rows, want);
}

static void
mutual_recursion_counts_once(void **state)
{
    (void)state;
    static const row rows[] = {
        {.path = "f", .calls = 1, .wall = 1},        {.path = "f/g", .calls = 1, .wall = 10},
        {.path = "f/g/f", .calls = 1, .wall = 100},  {.path = "f/g/f/g", .calls = 1, .wall = 1000},
        {.path = "g", .calls = 1, .wall = 10000}, /* a second outermost occurrence */
        {.path = "g/f", .calls = 1, .wall = 100000},
    };
    static const wanted want[] = {{"f", 3, 100101, 101111, 0, 0}, {"g", 3, 11010, 111110, 0, 0}};
    ASSERT_FUNCTIONS(rows, want);
}

static void
equal_self_times_are_ordered_by_total_and_frame(void **state)
{
    (void)state;
    static const row rows[] = {
        {.path = "a"}, {.path = "b"}, {.path = "c"}, {.path = "c/d", .wall = 1}};
    static const wanted want[] = {
        {"d", 0, 1, 1, 0, 0}, {"c", 0, 0, 1, 0, 0}, {"a", 0, 0, 0, 0, 0}, {"b", 0, 0, 0, 0, 0}};
    ASSERT_FUNCTIONS(rows, want);
}

static void
the_root_is_no_function(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "", .wall = 1000}};
    prof_profile *profile = BUILD(rows);
    prof_function *functions = NULL;
    uint32_t count = 99;
    assert_int_equal(prof_profile_functions(profile, &functions, &count), PROF_OK);
    assert_int_equal(count, 0);
    assert_non_null(functions);
    free(functions);
    prof_profile_destroy(profile);
}

static void
await_and_samples_are_summed(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "f", .await = 1, .samples = 10},
                               {.path = "f/f", .await = 2, .samples = 20}};
    prof_profile *profile = BUILD(rows);
    prof_function *functions = NULL;
    uint32_t count;
    assert_int_equal(prof_profile_functions(profile, &functions, &count), PROF_OK);
    assert_int_equal(functions[0].await_ns, 3);
    assert_int_equal(functions[0].samples, 30);
    free(functions);
    prof_profile_destroy(profile);
}

static void
a_recursion_of_any_depth_takes_linear_time(void **state)
{
    (void)state;
    const uint32_t depth = 200000;
    prof_profile *profile = build_recursion(depth);
    prof_function *functions = NULL;
    uint32_t count;
    assert_int_equal(prof_profile_functions(profile, &functions, &count), PROF_OK);
    assert_int_equal(count, 1);
    assert_int_equal(functions[0].calls, depth);
    assert_int_equal(functions[0].self_wall_ns, (uint64_t)depth * 3);
    assert_int_equal(functions[0].total_wall_ns, (uint64_t)depth * 3);
    assert_int_equal(functions[0].total_cpu_ns, (uint64_t)depth * 2);
    free(functions);
    prof_profile_destroy(profile);
}

/* The definition, word for word: climb from every node and look for the frame. */
static bool
is_outermost(const prof_profile *profile, uint32_t node)
{
    uint32_t frame = profile->nodes[node].frame;
    while (node != 0) {
        node = profile->nodes[node].parent;
        if (profile->nodes[node].frame == frame) {
            return false;
        }
    }
    return true;
}

static void
assert_by_definition(const prof_profile *profile, const prof_function *function)
{
    prof_function want = {.frame = function->frame};
    for (uint32_t i = 0; i < profile->node_count; i++) {
        const prof_node *node = &profile->nodes[i];
        if (node->frame != function->frame) {
            continue;
        }
        want.calls += node->calls;
        want.self_wall_ns += node->self_wall_ns;
        want.self_cpu_ns += node->self_cpu_ns;
        want.await_ns += node->await_ns;
        want.samples += node->samples;
        if (is_outermost(profile, i)) {
            want.total_wall_ns += node->total_wall_ns;
            want.total_cpu_ns += node->total_cpu_ns;
        }
    }
    assert_memory_equal(function, &want, sizeof(want));
}

static void
random_profiles_meet_the_definition(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (int round = 0; round < 300; round++) {
        prof_profile *profile = build_random(&random, 80);
        prof_function *functions = NULL;
        uint32_t count;
        uint64_t self = prof_profile_nodes(profile)[0].self_wall_ns;
        assert_int_equal(prof_profile_functions(profile, &functions, &count), PROF_OK);
        assert_int_equal(count, prof_profile_frame_count(profile) - 1);
        for (uint32_t i = 0; i < count; i++) {
            assert_by_definition(profile, &functions[i]);
            assert_true(i == 0 || functions[i - 1].self_wall_ns >= functions[i].self_wall_ns);
            self += functions[i].self_wall_ns;
        }
        assert_int_equal(self, prof_profile_nodes(profile)[0].total_wall_ns);
        free(functions);
        prof_profile_destroy(profile);
    }
}

static prof_status
functions_once(void *context)
{
    prof_function *functions = NULL;
    uint32_t count;
    prof_status status = prof_profile_functions(context, &functions, &count);
    free(functions);
    return status;
}

static void
no_memory_is_reported(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a/b"}};
    prof_profile *profile = BUILD(rows);
    assert_int_equal(heap_sweep(functions_once, profile), 3);
    prof_profile_destroy(profile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_function_sums_all_its_nodes_heaviest_first),
        cmocka_unit_test(direct_recursion_counts_once),
        cmocka_unit_test(mutual_recursion_counts_once),
        cmocka_unit_test(equal_self_times_are_ordered_by_total_and_frame),
        cmocka_unit_test(the_root_is_no_function),
        cmocka_unit_test(await_and_samples_are_summed),
        cmocka_unit_test(a_recursion_of_any_depth_takes_linear_time),
        cmocka_unit_test(random_profiles_meet_the_definition),
        cmocka_unit_test(no_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
