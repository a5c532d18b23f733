/* SPDX-License-Identifier: MIT */
#include "support/build.h"
#include "support/heap.h"

static void
an_empty_builder_has_a_root(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    assert_int_equal(prof__builder_node_count(builder), 1);
    assert_int_equal(prof__builder_frame_count(builder), 1);
    prof_profile *profile = build_finish(builder);
    const prof_node *root = prof_profile_nodes(profile);
    assert_int_equal(prof_profile_node_count(profile), 1);
    assert_int_equal(root->parent, PROF_NO_PARENT);
    assert_int_equal(root->total_wall_ns, 0);
    assert_int_equal(prof_profile_frames(profile)[root->frame].kind, PROF_KIND_ROOT);
    assert_string_equal(prof_profile_frames(profile)[root->frame].name, PROF__ROOT_NAME);
    prof_profile_destroy(profile);
}

static void
frames_are_the_same_when_all_members_are(void **state)
{
    (void)state;
    static const prof_frame frames[] = {
        {"f", "a.py", 1, PROF_KIND_PYTHON},  {"g", "a.py", 1, PROF_KIND_PYTHON},
        {"f", "b.py", 1, PROF_KIND_PYTHON},  {"f", "a.py", 2, PROF_KIND_PYTHON},
        {"f", "a.py", 1, PROF_KIND_BUILTIN}, {"fa", ".py", 1, PROF_KIND_PYTHON},
        {"", "fa.py", 1, PROF_KIND_PYTHON},
    };
    prof__builder *builder = prof__builder_create(0, 0);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < COUNT_OF(frames); i++) {
            uint32_t index;
            assert_int_equal(prof__builder_frame(builder, &frames[i], &index), PROF_OK);
            assert_int_equal(index, i + 1);
        }
    }
    prof__builder_destroy(builder);
}

static void
a_frame_of_kind_root_is_the_root(void **state)
{
    (void)state;
    static const prof_frame root = {"another name", "file.py", 9, PROF_KIND_ROOT};
    prof__builder *builder = prof__builder_create(0, 0);
    uint32_t index = 99;
    assert_int_equal(prof__builder_frame(builder, &root, &index), PROF_OK);
    assert_int_equal(index, 0);
    assert_int_equal(prof__builder_frame_count(builder), 1);
    prof__builder_destroy(builder);
}

static void
strings_become_valid_utf8(void **state)
{
    (void)state;
    static const prof_frame odd = {"f\xFF", "\xC3", 1, PROF_KIND_PYTHON};
    static const prof_frame repaired = {"f\xEF\xBF\xBD", "\xEF\xBF\xBD", 1, PROF_KIND_PYTHON};
    prof__builder *builder = prof__builder_create(0, 0);
    uint32_t index;
    uint32_t node;
    assert_int_equal(prof__builder_frame(builder, &odd, &index), PROF_OK);
    assert_int_equal(index, 1);
    assert_int_equal(prof__builder_frame(builder, &repaired, &index), PROF_OK);
    assert_int_equal(index, 1);
    assert_int_equal(prof__builder_frame(builder, &odd, &index), PROF_OK);
    assert_int_equal(index, 1);
    assert_int_equal(prof__builder_child(builder, 0, index, &node), PROF_OK);
    const prof_summary summary = {.name = "n\xFE"};
    assert_int_equal(prof__builder_summary(builder, &summary), PROF_OK);
    prof_profile *profile = build_finish(builder);
    assert_string_equal(prof_profile_frames(profile)[1].name, repaired.name);
    assert_string_equal(prof_profile_frames(profile)[1].file, repaired.file);
    assert_string_equal(summary_of(profile).name, "n\xEF\xBF\xBD");
    prof_profile_destroy(profile);
}

static void
strings_are_copied(void **state)
{
    (void)state;
    char name[] = "f";
    const prof_frame frame = {name, "", 0, PROF_KIND_SQL};
    prof__builder *builder = prof__builder_create(0, 0);
    uint32_t index;
    uint32_t node;
    assert_int_equal(prof__builder_frame(builder, &frame, &index), PROF_OK);
    assert_int_equal(prof__builder_child(builder, 0, index, &node), PROF_OK);
    name[0] = 'x';
    prof_profile *profile = build_finish(builder);
    assert_string_equal(prof_profile_frames(profile)[1].name, "f");
    prof_profile_destroy(profile);
}

static void
a_node_is_a_parent_and_a_frame(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    uint32_t a = build_path(builder, "a");
    uint32_t ab = build_path(builder, "a/b");
    uint32_t b = build_path(builder, "b");
    assert_int_equal(prof__builder_node_count(builder), 4);
    assert_true(ab != b);
    assert_int_equal(build_path(builder, "a"), a);
    assert_int_equal(build_path(builder, "a/b"), ab);
    assert_int_equal(prof__builder_node_count(builder), 4);
    prof__builder_destroy(builder);
}

