/* SPDX-License-Identifier: MIT */
#include "support/documents.h"
#include "support/heap.h"

static void
a_document_becomes_its_profile(void **state)
{
    (void)state;
    prof_profile *profile = NULL;
    assert_int_equal(prof_document_read(good, strlen(good), &profile, NULL), PROF_OK);
    static const expected want[] = {
        {"", 1, 2, 47, 0, 30}, {"f", 3, 40, 45, 30, 30}, {"f/g", 1, 5, 5, 0, 0}};
    ASSERT_NODES(profile, want);
    prof_summary summary = summary_of(profile);
    assert_string_equal(summary.name, "GET /");
    assert_string_equal(summary.engine, "trace");
    assert_string_equal(summary.started, "2026-11-24T10:00:00.000000Z");
    assert_string_equal(summary.metadata, "{\"a\":\"x\"}");
    assert_int_equal(summary.wall_ns, 50);
    assert_int_equal(summary.cpu_ns, 30);
    assert_int_equal(summary.counters.events, 8);
    assert_int_equal(summary.counters.merged, 2);
    assert_int_equal(get_path(profile, "f")->await_ns, 20);
    assert_int_equal(get_path(profile, "f")->samples, 10);
    assert_int_equal(summary.overhead_ns, 6);
    assert_int_equal(get_path(profile, "f")->overhead_ns, 2);
    assert_int_equal(get_path(profile, "")->total_overhead_ns, 7);
    const prof_frame *frame = &profile->frames[get_path(profile, "f/g")->frame];
    assert_string_equal(frame->file, "app.py");
    assert_int_equal(frame->line, 8);
    assert_int_equal(frame->kind, PROF_KIND_PYTHON);
    prof_profile_destroy(profile);
}

/* Documents from before there was any compensation. */
static void
overhead_is_zero_where_it_is_not_known(void **state)
{
    (void)state;
    char *text = changed("\"overhead_ns\":6,", "");
    char *column = strstr(text, ",\"overhead\":[1,2,4]");
    assert_non_null(column);
    memset(column, ' ', strlen(",\"overhead\":[1,2,4]"));
    prof_profile *profile = NULL;
    assert_int_equal(prof_document_read(text, strlen(text), &profile, NULL), PROF_OK);
    static const expected want[] = {
        {"", 1, 2, 47, 0, 30}, {"f", 3, 40, 45, 30, 30}, {"f/g", 1, 5, 5, 0, 0}};
    ASSERT_NODES(profile, want);
    assert_int_equal(summary_of(profile).overhead_ns, 0);
    assert_int_equal(get_path(profile, "f")->overhead_ns, 0);
    assert_int_equal(get_path(profile, "")->total_overhead_ns, 0);
    free(text);
    prof_profile_destroy(profile);
}

static void
members_are_checked(void **state)
{
    (void)state;
    static const change changes[] = {
        {"profile/1", "profile/2", "schema is not libprof.profile/1"},
        {"\"libprof.profile/1\"", "1", "schema is not libprof.profile/1"},
        {"\"schema\"", "\"Schema\"", "schema is not libprof.profile/1"},
        {"\"engine\":", "\"engin\":", "engine is missing"},
        {"\"counters\":", "\"x\":", "counters is missing"},
        {"\"name\":\"GET /\"", "\"name\":null", "name is not a string"},
        {"\"engine\":\"trace\"", "\"engine\":[]", "engine is not a string"},
        {"\"engine\":", "\"name\":\"\",\"engine\":", "name is there twice"},
        {"2026-11-24", "24.11.2026",
         "started is neither empty nor like 2026-11-24T10:00:00.000000Z"},
        {"2026-11-24T10:00:00.000000Z", "", NULL},
        {"\"wall_ns\":50", "\"wall_ns\":-1",
         "wall_ns is not a whole number from 0 to 9007199254740991"},
        {"\"cpu_ns\":30", "\"cpu_ns\":\"30\"",
         "cpu_ns is not a whole number from 0 to 9007199254740991"},
        {"\"overhead_ns\":6", "\"overhead_ns\":-1",
         "overhead_ns is not a whole number from 0 to 9007199254740991"},
        {"\"overhead_ns\":6", "\"overhead_ns\":9007199254740992",
         "overhead_ns is not a whole number from 0 to 9007199254740991"},
        {"\"overhead_ns\":6", "\"overhead_ns\":9007199254740991", NULL},
        {"\"overhead_ns\":6", "\"overhead_ns\":null",
         "overhead_ns is not a whole number from 0 to 9007199254740991"},
        {"\"overhead_ns\":6", "\"overhead_ns\":[6]",
         "overhead_ns is not a whole number from 0 to 9007199254740991"},
        {"\"overhead_ns\":6", "\"overhead_ns\":6,\"overhead_ns\":6", "overhead_ns is there twice"},
        {"{\"a\":\"x\"}", "[]", "metadata is not an object"},
        {"{\"events\":8,\"merged\":2}", "[8]", "counters is not an object"},
        {"\"events\":8", "\"events\":0.5",
         "counters.events is not a whole number from 0 to 9007199254740991"},
        {"\"merged\":2", "\"events\":2", "counters.events is there twice"},
        {"\"events\":8,\"merged\":2", "", NULL},
        /* What a later version may add. */
        {"\"events\":8", "\"unheard_of\":\"x\"", NULL},
        {"\"engine\":", "\"allocations\":{\"time\":[1,2]},\"engine\":", NULL},
    };
    ASSERT_CHANGES(changes);
}

