/* SPDX-License-Identifier: MIT */
#include "support/build.h"
#include "support/heap.h"

#include "trim.h"

static void
shallow_profiles_stay_as_they_are(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a/b/c"}};
    prof_profile *profile = BUILD(rows);
    prof_profile *trimmed = profile;
    assert_int_equal(prof__trim(profile, 3, &trimmed), PROF_OK);
    assert_null(trimmed);
    prof_profile_destroy(profile);
}

static void
what_lies_deeper_becomes_one_node(void **state)
{
    (void)state;
    static const row rows[] = {
        {.path = "a", .calls = 1, .wall = 1},
        {.path = "a/b", .calls = 2, .wall = 10, .cpu = 1},
        {.path = "a/b/c", .calls = 3, .wall = 100, .cpu = 2},
        {.path = "a/b/c/d", .calls = 4, .wall = 1000, .cpu = 3},
        {.path = "a/b/e", .calls = 5, .wall = 10000, .cpu = 4},
        {.path = "f", .calls = 6, .wall = 100000, .cpu = 5},
    };
    static const expected want[] = {
        {"", 0, 0, 111111, 0, 15},      {"a", 1, 1, 11111, 0, 10},
        {"a/b", 2, 10, 11110, 1, 10},   {"a/b/<deeper>", 12, 11100, 11100, 9, 9},
        {"f", 6, 100000, 100000, 5, 5},
    };
    static const prof_summary facts = {.name = "n", .wall_ns = 7, .counters = {.events = 3}};
    prof_profile *profile = BUILD_WITH(rows, &facts);
    prof_profile *trimmed = NULL;
    assert_int_equal(prof__trim(profile, 2, &trimmed), PROF_OK);
    ASSERT_NODES(trimmed, want);
    assert_int_equal(trimmed->frames[get_path(trimmed, "a/b/<deeper>")->frame].kind,
                     PROF_KIND_OVERFLOW);
    assert_string_equal(summary_of(trimmed).name, "n");
    assert_int_equal(summary_of(trimmed).counters.events, 3);
    prof_profile_destroy(trimmed);
    prof_profile_destroy(profile);
}

static void
lines_stay_with_the_frames_that_do(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "a/b/c/a");
    build_line(builder, "c", 5, 1); /* of a frame that is in <deeper> alone */
    build_line(builder, "b", 6, 2);
    build_line(builder, "a", 7, 3);
    prof_profile *profile = build_finish(builder);
    prof_profile *trimmed = NULL;
    assert_int_equal(prof__trim(profile, 2, &trimmed), PROF_OK);
    assert_int_equal(prof_profile_line_count(trimmed), 2);
    assert_line(&prof_profile_lines(trimmed)[0], get_path(trimmed, "a/b")->frame, 6, 2);
    assert_line(&prof_profile_lines(trimmed)[1], get_path(trimmed, "a")->frame, 7, 3);
    prof_profile_destroy(trimmed);
    prof_profile_destroy(profile);
}

/* Of nodes that become one, slices that follow one another do, too. */
static void
slices_go_with_their_nodes(void **state)
{
    (void)state;
    static const char *const paths[] = {"", "a", "a/b", "a/b/c", "a/b/c/d", "a/b/e", "f"};
    static const prof_slice slices[] = {
        {0, 6, 1}, {0, 3, 2}, {0, 4, 4}, {0, 5, 8}, {0, 2, 16}, {0, 4, 32}, {3, 3, 64}, {3, 0, 128},
    };
    prof__builder *builder = prof__builder_create(0, 0);
    for (uint32_t i = 0; i < COUNT_OF(paths); i++) {
        assert_int_equal(build_path(builder, paths[i]), i);
    }
    for (size_t i = 0; i < COUNT_OF(slices); i++) {
        assert_int_equal(prof__builder_slice(builder, &slices[i]), PROF_OK);
    }
    prof_profile *profile = build_finish(builder);
    prof_profile *trimmed = NULL;
    assert_int_equal(prof__trim(profile, 2, &trimmed), PROF_OK);
    static const struct {
        uint32_t track;
        const char *path;
        uint64_t wall_ns;
    } want[] = {{0, "f", 1},
                {0, "a/b/<deeper>", 14},
                {0, "a/b", 16},
                {0, "a/b/<deeper>", 32},
                {3, "a/b/<deeper>", 64},
                {3, "", 128}};
    assert_int_equal(prof_profile_slice_count(trimmed), COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        const prof_slice *slice = &prof_profile_slices(trimmed)[i];
        assert_int_equal(slice->track, want[i].track);
        assert_ptr_equal(&trimmed->nodes[slice->node], get_path(trimmed, want[i].path));
        assert_int_equal(slice->wall_ns, want[i].wall_ns);
    }
    prof_profile_destroy(trimmed);
    prof_profile_destroy(profile);
}

static prof_status
trim_once(void *context)
{
    prof_profile *trimmed = NULL;
    prof_status status = prof__trim(context, 1, &trimmed);
    prof_profile_destroy(trimmed);
    return status;
}

static void
no_memory_is_reported_and_nothing_leaks(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "a/b/c");
    build_line(builder, "a", 1, 2);
    assert_int_equal(prof__builder_slice(builder, &(prof_slice){0, 3, 9}), PROF_OK);
    prof_profile *profile = build_finish(builder);
    assert_true(heap_sweep(trim_once, profile) > 10);
    prof_profile_destroy(profile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shallow_profiles_stay_as_they_are),
        cmocka_unit_test(what_lies_deeper_becomes_one_node),
        cmocka_unit_test(lines_stay_with_the_frames_that_do),
        cmocka_unit_test(slices_go_with_their_nodes),
        cmocka_unit_test(no_memory_is_reported_and_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
