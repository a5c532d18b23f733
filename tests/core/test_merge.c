/* SPDX-License-Identifier: MIT */
#include "support/build.h"
#include "support/heap.h"

static prof_profile *
merge(const prof_profile *const *profiles, size_t count)
{
    prof_profile *merged = NULL;
    assert_int_equal(prof_profile_merge(profiles, count, &merged), PROF_OK);
    return merged;
}

static prof_profile *
merge_two(const prof_profile *a, const prof_profile *b)
{
    const prof_profile *both[] = {a, b};
    return merge(both, 2);
}

static void
paths_are_united_and_values_added(void **state)
{
    (void)state;
    static const row left[] = {
        {.path = "", .calls = 1, .wall = 1},
        {.path = "a", .calls = 1, .wall = 10, .cpu = 5, .await = 2, .samples = 7, .overhead = 1},
        {.path = "a/b", .calls = 2, .wall = 20, .overhead = 4},
    };
    static const row right[] = {
        {.path = "", .calls = 1, .wall = 2},
        {.path = "c", .calls = 4, .wall = 1000},
        {.path = "a",
         .calls = 3,
         .wall = 100,
         .cpu = 50,
         .await = 20,
         .samples = 70,
         .overhead = 8},
    };
    prof_profile *a = BUILD(left);
    prof_profile *b = BUILD(right);
    prof_profile *both = merge_two(a, b);
    static const expected want[] = {
        {"", 2, 3, 1133, 0, 55},
        {"a", 4, 110, 130, 55, 55},
        {"a/b", 2, 20, 20, 0, 0},
        {"c", 4, 1000, 1000, 0, 0},
    };
    assert_is_tree(both);
    ASSERT_NODES(both, want);
    assert_int_equal(get_path(both, "a")->await_ns, 22);
    assert_int_equal(get_path(both, "a")->samples, 77);
    assert_int_equal(get_path(both, "a")->overhead_ns, 9);
    assert_int_equal(get_path(both, "")->total_overhead_ns, 13);
    prof_profile_destroy(a);
    prof_profile_destroy(b);
    prof_profile_destroy(both);
}

static void
frames_and_children_come_in_canonical_order(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "c"}, {.path = "a/c"}, {.path = "a/b"}, {.path = "b"}};
    prof_profile *profile = BUILD(rows);
    const prof_profile *one[] = {profile};
    prof_profile *merged = merge(one, 1);
    static const char *const names[] = {PROF__ROOT_NAME, "a", "b", "c"};
    static const uint32_t frames[] = {0, 1, 2, 3, 2, 3}; /* depth first: root a b c b c */
    static const uint32_t parents[] = {PROF_NO_PARENT, 0, 1, 1, 0, 0};
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        assert_string_equal(merged->frames[i].name, names[i]);
    }
    for (uint32_t i = 0; i < COUNT_OF(frames); i++) {
        assert_int_equal(merged->nodes[i].frame, frames[i]);
        assert_int_equal(merged->nodes[i].parent, parents[i]);
    }
    prof_profile_destroy(profile);
    prof_profile_destroy(merged);
}

/* A path of frames, a line of one of them, and one of b that all have. */
static prof_profile *
build_with_lines(const char *path, const char *name, uint32_t line, uint64_t value)
{
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, path);
    build_line(builder, name, line, value);
    build_line(builder, "b", 9, value);
    return build_finish(builder);
}

static void
lines_add_up_in_canonical_order(void **state)
{
    (void)state;
    prof_profile *a = build_with_lines("c/b", "c", 2, 10);
    prof_profile *b = build_with_lines("b/a", "b", 4, 200);
    prof_profile *c = build_with_lines("b/c", "c", 1, 3000);
    const prof_profile *all[] = {a, b, c};
    prof_profile *merged = merge(all, 3);
    const prof_line *lines = prof_profile_lines(merged);
    assert_int_equal(prof_profile_line_count(merged), 4);
    assert_string_equal(merged->frames[2].name, "b");
    assert_line(&lines[0], 2, 4, 200);
    assert_line(&lines[1], 2, 9, 3210);
    assert_line(&lines[2], 3, 1, 3000);
    assert_line(&lines[3], 3, 2, 10);
    prof_profile *const every[] = {a, b, c, merged};
    for (size_t i = 0; i < COUNT_OF(every); i++) {
        prof_profile_destroy(every[i]);
    }
}