static void
tables_are_checked(void **state)
{
    (void)state;
    static const change changes[] = {
        {"\"frames\":{", "\"frames\":0,\"f\":{", "frames is not an object"},
        {"\"nodes\":{", "\"nodes\":[],\"f\":{", "nodes is not an object"},
        {"\"calls\":", "\"call\":", "nodes has an unknown column"},
        {"\"line\":[0,7,8],", "", "frames.line is missing"},
        {"\"line\":[0,7,8]", "\"line\":{\"a\":0}", "frames.line is not an array"},
        {"\"line\":[0,7,8]", "\"line\":[0,7,8],\"line\":[]", "frames.line is there twice"},
        {"\"line\":[0,7,8]", "\"line\":[0,7]", "frames.name and frames.line differ in length"},
        {"\"calls\":[1,3,1]", "\"calls\":[1,3,1,1]",
         "nodes.parent and nodes.calls differ in length"},
        {"\"overhead\":[1,2,4]", "\"overhead\":[1,2]",
         "nodes.parent and nodes.overhead differ in length"},
        {"\"overhead\":[1,2,4]", "\"overhead\":[1,2,4,8]",
         "nodes.parent and nodes.overhead differ in length"},
        {"\"overhead\":[1,2,4]", "\"overhead\":[]",
         "nodes.parent and nodes.overhead differ in length"},
        {"\"overhead\":[1,2,4]", "\"overhead\":7", "nodes.overhead is not an array"},
        {"\"overhead\":[1,2,4]", "\"overhead\":[1,2,4],\"overhead\":[1,2,4]",
         "nodes.overhead is there twice"},
        {"\"samples\":[0,10,0],", "", "nodes.samples is missing"},
        {"\"samples\":[0,10,0]", "\"samples\":[]",
         "nodes.parent and nodes.samples differ in length"},
        {"[-1,0,1]", "[]", "nodes.parent and nodes.frame differ in length"},
    };
    ASSERT_CHANGES(changes);
}

static void
strings_and_frames_are_checked(void **state)
{
    (void)state;
    static const change changes[] = {
        {"\"strings\":[", "\"strings\":7,\"s\":[", "strings is not an array"},
        {"\"python\"", "5", "strings[5] is not a string"},
        {"[\"\",\"<root>\",\"root\",\"f\",\"app.py\",\"python\",\"g\"]", "[]", "strings is empty"},
        {"[1,3,6]", "[1,3,7]", "frames.name[2] is not a whole number from 0 to 6"},
        {"[0,4,4]", "[0,-4,4]", "frames.file[1] is not a whole number from 0 to 6"},
        {"[0,7,8]", "[0,7,4294967296]",
         "frames.line[2] is not a whole number from 0 to 4294967295"},
        {"[0,7,8]", "[0,7,4294967295]", NULL},
        {"[2,5,5]", "[2,5,3]", "frames.kind[2] is not the name of a kind"},
        {"[1,3,6]", "[1,3,3]", NULL}, /* another line, so another frame */
        {"\"name\":[1,3,6],\"file\":[0,4,4],\"line\":[0,7,8]",
         "\"name\":[1,3,3],\"file\":[0,4,4],\"line\":[0,7,7]",
         "frames[2] repeats an earlier frame"},
        {"[2,5,5]", "[2,5,2]", "frames[2] repeats an earlier frame"}, /* a second root */
        {"[2,5,5]", "[5,5,5]", "nodes.frame[0] is not the root frame"},
    };
    ASSERT_CHANGES(changes);
}