static void
children_need_a_parent_and_a_frame_that_are_there(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    uint32_t frame = build_frame(builder, "a", 1);
    uint32_t node = 99;
    assert_int_equal(prof__builder_child(builder, 1, frame, &node), PROF_BAD_ARGUMENT);
    assert_int_equal(prof__builder_child(builder, PROF_NO_PARENT, frame, &node), PROF_BAD_ARGUMENT);
    assert_int_equal(prof__builder_child(builder, 0, frame + 1, &node), PROF_BAD_ARGUMENT);
    assert_int_equal(prof__builder_child(builder, 0, 0, &node), PROF_BAD_ARGUMENT);
    assert_int_equal(node, 99);
    assert_int_equal(prof__builder_node_count(builder), 1);
    prof__builder_destroy(builder);
}

static void
values_add_up_and_totals_include_descendants(void **state)
{
    (void)state;
    static const row rows[] = {
        {.path = "", .wall = 1, .cpu = 1},
        {.path = "a", .calls = 1, .wall = 10, .cpu = 5, .await = 3, .samples = 2},
        {.path = "a/b", .calls = 4, .wall = 100, .cpu = 50},
        {.path = "c", .wall = 1000},
        {.path = "a", .calls = 1, .wall = 20, .cpu = 6, .await = 4, .samples = 1},
    };
    prof_profile *profile = BUILD(rows);
    static const expected want[] = {
        {"", 0, 1, 1131, 1, 62},
        {"a", 2, 30, 130, 11, 61},
        {"a/b", 4, 100, 100, 50, 50},
        {"c", 0, 1000, 1000, 0, 0},
    };
    ASSERT_NODES(profile, want);
    assert_int_equal(get_path(profile, "a")->await_ns, 7);
    assert_int_equal(get_path(profile, "a")->samples, 3);
    prof_profile_destroy(profile);
}

static void
values_stop_at_the_largest_that_a_double_holds(void **state)
{
    (void)state;
    static const row rows[] = {
        {.path = "a", .wall = UINT64_MAX, .cpu = PROF__MAX_VALUE, .calls = PROF__MAX_VALUE - 1},
        {.path = "a", .wall = UINT64_MAX, .cpu = 1, .calls = 1},
        {.path = "b", .wall = 1},
    };
    static const prof_summary facts = {.wall_ns = UINT64_MAX, .counters = {.events = UINT64_MAX}};
    prof_profile *profile = BUILD_WITH(rows, &facts);
    const prof_node *a = get_path(profile, "a");
    assert_int_equal(a->self_wall_ns, PROF__MAX_VALUE);
    assert_int_equal(a->self_cpu_ns, PROF__MAX_VALUE);
    assert_int_equal(a->calls, PROF__MAX_VALUE);
    assert_int_equal(get_path(profile, "")->total_wall_ns, PROF__MAX_VALUE);
    assert_int_equal(summary_of(profile).wall_ns, PROF__MAX_VALUE);
    assert_int_equal(summary_of(profile).counters.events, PROF__MAX_VALUE);
    prof_profile_destroy(profile);
}

static void
frames_without_a_node_are_left_out(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_frame(builder, "unused", 6);
    (void)build_path(builder, "a");
    (void)build_frame(builder, "too", 3);
    (void)build_path(builder, "a/b");
    prof_profile *profile = build_finish(builder);
    assert_int_equal(prof_profile_frame_count(profile), 3);
    assert_non_null(find_path(profile, "a/b"));
    prof_profile_destroy(profile);
}

static void
texts_that_are_not_given_stay(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    const prof_summary first = {.name = "n", .engine = "trace"};
    const prof_summary second = {.engine = "sample"};
    assert_int_equal(prof__builder_summary(builder, &first), PROF_OK);
    assert_int_equal(prof__builder_summary(builder, &second), PROF_OK);
    prof_profile *profile = build_finish(builder);
    assert_string_equal(summary_of(profile).name, "n");
    assert_string_equal(summary_of(profile).engine, "sample");
    assert_string_equal(summary_of(profile).started, "");
    assert_string_equal(summary_of(profile).metadata, "{}");
    prof_profile_destroy(profile);
}

/* Past several rehashings, everything is still found. */
static void
many_frames_and_nodes_are_found_again(void **state)
{
    (void)state;
    const uint32_t count = 5000;
    prof__builder *builder = prof__builder_create(0, 0);
    for (int round = 0; round < 2; round++) {
        uint32_t parent = 0;
        for (uint32_t i = 0; i < count; i++) {
            char name[16];
            (void)snprintf(name, sizeof(name), "f%u", i);
            uint32_t frame = build_frame(builder, name, strlen(name));
            uint32_t node;
            assert_int_equal(prof__builder_child(builder, parent, frame, &node), PROF_OK);
            assert_int_equal(frame, i + 1);
            assert_int_equal(node, i + 1);
            parent = i / 3; /* bushy and deep */
        }
    }
    prof_profile *profile = build_finish(builder);
    assert_is_tree(profile);
    assert_int_equal(prof_profile_node_count(profile), count + 1);
    prof_profile_destroy(profile);
}