static void
lines_that_one_of_them_has_stay(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a"}};
    prof_profile *with = build_with_lines("c/b", "b", 8, 5);
    prof_profile *without = BUILD(rows);
    prof_profile *merged = merge_two(without, with);
    prof_profile *neither = merge_two(without, without);
    assert_int_equal(prof_profile_line_count(merged), 2);
    assert_line(&prof_profile_lines(merged)[0], 2, 8, 5); /* frames are a, b, c now */
    assert_line(&prof_profile_lines(merged)[1], 2, 9, 5);
    assert_null(prof_profile_lines(neither));
    prof_profile *const every[] = {with, without, merged, neither};
    for (size_t i = 0; i < COUNT_OF(every); i++) {
        prof_profile_destroy(every[i]);
    }
}

/* What threads of two sessions did at which time has no common clock. */
static void
timelines_are_not_kept(void **state)
{
    (void)state;
    static const prof_slice slices[] = {{0, 1, 5}, {0, 2, 6}, {1, 0, 7}};
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "b/a");
    for (size_t i = 0; i < COUNT_OF(slices); i++) {
        assert_int_equal(prof__builder_slice(builder, &slices[i]), PROF_OK);
    }
    prof_profile *with = build_finish(builder);
    const prof_profile *one[] = {with};
    prof_profile *alone = merge(one, 1);
    prof_profile *twice = merge_two(with, with);
    assert_int_equal(prof_profile_slice_count(with), COUNT_OF(slices));
    assert_int_equal(prof_profile_slice_count(alone), 0);
    assert_int_equal(prof_profile_slice_count(twice), 0);
    assert_null(prof_profile_slices(twice));
    prof_profile *const every[] = {with, alone, twice};
    for (size_t i = 0; i < COUNT_OF(every); i++) {
        prof_profile_destroy(every[i]);
    }
}

static void
nothing_cannot_be_merged(void **state)
{
    (void)state;
    prof_profile *merged = NULL;
    assert_int_equal(prof_profile_merge(NULL, 0, &merged), PROF_BAD_ARGUMENT);
    assert_null(merged);
}

static void
metadata_that_is_no_object_is_refused(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a"}};
    prof_profile *good = BUILD(rows);
    prof_profile *bad = BUILD(rows);
    prof_profile *merged = NULL;
    const prof_profile *both[] = {good, bad};
    assert_int_equal(prof_profile_set_metadata(bad, "[1]"), PROF_OK);
    assert_int_equal(prof_profile_merge(both, 2, &merged), PROF_BAD_ARGUMENT);
    assert_null(merged);
    prof_profile_destroy(good);
    prof_profile_destroy(bad);
}

/* To the last byte: a+b = b+a, (a+b)+c = a+(b+c) = a+b+c. */
static void
order_and_grouping_do_not_matter(void **state)
{
    (void)state;
    uint64_t random = 42;
    for (int round = 0; round < 150; round++) {
        prof_profile *a = build_random(&random, 40);
        prof_profile *b = build_random(&random, 40);
        prof_profile *c = build_random(&random, 40);
        prof_profile *ab = merge_two(a, b);
        prof_profile *ba = merge_two(b, a);
        prof_profile *bc = merge_two(b, c);
        prof_profile *left = merge_two(ab, c);
        prof_profile *right = merge_two(a, bc);
        const prof_profile *all[] = {c, a, b};
        prof_profile *together = merge(all, 3);
        assert_is_tree(together);
        assert_same_document(ab, ba);
        assert_same_document(left, right);
        assert_same_document(left, together);
        assert_int_equal(left->nodes[0].total_wall_ns, a->nodes[0].total_wall_ns +
                                                           b->nodes[0].total_wall_ns +
                                                           c->nodes[0].total_wall_ns);
        prof_profile *const every[] = {a, b, c, ab, ba, bc, left, right, together};
        for (size_t i = 0; i < COUNT_OF(every); i++) {
            prof_profile_destroy(every[i]);
        }
    }
}