static void
nodes_are_checked(void **state)
{
    (void)state;
    static const change changes[] = {
        {"[-1,0,1]", "[0,0,1]", "nodes.parent[0] is not -1"},
        {"[-1,0,1]", "[null,0,1]", "nodes.parent[0] is not -1"},
        {"[-1,0,1]", "[-1,-1,1]", "nodes.parent[1] is not a whole number from 0 to 0"},
        {"[-1,0,1]", "[-1,1,1]", "nodes.parent[1] is not a whole number from 0 to 0"},
        {"[-1,0,1]", "[-1,2,1]", "nodes.parent[1] is not a whole number from 0 to 0"},
        {"[-1,0,1]", "[-1,0,2]", "nodes.parent[2] is not a whole number from 0 to 1"},
        {"[-1,0,1]", "[-1,0,0.5]", "nodes.parent[2] is not a whole number from 0 to 1"},
        {"\"frame\":[0,1,2]", "\"frame\":[0,1,3]",
         "nodes.frame[2] is not a whole number from 0 to 2"},
        {"\"frame\":[0,1,2]", "\"frame\":[1,1,2]", "nodes.frame[0] is not the root frame"},
        {"\"frame\":[0,1,2]", "\"frame\":[0,1,0]", "nodes.frame[2] is the root frame"},
        {"\"parent\":[-1,0,1],\"frame\":[0,1,2]", "\"parent\":[-1,0,0],\"frame\":[0,1,1]",
         "nodes[2] repeats its sibling 1"},
        {"\"parent\":[-1,0,1],\"frame\":[0,1,2]", "\"parent\":[-1,0,1],\"frame\":[0,1,1]", NULL},
        {"[1,3,1]", "[1,-3,1]", "nodes.calls[1] is not a whole number from 0 to 9007199254740991"},
        {"[2,40,5]", "[2,40,5.5]",
         "nodes.self_wall[2] is not a whole number from 0 to 9007199254740991"},
        {"[2,40,5]", "[2,40,9007199254740992]",
         "nodes.self_wall[2] is not a whole number from 0 to 9007199254740991"},
        {"[2,40,5]", "[2,40,1e400]",
         "nodes.self_wall[2] is not a whole number from 0 to 9007199254740991"},
        {"[2,40,5]", "[2,40,9007199254740991]", NULL},
        {"[2,40,5]", "[2,4e1,5.0]", NULL}, /* JSON has one kind of number */
        {"[0,30,0]", "[0,\"30\",0]",
         "nodes.self_cpu[1] is not a whole number from 0 to 9007199254740991"},
        {"[0,20,0]", "[true,20,0]",
         "nodes.await[0] is not a whole number from 0 to 9007199254740991"},
        {"[0,10,0]", "[0,10,[]]",
         "nodes.samples[2] is not a whole number from 0 to 9007199254740991"},
        {"[1,2,4]", "[1,-2,4]",
         "nodes.overhead[1] is not a whole number from 0 to 9007199254740991"},
        {"[1,2,4]", "[\"1\",2,4]",
         "nodes.overhead[0] is not a whole number from 0 to 9007199254740991"},
        {"[1,2,4]", "[1,2,9007199254740992]",
         "nodes.overhead[2] is not a whole number from 0 to 9007199254740991"},
        {"[1,2,4]", "[1,2,9007199254740991]", NULL},
    };
    ASSERT_CHANGES(changes);
}

#define ONE_FRAME "\"frames\":{\"name\":[0],\"file\":[0],\"line\":[0],\"kind\":[1]},"
#define NO_FRAMES "\"frames\":{\"name\":[],\"file\":[],\"line\":[],\"kind\":[]},"
#define ONE_NODE(frame)                                                                            \
    "\"nodes\":{\"parent\":[-1],\"frame\":[" frame                                                 \
    "],\"calls\":[0],\"self_wall\":[0],\"self_cpu\":[0],\"await\":[0],\"samples\":[0]},"
#define NO_NODES                                                                                   \
    "\"nodes\":{\"parent\":[],\"frame\":[],\"calls\":[],\"self_wall\":[],\"self_cpu\":[],"         \
    "\"await\":[],\"samples\":[]},"

