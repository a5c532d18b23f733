/* SPDX-License-Identifier: MIT */
#include "support/build.h"
#include "support/heap.h"

#include "document.h"

static void
a_document_has_every_member_in_order(void **state)
{
    (void)state;
    static const row rows[] = {
        {.path = "", .calls = 1, .wall = 2},
        {.path = "f", .calls = 3, .wall = 40, .cpu = 30, .await = 20, .samples = 10, .overhead = 6},
        {.path = "f/gg", .calls = 1, .wall = PROF__MAX_VALUE},
    };
    static const prof_summary facts = {
        .name = "GET /",
        .engine = "trace",
        .started = "2026-11-24T10:00:00.000000Z",
        .metadata = "{\"z\":[1], \"a\":\"x\"}",
        .wall_ns = 50,
        .cpu_ns = 30,
        .overhead_ns = 5,
        .counters = {.events = 8, .merged = 2},
    };
    prof_profile *profile = BUILD_WITH(rows, &facts);
    char *document = document_of(profile);
    assert_string_equal(
        document,
        "{\"schema\":\"libprof.profile/1\",\"engine\":\"trace\",\"name\":\"GET /\","
        "\"started\":\"2026-11-24T10:00:00.000000Z\",\"wall_ns\":50,\"cpu_ns\":30,"
        "\"overhead_ns\":5,"
        "\"strings\":[\"\",\"<root>\",\"root\",\"f\",\"app.py\",\"python\",\"gg\"],"
        "\"frames\":{\"name\":[1,3,6],\"file\":[0,4,4],\"line\":[0,1,2],\"kind\":[2,5,5]},"
        "\"nodes\":{\"parent\":[-1,0,1],\"frame\":[0,1,2],\"calls\":[1,3,1],"
        "\"self_wall\":[2,40,9007199254740991],\"self_cpu\":[0,30,0],\"await\":[0,20,0],"
        "\"samples\":[0,10,0],\"overhead\":[0,6,0]},"
        "\"metadata\":{\"a\":\"x\",\"z\":[1]},"
        "\"counters\":{\"events\":8,\"unmatched\":0,\"resynchronised\":0,\"overflow_calls\":0,"
        "\"too_deep\":0,\"await_lost\":0,\"hooks_lost\":0,\"cpu_reads\":0,\"strands\":0,"
        "\"samples\":0,\"samples_lost\":0,\"samples_late\":0,\"nodes\":0,\"merged\":2}}");
    free(document);
    prof_profile_destroy(profile);
}

static void
lines_are_a_table_of_their_own(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "f/gg");
    build_line(builder, "gg", UINT32_MAX, 1);
    build_line(builder, "f", 0, PROF__MAX_VALUE);
    build_line(builder, "gg", 7, 0);
    prof_profile *profile = build_finish(builder);
    char *document = document_of(profile);
    /* Multiples of the largest value are cut at it. */
    assert_non_null(strstr(document, "\"overhead\":[0,0,0]},"
                                     "\"lines\":{\"frame\":[2,1,2],\"line\":[4294967295,0,7],"
                                     "\"samples\":[1,9007199254740991,0],"
                                     "\"self_wall\":[2,9007199254740991,0],"
                                     "\"self_cpu\":[3,9007199254740991,0],"
                                     "\"total_wall\":[4,9007199254740991,0],"
                                     "\"total_cpu\":[5,9007199254740991,0]},"
                                     "\"metadata\":"));
    free(document);
    prof_profile_destroy(profile);
}

static void
the_timeline_is_a_table_of_its_own(void **state)
{
    (void)state;
    static const prof_slice slices[] = {
        {0, 2, 5}, {0, 0, 1}, {7, 1, UINT64_MAX}, {UINT32_MAX, 1, 3}};
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "f/gg");
    for (size_t i = 0; i < COUNT_OF(slices); i++) {
        assert_int_equal(prof__builder_slice(builder, &slices[i]), PROF_OK);
    }
    prof_profile *profile = build_finish(builder);
    char *document = document_of(profile);
    assert_non_null(strstr(document, "\"overhead\":[0,0,0]},"
                                     "\"timeline\":{\"track\":[0,0,7,4294967295],"
                                     "\"node\":[2,0,1,1],"
                                     "\"wall\":[5,1,9007199254740991,3]},"
                                     "\"metadata\":"));
    free(document);
    prof_profile_destroy(profile);
}