static void
laws_hold_at_the_largest_values(void **state)
{
    (void)state;
    static const row huge[] = {{.path = "f", .wall = PROF__MAX_VALUE},
                               {.path = "f/g", .wall = 9, .overhead = PROF__MAX_VALUE}};
    static const row small[] = {{.path = "f", .wall = 5},
                                {.path = "h", .wall = PROF__MAX_VALUE, .overhead = 1}};
    prof_profile *a = BUILD(huge);
    prof_profile *b = BUILD(small);
    prof_profile *ab = merge_two(a, b);
    prof_profile *left = merge_two(ab, b);
    prof_profile *bb = merge_two(b, b);
    prof_profile *right = merge_two(a, bb);
    assert_same_document(left, right);
    assert_int_equal(left->nodes[0].total_wall_ns, PROF__MAX_VALUE);
    assert_int_equal(left->nodes[0].total_overhead_ns, PROF__MAX_VALUE);
    prof_profile *const every[] = {a, b, ab, left, bb, right};
    for (size_t i = 0; i < COUNT_OF(every); i++) {
        prof_profile_destroy(every[i]);
    }
}

static void
laws_hold_for_the_largest_values_of_lines(void **state)
{
    (void)state;
    prof_profile *a = build_with_lines("a/b", "a", 1, PROF__MAX_VALUE);
    prof_profile *b = build_with_lines("b", "b", 2, PROF__MAX_VALUE - 1);
    prof_profile *c = build_with_lines("c/b/a", "a", 1, 3);
    prof_profile *ab = merge_two(a, b);
    prof_profile *left = merge_two(ab, c);
    prof_profile *cb = merge_two(c, b);
    prof_profile *right = merge_two(cb, a);
    assert_same_document(left, right);
    assert_int_equal(prof_profile_line_count(left), 3);
    assert_int_equal(prof_profile_lines(left)[0].samples, PROF__MAX_VALUE);
    prof_profile *const every[] = {a, b, c, ab, left, cb, right};
    for (size_t i = 0; i < COUNT_OF(every); i++) {
        prof_profile_destroy(every[i]);
    }
}

static void
deep_trees_are_merged(void **state)
{
    (void)state;
    prof_profile *deep = build_recursion(50000);
    prof_profile *merged = merge_two(deep, deep);
    assert_int_equal(prof_profile_node_count(merged), 50001);
    assert_int_equal(merged->nodes[0].total_wall_ns, 2 * 3 * 50000);
    prof_profile_destroy(deep);
    prof_profile_destroy(merged);
}

static prof_status
merge_once(void *context)
{
    prof_profile *merged = NULL;
    prof_status status = prof_profile_merge(context, 2, &merged);
    prof_profile_destroy(merged);
    return status;
}

static void
no_memory_is_reported_and_nothing_leaks(void **state)
{
    (void)state;
    static const prof_summary facts = {.engine = "trace", .metadata = "{\"b\":1,\"a\":[2]}"};
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "a/b");
    (void)build_path(builder, "c");
    build_line(builder, "c", 1, 2);
    assert_int_equal(prof__builder_summary(builder, &facts), PROF_OK);
    prof_profile *profile = build_finish(builder);
    const prof_profile *both[] = {profile, profile};
    assert_true(heap_sweep(merge_once, both) > 40);
    prof_profile_destroy(profile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_united_and_values_added),
        cmocka_unit_test(frames_and_children_come_in_canonical_order),
        cmocka_unit_test(lines_add_up_in_canonical_order),
        cmocka_unit_test(lines_that_one_of_them_has_stay),
        cmocka_unit_test(timelines_are_not_kept),
        cmocka_unit_test(nothing_cannot_be_merged),
        cmocka_unit_test(metadata_that_is_no_object_is_refused),
        cmocka_unit_test(order_and_grouping_do_not_matter),
        cmocka_unit_test(laws_hold_at_the_largest_values),
        cmocka_unit_test(laws_hold_for_the_largest_values_of_lines),
        cmocka_unit_test(deep_trees_are_merged),
        cmocka_unit_test(no_memory_is_reported_and_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