static void
a_table_without_rows_is_no_tree(void **state)
{
    (void)state;
    static const struct {
        const char *tables;
        const char *error;
    } cases[] = {
        {ONE_FRAME ONE_NODE("0"), ""},
        {ONE_FRAME NO_NODES, "nodes is empty"},
        {NO_FRAMES NO_NODES, "frames is empty"},
        {NO_FRAMES ONE_NODE("0"), "frames is empty"},
        {NO_FRAMES ONE_NODE("900000000"), "frames is empty"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[600];
        char error[PROF_ERROR_BYTES] = "";
        (void)snprintf(text, sizeof(text),
                       "{\"schema\":\"libprof.profile/1\",\"engine\":\"\",\"name\":\"\","
                       "\"started\":\"\",\"wall_ns\":0,\"cpu_ns\":0,\"strings\":[\"\",\"root\"],"
                       "%s\"metadata\":{},\"counters\":{}}",
                       cases[i].tables);
        prof_status status = read_text(text, error);
        assert_string_equal(error, cases[i].error);
        assert_int_equal(status, error[0] == '\0' ? PROF_OK : PROF_FORMAT);
    }
}

static void
text_that_is_not_json_is_refused(void **state)
{
    (void)state;
    static const change changes[] = {
        {"GET /", "\xFF", "not JSON, at byte 55: invalid UTF-8"},
        {"GET /", "\n", "not JSON, at byte 55: a control character in a string"},
        {"GET /", "\\u0000", "not JSON, at byte 55: a NUL in a string"},
    };
    ASSERT_CHANGES(changes);
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"", "the document is empty"},
        {"[]", "the document is not an object"},
        {"null", "the document is not an object"},
        {"{}", "schema is not libprof.profile/1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char error[PROF_ERROR_BYTES] = "";
        assert_int_equal(read_text(cases[i].text, error), PROF_FORMAT);
        assert_string_equal(error, cases[i].error);
    }
}

/* Where exactly it stumbles is up to cJSON. */
static void
the_grammar_is_that_of_json(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{} {}",
        "   ",
        "{\"a\":1,}",
        "[1 2]",
        "{\"a\" 1}",
        "{a:1}",
        "nul",
        "[+1]",
        "[\"\\x\"]",
        "[\"\\ud800\"]",
        "[\"\\ude00\\ud83d\"]",
        "\"",
        "[1",
        "{\"a\":",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char error[PROF_ERROR_BYTES] = "";
        assert_int_equal(read_text(texts[i], error), PROF_FORMAT);
        assert_ptr_equal(strstr(error, "not JSON, at byte "), error);
    }
}

static void
every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t length = 0; length < strlen(good); length++) {
        /* A copy of exactly this length: reading past it is an error that the sanitizer sees. */
        char *cut = malloc(length + 1);
        assert_non_null(cut);
        memcpy(cut, good, length);
        prof_profile *profile = NULL;
        assert_int_equal(prof_document_read(cut, length, &profile, NULL), PROF_FORMAT);
        assert_null(profile);
        free(cut);
    }
}

/* Not one of them may crash; those that are still profiles must be trees. */
static void
no_flipped_bit_breaks_the_reader(void **state)
{
    (void)state;
    uint64_t random = 99;
    char text[sizeof(good)];
    for (int round = 0; round < 20000; round++) {
        memcpy(text, good, sizeof(good));
        for (uint32_t flips = 1 + random_below(&random, 3); flips > 0; flips--) {
            text[random_below(&random, sizeof(good) - 1)] ^= (char)(1u << random_below(&random, 8));
        }
        char error[PROF_ERROR_BYTES] = "";
        prof_profile *profile = NULL;
        prof_status status = prof_document_read(text, sizeof(good) - 1, &profile, error);
        if (status == PROF_OK) {
            assert_is_tree(profile);
        } else {
            assert_int_equal(status, PROF_FORMAT);
            assert_true(strlen(error) > 0);
        }
        prof_profile_destroy(profile);
    }
}

