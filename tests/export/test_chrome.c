/* SPDX-License-Identifier: MIT */
#include "support/exported.h"

static void
nodes_are_complete_events_in_microseconds(void **state)
{
    (void)state;
    static const row rows[] = {
        {.path = "f", .calls = 2, .wall = 1001, .cpu = 3, .await = 4, .samples = 5},
        {.path = "f/g", .calls = 1, .wall = 20}};
    prof_profile *profile = BUILD_WITH(rows, &exported_facts);
    assert_export(
        profile, "chrome",
        "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"engine\":\"trace\","
        "\"started\":\"2026-11-24T10:00:00.250000Z\"},\"traceEvents\":[\n"
        "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"name\":\"process_name\","
        "\"args\":{\"name\":\"GET \\\"/\\\"\"}},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"name\":\"<root>\",\"cat\":\"root\",\"ts\":0.000,"
        "\"dur\":1.021,\"args\":{\"file\":\"\",\"line\":0,\"calls\":0,\"samples\":0,"
        "\"self_wall_ns\":0,\"self_cpu_ns\":0,\"total_cpu_ns\":3,\"await_ns\":0}},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"name\":\"f\",\"cat\":\"python\",\"ts\":0.000,"
        "\"dur\":1.021,\"args\":{\"file\":\"app.py\",\"line\":1,\"calls\":2,\"samples\":5,"
        "\"self_wall_ns\":1001,\"self_cpu_ns\":3,\"total_cpu_ns\":3,\"await_ns\":4}},\n"
        "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"name\":\"g\",\"cat\":\"python\",\"ts\":0.000,"
        "\"dur\":0.020,\"args\":{\"file\":\"app.py\",\"line\":1,\"calls\":1,\"samples\":0,"
        "\"self_wall_ns\":20,\"self_cpu_ns\":0,\"total_cpu_ns\":0,\"await_ns\":0}}]}\n");
    prof_profile_destroy(profile);
}

static int64_t
nanoseconds(const cJSON *event, const char *key)
{
    return (int64_t)(cJSON_GetObjectItem(event, key)->valuedouble * 1000 + 0.5);
}

/* Walks the events as a viewer does: each lies inside the innermost one that has not ended. */
static void
assert_nested(const cJSON *event, uint32_t count)
{
    int64_t *ends = calloc(count, sizeof(*ends));
    assert_non_null(ends);
    size_t depth = 0;
    int64_t last_start = 0;
    for (; event != NULL; event = event->next) {
        int64_t start = nanoseconds(event, "ts");
        int64_t end = start + nanoseconds(event, "dur");
        assert_true(start >= last_start);
        last_start = start;
        while (depth > 0 && ends[depth - 1] <= start) {
            depth--;
        }
        assert_true(depth == 0 || end <= ends[depth - 1]);
        ends[depth++] = end;
    }
    free(ends);
}

static void
events_are_nested(void **state)
{
    (void)state;
    uint64_t random = 17;
    for (int round = 0; round < 100; round++) {
        prof_profile *profile = build_random(&random, 60);
        cJSON *root = export_json(profile, "chrome");
        const cJSON *events = cJSON_GetObjectItem(root, "traceEvents");
        assert_int_equal(cJSON_GetArraySize(events), profile->node_count + 1);
        assert_nested(events->child->next, profile->node_count);
        assert_int_equal(nanoseconds(events->child->next, "dur"), profile->nodes[0].total_wall_ns);
        cJSON_Delete(root);
        prof_profile_destroy(profile);
    }
}

static void
no_memory_is_reported(void **state)
{
    (void)state;
    assert_int_equal(assert_no_memory_is_reported("chrome"), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_are_complete_events_in_microseconds),
        cmocka_unit_test(events_are_nested),
        cmocka_unit_test(no_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