static void
random_profiles_are_trees(void **state)
{
    (void)state;
    uint64_t random = 11;
    for (int round = 0; round < 300; round++) {
        prof_profile *profile = build_random(&random, 60);
        assert_is_tree(profile);
        prof_profile_destroy(profile);
    }
}

/* ---- slices ------------------------------------------------------------------------------------- */

static prof_status
add_slice(prof__builder *builder, uint32_t track, uint32_t node, uint64_t wall_ns)
{
    const prof_slice slice = {.track = track, .node = node, .wall_ns = wall_ns};
    return prof__builder_slice(builder, &slice);
}

static void
slices_of_one_track_and_node_that_follow_one_another_are_one(void **state)
{
    (void)state;
    static const prof_slice want[] = {{0, 1, 12}, {0, 0, 3}, {0, 1, 4}, {2, 1, 5}, {2, 2, 6}};
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "a/b");
    assert_int_equal(add_slice(builder, 0, 1, 5), PROF_OK);
    assert_int_equal(add_slice(builder, 0, 1, 7), PROF_OK);
    assert_int_equal(add_slice(builder, 0, 2, 0), PROF_OK); /* no time, no slice */
    assert_int_equal(prof__builder_slice_count(builder), 1);
    assert_int_equal(add_slice(builder, 0, 0, 3), PROF_OK);
    assert_int_equal(add_slice(builder, 0, 1, 4), PROF_OK);
    assert_int_equal(add_slice(builder, 2, 1, 5), PROF_OK); /* of another track */
    assert_int_equal(add_slice(builder, 2, 2, 6), PROF_OK);
    assert_int_equal(prof__builder_slice_count(builder), COUNT_OF(want));
    prof_profile *profile = build_finish(builder);
    assert_int_equal(prof_profile_slice_count(profile), COUNT_OF(want));
    assert_memory_equal(prof_profile_slices(profile), want, sizeof(want));
    prof_profile_destroy(profile);
}

static void
slices_need_a_node_that_is_there_and_come_track_by_track(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "a");
    assert_int_equal(add_slice(builder, 0, 2, 1), PROF_BAD_ARGUMENT);
    assert_int_equal(add_slice(builder, 0, UINT32_MAX, 1), PROF_BAD_ARGUMENT);
    assert_int_equal(add_slice(builder, 0, 2, 0), PROF_BAD_ARGUMENT); /* without time, too */
    assert_int_equal(prof__builder_slice_count(builder), 0);
    assert_int_equal(add_slice(builder, UINT32_MAX - 1, 1, 1), PROF_OK);
    assert_int_equal(add_slice(builder, UINT32_MAX - 2, 1, 1), PROF_BAD_ARGUMENT);
    assert_int_equal(add_slice(builder, 0, 0, 1), PROF_BAD_ARGUMENT);
    assert_int_equal(add_slice(builder, UINT32_MAX, 1, 1), PROF_OK);
    assert_int_equal(prof__builder_slice_count(builder), 2);
    prof__builder_destroy(builder);
}

static void
times_of_slices_stop_at_the_largest_that_a_double_holds(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "a");
    assert_int_equal(add_slice(builder, 0, 0, UINT64_MAX), PROF_OK);
    assert_int_equal(add_slice(builder, 0, 1, PROF__MAX_VALUE - 1), PROF_OK);
    assert_int_equal(add_slice(builder, 0, 1, UINT64_MAX), PROF_OK);
    prof_profile *profile = build_finish(builder);
    assert_int_equal(prof_profile_slices(profile)[0].wall_ns, PROF__MAX_VALUE);
    assert_int_equal(prof_profile_slices(profile)[1].wall_ns, PROF__MAX_VALUE);
    prof_profile_destroy(profile);
}

static void
a_profile_without_slices_has_no_array(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a"}};
    prof_profile *profile = BUILD(rows);
    assert_int_equal(prof_profile_slice_count(profile), 0);
    assert_null(prof_profile_slices(profile));
    prof_profile_destroy(profile);
}

/* Frames without a node are left out, which renumbers frames; nodes keep their numbers. */
static void
many_slices_stay_in_order(void **state)
{
    (void)state;
    const uint32_t count = 5000;
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_frame(builder, "unused", 6);
    (void)build_path(builder, "a/b");
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(add_slice(builder, i / 1000, i % 3, i + 1), PROF_OK);
    }
    prof_profile *profile = build_finish(builder);
    assert_int_equal(prof_profile_slice_count(profile), count);
    for (uint32_t i = 0; i < count; i++) {
        const prof_slice *slice = &prof_profile_slices(profile)[i];
        assert_int_equal(slice->track, i / 1000);
        assert_int_equal(slice->node, i % 3);
        assert_int_equal(slice->wall_ns, i + 1);
    }
    prof_profile_destroy(profile);
}