static void
sizes_have_limits(void **state)
{
    (void)state;
    char error[PROF_ERROR_BYTES];
    prof_profile *profile = NULL;
    /* The length alone decides: nothing is read. */
    assert_int_equal(prof_document_read(good, (size_t)PROF_MAX_DOCUMENT_BYTES + 1, &profile, error),
                     PROF_FORMAT);
    assert_string_equal(error, "268435457 bytes are more than the limit of 268435456");

    const size_t many = 9u << 20;
    char *values = malloc(many);
    assert_non_null(values);
    memset(values, ',', many);
    values[0] = '[';
    assert_int_equal(prof_document_read(values, many, &profile, error), PROF_FORMAT);
    assert_string_equal(error, "not JSON, at byte 8388607: too many values");
    memset(values, '[', many);
    assert_int_equal(prof_document_read(values, 100000, &profile, error), PROF_FORMAT);
    assert_ptr_equal(strstr(error, "not JSON, at byte "), error);
    free(values);
}

static void
metadata_has_limits(void **state)
{
    (void)state;
    char deep[600] = "";
    char error[PROF_ERROR_BYTES];
    for (int i = 0; i < 80; i++) {
        strcat(deep, "{\"a\":");
    }
    strcat(deep, "0");
    for (int i = 0; i < 80; i++) {
        strcat(deep, "}");
    }
    char *text = changed("{\"a\":\"x\"}", deep);
    assert_int_equal(read_text(text, error), PROF_FORMAT);
    assert_string_equal(error, "metadata is nested more than 64 deep");
    free(text);

    char *longer = calloc((2u << 20) + 1, 1);
    assert_non_null(longer);
    memset(longer, 'x', 2u << 20);
    text = changed("\"x\"}", "\"\"}");
    char *whole = malloc(strlen(text) + (2u << 20) + 1);
    assert_non_null(whole);
    size_t before = (size_t)(strstr(text, "\"a\":\"") - text) + strlen("\"a\":\"");
    memcpy(whole, text, before);
    strcpy(whole + before, longer);
    strcat(whole, text + before);
    assert_int_equal(read_text(whole, error), PROF_FORMAT);
    assert_string_equal(error, "metadata is longer than 1048576 bytes");
    free(whole);
    free(text);
    free(longer);
}

static void
writing_and_reading_give_the_same_document(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int round = 0; round < 300; round++) {
        prof_profile *profile = build_random(&random, 60);
        char *document = document_of(profile);
        prof_profile *copy = NULL;
        assert_int_equal(prof_document_read(document, strlen(document), &copy, NULL), PROF_OK);
        assert_same_document(profile, copy);
        assert_int_equal(copy->node_count, profile->node_count);
        assert_int_equal(copy->line_count, profile->line_count);
        if (copy->line_count > 0) {
            assert_memory_equal(copy->lines, profile->lines,
                                copy->line_count * sizeof(*copy->lines));
        }
        assert_int_equal(copy->slice_count, profile->slice_count);
        if (copy->slice_count > 0) {
            assert_memory_equal(copy->slices, profile->slices,
                                copy->slice_count * sizeof(*copy->slices));
        }
        for (uint32_t i = 0; i < copy->node_count; i++) {
            assert_int_equal(copy->nodes[i].total_wall_ns, profile->nodes[i].total_wall_ns);
            assert_string_equal(copy->frames[copy->nodes[i].frame].name,
                                profile->frames[profile->nodes[i].frame].name);
        }
        free(document);
        prof_profile_destroy(profile);
        prof_profile_destroy(copy);
    }
}

static prof_status
read_once(void *context)
{
    prof_profile *profile = NULL;
    char error[PROF_ERROR_BYTES];
    prof_status status = prof_document_read(context, strlen(context), &profile, error);
    prof_profile_destroy(profile);
    return status;
}

static void
no_memory_is_not_mistaken_for_a_bad_document(void **state)
{
    (void)state;
    char *text = changed("GET", "GET");
    assert_true(heap_sweep(read_once, text) > 80);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_becomes_its_profile),
        cmocka_unit_test(overhead_is_zero_where_it_is_not_known),
        cmocka_unit_test(members_are_checked),
        cmocka_unit_test(tables_are_checked),
        cmocka_unit_test(strings_and_frames_are_checked),
        cmocka_unit_test(nodes_are_checked),
        cmocka_unit_test(a_table_without_rows_is_no_tree),
        cmocka_unit_test(text_that_is_not_json_is_refused),
        cmocka_unit_test(the_grammar_is_that_of_json),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(no_flipped_bit_breaks_the_reader),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(metadata_has_limits),
        cmocka_unit_test(writing_and_reading_give_the_same_document),
        cmocka_unit_test(no_memory_is_not_mistaken_for_a_bad_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
