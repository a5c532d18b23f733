/* SPDX-License-Identifier: MIT */
#include "support/build.h"

/* Merges profiles of these facts and no nodes; the caller destroys the result. */
static prof_profile *
merge_facts(const prof_summary *facts, size_t count)
{
    static const row rows[] = {{.path = ""}};
    prof_profile *profiles[4];
    prof_profile *merged = NULL;
    assert_true(count <= COUNT_OF(profiles));
    for (size_t i = 0; i < count; i++) {
        profiles[i] = BUILD_WITH(rows, &facts[i]);
    }
    assert_int_equal(prof_profile_merge((const prof_profile *const *)profiles, count, &merged),
                     PROF_OK);
    for (size_t i = 0; i < count; i++) {
        prof_profile_destroy(profiles[i]);
    }
    return merged;
}

static void
a_name_stays_when_all_have_it(void **state)
{
    (void)state;
    static const prof_summary same[] = {{.name = "GET /"}, {.name = "GET /"}};
    static const prof_summary different[] = {{.name = "GET /"}, {.name = "GET /"}, {.name = "x"}};
    prof_profile *merged = merge_facts(same, 2);
    assert_string_equal(summary_of(merged).name, "GET /");
    prof_profile_destroy(merged);
    merged = merge_facts(different, 3);
    assert_string_equal(summary_of(merged).name, "");
    prof_profile_destroy(merged);
}

static void
engines_are_a_sorted_set(void **state)
{
    (void)state;
    static const struct {
        prof_summary facts[3];
        const char *want;
    } cases[] = {
        {{{.engine = "trace"}, {.engine = "trace"}, {.engine = "trace"}}, "trace"},
        {{{.engine = "trace"}, {.engine = "sample"}, {.engine = "trace"}}, "sample+trace"},
        {{{.engine = "sample+trace"}, {.engine = "trace"}, {.engine = ""}}, "sample+trace"},
        {{{.engine = "+x++"}, {.engine = ""}, {.engine = "b+a"}}, "a+b+x"},
        {{{.engine = ""}, {.engine = ""}, {.engine = ""}}, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        prof_profile *merged = merge_facts(cases[i].facts, 3);
        assert_string_equal(summary_of(merged).engine, cases[i].want);
        prof_profile_destroy(merged);
    }
}

static void
the_start_is_the_earliest_that_is_known(void **state)
{
    (void)state;
    static const prof_summary facts[] = {{.started = "2026-11-24T10:00:00.000000Z"},
                                         {.started = ""},
                                         {.started = "2026-11-24T09:59:59.999999Z"}};
    prof_profile *merged = merge_facts(facts, 3);
    assert_string_equal(summary_of(merged).started, facts[2].started);
    prof_profile_destroy(merged);
}

static void
metadata_is_what_all_have(void **state)
{
    (void)state;
    static const prof_summary facts[] = {{.metadata = "{\"c\":3,\"b\":[1],\"a\":1}"},
                                         {.metadata = "{\"a\":2,\"b\":[1],\"c\":3}"},
                                         {.metadata = "{\"b\":[1],\"c\":4}"}};
    prof_profile *merged = merge_facts(facts, 3);
    assert_string_equal(summary_of(merged).metadata, "{\"b\":[1]}");
    prof_profile_destroy(merged);
    merged = merge_facts(facts, 1);
    assert_string_equal(summary_of(merged).metadata, "{\"a\":1,\"b\":[1],\"c\":3}");
    prof_profile_destroy(merged);
}

static void
times_and_counters_add_up(void **state)
{
    (void)state;
    static const prof_summary facts[] = {
        {.wall_ns = 1, .cpu_ns = 2, .overhead_ns = 4, .counters = {.events = 3, .strands = 1}},
        {.wall_ns = 10,
         .cpu_ns = PROF__MAX_VALUE,
         .overhead_ns = 40,
         .counters = {.events = 30, .overflow_calls = 5}},
    };
    prof_profile *merged = merge_facts(facts, 2);
    prof_summary summary = summary_of(merged);
    assert_int_equal(summary.wall_ns, 11);
    assert_int_equal(summary.cpu_ns, PROF__MAX_VALUE);
    assert_int_equal(summary.overhead_ns, 44);
    assert_int_equal(summary.counters.events, 33);
    assert_int_equal(summary.counters.strands, 1);
    assert_int_equal(summary.counters.overflow_calls, 5);
    prof_profile_destroy(merged);
}

static void
merged_counts_the_sessions_behind_a_profile(void **state)
{
    (void)state;
    static const prof_summary facts[] = {
        {.name = ""}, {.counters = {.merged = 5}}, {.name = ""}, {.counters = {.merged = 1}}};
    static const uint64_t want[] = {1, 6, 7, 8};
    for (size_t count = 1; count <= COUNT_OF(facts); count++) {
        prof_profile *merged = merge_facts(facts, count);
        assert_int_equal(summary_of(merged).counters.merged, want[count - 1]);
        prof_profile_destroy(merged);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_stays_when_all_have_it),
        cmocka_unit_test(engines_are_a_sorted_set),
        cmocka_unit_test(the_start_is_the_earliest_that_is_known),
        cmocka_unit_test(metadata_is_what_all_have),
        cmocka_unit_test(times_and_counters_add_up),
        cmocka_unit_test(merged_counts_the_sessions_behind_a_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
