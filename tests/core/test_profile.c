/* SPDX-License-Identifier: MIT */
#include "support/build.h"
#include "support/heap.h"

static void
accessors_give_what_was_built(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a", .calls = 2, .wall = 5},
                               {.path = "a/b", .await = 3, .overhead = 2}};
    static const prof_summary facts = {
        .name = "GET /",
        .engine = "trace",
        .started = "2026-11-24T10:00:00.000000Z",
        .metadata = "{\"a\":1}",
        .wall_ns = 7,
        .cpu_ns = 6,
        .overhead_ns = 2,
        .counters = {.events = 4, .merged = 1},
    };
    prof_profile *profile = BUILD_WITH(rows, &facts);
    prof_summary summary = summary_of(profile);
    assert_string_equal(summary.name, "GET /");
    assert_string_equal(summary.engine, "trace");
    assert_string_equal(summary.started, "2026-11-24T10:00:00.000000Z");
    assert_string_equal(summary.metadata, "{\"a\":1}");
    assert_int_equal(summary.wall_ns, 7);
    assert_int_equal(summary.cpu_ns, 6);
    assert_int_equal(summary.overhead_ns, 2);
    assert_memory_equal(&summary.counters, &facts.counters, sizeof(facts.counters));
    assert_int_equal(prof_profile_node_count(profile), 3);
    assert_int_equal(prof_profile_frame_count(profile), 3);
    assert_string_equal(prof_profile_frames(profile)[2].name, "b");
    assert_int_equal(prof_profile_nodes(profile)[2].await_ns, 3);
    assert_int_equal(prof_profile_nodes(profile)[2].overhead_ns, 2);
    assert_int_equal(prof_profile_nodes(profile)[0].total_overhead_ns, 2);
    prof_profile_destroy(profile);
}

static void
metadata_is_replaced_by_a_copy(void **state)
{
    (void)state;
    static const row rows[] = {{.path = ""}};
    prof_profile *profile = BUILD(rows);
    char text[] = "{\"a\":2}";
    assert_string_equal(summary_of(profile).metadata, "{}");
    assert_int_equal(prof_profile_set_metadata(profile, text), PROF_OK);
    text[1] = 'x';
    assert_string_equal(summary_of(profile).metadata, "{\"a\":2}");
    assert_int_equal(prof_profile_set_metadata(profile, NULL), PROF_BAD_ARGUMENT);
    assert_string_equal(summary_of(profile).metadata, "{\"a\":2}");
    prof_profile_destroy(profile);
}

static void
the_name_is_replaced_by_a_copy(void **state)
{
    (void)state;
    static const row rows[] = {{.path = ""}};
    prof_profile *profile = BUILD(rows);
    char name[] = "GET /";
    assert_int_equal(prof_profile_set_name(profile, name), PROF_OK);
    name[0] = 'S';
    assert_string_equal(summary_of(profile).name, "GET /");
    assert_int_equal(prof_profile_set_name(profile, NULL), PROF_BAD_ARGUMENT);
    assert_string_equal(summary_of(profile).name, "GET /");
    prof_profile_destroy(profile);
}

static prof_status
set_metadata(void *context)
{
    return prof_profile_set_metadata(context, "{\"b\":1}");
}

static prof_status
set_name(void *context)
{
    return prof_profile_set_name(context, "b");
}

static void
without_memory_both_stay(void **state)
{
    (void)state;
    static const row rows[] = {{.path = ""}};
    prof_profile *profile = BUILD(rows);
    assert_int_equal(heap_sweep(set_metadata, profile), 1);
    assert_string_equal(summary_of(profile).metadata, "{\"b\":1}");
    assert_int_equal(heap_sweep(set_name, profile), 1);
    assert_string_equal(summary_of(profile).name, "b");
    prof_profile_destroy(profile);
}

static void
destroying_nothing_is_allowed(void **state)
{
    (void)state;
    prof_profile_destroy(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accessors_give_what_was_built),
        cmocka_unit_test(metadata_is_replaced_by_a_copy),
        cmocka_unit_test(the_name_is_replaced_by_a_copy),
        cmocka_unit_test(without_memory_both_stay),
        cmocka_unit_test(destroying_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