static void
odd_strings_are_json_and_utf8(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a\"b\\c\n\x01\xFF"}};
    prof_profile *profile = BUILD(rows);
    char *document = document_of(profile);
    assert_non_null(strstr(document, "\"a\\\"b\\\\c\\n\\u0001\xEF\xBF\xBD\""));
    free(document);
    prof_profile_destroy(profile);
}

static void
metadata_must_be_an_object(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a"}};
    prof_profile *profile = BUILD(rows);
    prof_bytes document = {0};
    assert_int_equal(prof_profile_set_metadata(profile, "[]"), PROF_OK);
    assert_int_equal(prof_document_write(profile, &document), PROF_BAD_ARGUMENT);
    assert_int_equal(prof_profile_set_metadata(profile, "{\"a\":"), PROF_OK);
    assert_int_equal(prof_document_write(profile, &document), PROF_BAD_ARGUMENT);
    assert_null(document.bytes);
    prof_profile_destroy(profile);
}

static void
what_could_not_be_read_is_not_written(void **state)
{
    (void)state;
    prof_profile *profile = build_recursion(PROF__MAX_DOCUMENT_VALUES / PROF__NODE_COLUMNS);
    prof_bytes document = {0};
    assert_int_equal(prof_document_write(profile, &document), PROF_LIMIT);
    assert_null(document.bytes);
    prof_profile_destroy(profile);
}

/* Lines count as nodes do. */
static void
too_many_lines_are_not_written(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "f");
    for (uint32_t i = 0; i < PROF__MAX_DOCUMENT_VALUES / PROF__LINE_COLUMNS; i++) {
        assert_int_equal(prof__builder_line(builder, &(prof_line){.frame = 1, .line = i}), PROF_OK);
    }
    prof_profile *profile = build_finish(builder);
    prof_bytes document = {0};
    assert_int_equal(prof_document_write(profile, &document), PROF_LIMIT);
    assert_null(document.bytes);
    prof_profile_destroy(profile);
}

/* So do slices. */
static void
too_many_slices_are_not_written(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "f");
    for (uint32_t i = 0; i < PROF__MAX_DOCUMENT_VALUES / PROF__SLICE_COLUMNS; i++) {
        const prof_slice slice = {.node = i % 2, .wall_ns = 1};
        assert_int_equal(prof__builder_slice(builder, &slice), PROF_OK);
    }
    prof_profile *profile = build_finish(builder);
    prof_bytes document = {0};
    assert_int_equal(prof_document_write(profile, &document), PROF_LIMIT);
    assert_null(document.bytes);
    prof_profile_destroy(profile);
}

static prof_status
write_once(void *context)
{
    prof_bytes document = {0};
    prof_status status = prof_document_write(context, &document);
    free(document.bytes);
    return status;
}

static void
no_memory_is_reported_and_nothing_leaks(void **state)
{
    (void)state;
    static const prof_summary facts = {.metadata = "{\"b\":1,\"a\":[2]}"};
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "a/b");
    build_line(builder, "b", 3, 4);
    assert_int_equal(prof__builder_slice(builder, &(prof_slice){0, 2, 9}), PROF_OK);
    assert_int_equal(prof__builder_summary(builder, &facts), PROF_OK);
    prof_profile *profile = build_finish(builder);
    assert_true(heap_sweep(write_once, profile) > 80);
    prof_profile_destroy(profile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_has_every_member_in_order),
        cmocka_unit_test(lines_are_a_table_of_their_own),
        cmocka_unit_test(the_timeline_is_a_table_of_its_own),
        cmocka_unit_test(odd_strings_are_json_and_utf8),
        cmocka_unit_test(metadata_must_be_an_object),
        cmocka_unit_test(what_could_not_be_read_is_not_written),
        cmocka_unit_test(too_many_lines_are_not_written),
        cmocka_unit_test(too_many_slices_are_not_written),
        cmocka_unit_test(no_memory_is_reported_and_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