/* ---- memory ------------------------------------------------------------------------------------- */

/* Everything a builder does that needs memory, past the first size of its arrays. */
static prof_status
build_much(void *context)
{
    (void)context;
    static const prof_summary summary = {.name = "n", .engine = "e", .metadata = "{}"};
    prof_profile *profile = NULL;
    prof__builder *builder = prof__builder_create(0, 0);
    prof_status status = builder == NULL ? PROF_NO_MEMORY : PROF_OK;
    for (uint32_t i = 0; i < 300 && status == PROF_OK; i++) {
        const prof_frame frame = {i % 2 == 0 ? "f" : "f\xFF", "", i, PROF_KIND_PYTHON};
        uint32_t index = 0;
        uint32_t node;
        status = prof__builder_frame(builder, &frame, &index);
        if (status == PROF_OK) {
            status = prof__builder_child(builder, i / 2, index, &node);
        }
        if (status == PROF_OK) {
            status = prof__builder_line(builder, &(prof_line){.frame = index, .line = i});
        }
        if (status == PROF_OK) {
            status = add_slice(builder, 0, i, 1);
        }
    }
    if (status == PROF_OK) {
        status = prof__builder_summary(builder, &summary);
    }
    if (status == PROF_OK) {
        status = prof__builder_finish(builder, &profile);
    }
    prof__builder_destroy(builder);
    prof_profile_destroy(profile);
    return status;
}

static void
no_memory_is_reported_and_nothing_leaks(void **state)
{
    (void)state;
    assert_true(heap_sweep(build_much, NULL) > 20);
}

/* A builder that could not grow is as it was, and goes on when there is memory again. */
static prof_status
add_one(void *context)
{
    prof__builder *builder = context;
    uint32_t before = prof__builder_node_count(builder);
    uint32_t frame = 1;
    uint32_t node;
    prof_status status = prof__builder_child(builder, before - 1, frame, &node);
    assert_int_equal(prof__builder_node_count(builder), before + (status == PROF_OK));
    return status;
}

static prof_status
add_one_slice(void *context)
{
    prof__builder *builder = context;
    uint32_t before = prof__builder_slice_count(builder);
    prof_status status = add_slice(builder, 0, before, 1);
    assert_int_equal(prof__builder_slice_count(builder), before + (status == PROF_OK));
    return status;
}

static void
a_failure_leaves_the_builder_whole(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_frame(builder, "f", 1);
    for (int i = 0; i < 600; i++) {
        (void)heap_sweep(add_one, builder);
    }
    uint64_t allocations = 0;
    for (int i = 0; i < 600; i++) {
        allocations += heap_sweep(add_one_slice, builder);
    }
    assert_int_equal(allocations, 3); /* made for 256, and grown twice */
    prof_profile *profile = build_finish(builder);
    assert_is_tree(profile);
    assert_int_equal(prof_profile_node_count(profile), 601);
    assert_int_equal(prof_profile_slices(profile)[599].node, 599);
    prof_profile_destroy(profile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_builder_has_a_root),
        cmocka_unit_test(frames_are_the_same_when_all_members_are),
        cmocka_unit_test(a_frame_of_kind_root_is_the_root),
        cmocka_unit_test(strings_become_valid_utf8),
        cmocka_unit_test(strings_are_copied),
        cmocka_unit_test(a_node_is_a_parent_and_a_frame),
        cmocka_unit_test(children_need_a_parent_and_a_frame_that_are_there),
        cmocka_unit_test(values_add_up_and_totals_include_descendants),
        cmocka_unit_test(values_stop_at_the_largest_that_a_double_holds),
        cmocka_unit_test(frames_without_a_node_are_left_out),
        cmocka_unit_test(texts_that_are_not_given_stay),
        cmocka_unit_test(many_frames_and_nodes_are_found_again),
        cmocka_unit_test(random_profiles_are_trees),
        cmocka_unit_test(slices_of_one_track_and_node_that_follow_one_another_are_one),
        cmocka_unit_test(slices_need_a_node_that_is_there_and_come_track_by_track),
        cmocka_unit_test(times_of_slices_stop_at_the_largest_that_a_double_holds),
        cmocka_unit_test(a_profile_without_slices_has_no_array),
        cmocka_unit_test(many_slices_stay_in_order),
        cmocka_unit_test(no_memory_is_reported_and_nothing_leaks),
        cmocka_unit_test(a_failure_leaves_the_builder_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
