/* SPDX-License-Identifier: MIT */
/* Reading what only sampling records. */
#include "support/documents.h"

static prof_profile *
read_good(const char *text)
{
    char error[PROF_ERROR_BYTES] = "";
    prof_profile *profile = NULL;
    prof_status status = prof_document_read(text, strlen(text), &profile, error);
    assert_string_equal(error, "");
    assert_int_equal(status, PROF_OK);
    return profile;
}

/* ---- lines -------------------------------------------------------------------------------------- */

static void
lines_are_those_of_the_document(void **state)
{
    (void)state;
    static const prof_line lines[] = {
        {2, 12, 9, 4, 0, 5, 1}, {1, 11, 0, 39, 29, 41, 31}, {2, UINT32_MAX, 1, 6, 3, 8, 2}};
    prof_profile *profile = read_good(good);
    assert_int_equal(prof_profile_line_count(profile), COUNT_OF(lines));
    assert_memory_equal(prof_profile_lines(profile), lines, sizeof(lines));
    prof_profile_destroy(profile);
}

static void
lines_are_checked(void **state)
{
    (void)state;
    static const change changes[] = {
        {"\"lines\":{", "\"lines\":[],\"l\":{", "lines is not an object"},
        {"\"lines\":{", "\"lines\":null,\"l\":{", "lines is not an object"},
        {"\"lines\":{", "\"lines\":{},\"lines\":{", "lines is there twice"},
        {"\"lines\":{", "\"lines\":{},\"l\":{", "lines.frame is missing"},
        {"\"lines\":{", "\"l\":{", NULL}, /* most documents have none */
        {"\"lines\":{", "\"lines\":{\"calls\":[],", "lines has an unknown column"},
        {"\"lines\":{", "\"lines\":{\"samples\":[],", "lines.samples is there twice"},
        {",\"total_wall\":[5,41,8]", "", "lines.total_wall is missing"},
        {",\"total_cpu\":[1,31,2]", "", "lines.total_cpu is missing"},
        {"[9,0,1]", "7", "lines.samples is not an array"},
        {"[9,0,1]", "[9,0]", "lines.frame and lines.samples differ in length"},
        {"[1,31,2]", "[1,31,2,0]", "lines.frame and lines.total_cpu differ in length"},
        {"[2,1,2]", "[2,3,2]", "lines.frame[1] is not a whole number from 0 to 2"},
        {"[2,1,2]", "[-1,1,2]", "lines.frame[0] is not a whole number from 0 to 2"},
        {"[2,1,2]", "[2,1,0]", "lines.frame[2] is the root frame"},
        {"[2,1,2]", "[2,2,2]", NULL},
        {"[12,11,4294967295]", "[12,12,4294967295]", NULL}, /* of another frame */
        {"[12,11,4294967295]", "[12,11,12]", "lines[2] repeats an earlier line"},
        {"[12,11,4294967295]", "[12,11,4294967296]",
         "lines.line[2] is not a whole number from 0 to 4294967295"},
        {"[12,11,4294967295]", "[12,-11,4294967295]",
         "lines.line[1] is not a whole number from 0 to 4294967295"},
        {"[12,11,4294967295]", "[0,0,1]", NULL},
        {"[9,0,1]", "[-9,0,1]",
         "lines.samples[0] is not a whole number from 0 to 9007199254740991"},
        {"[4,39,6]", "[4,39.5,6]",
         "lines.self_wall[1] is not a whole number from 0 to 9007199254740991"},
        {"[0,29,3]", "[0,29,\"3\"]",
         "lines.self_cpu[2] is not a whole number from 0 to 9007199254740991"},
        {"[5,41,8]", "[9007199254740992,41,8]",
         "lines.total_wall[0] is not a whole number from 0 to 9007199254740991"},
        {"[5,41,8]", "[9007199254740991,41,8]", NULL},
        {"[1,31,2]", "[1,null,2]",
         "lines.total_cpu[1] is not a whole number from 0 to 9007199254740991"},
    };
    ASSERT_CHANGES(changes);
}

/* As such frames are: here nothing has the first frame, and line 11 was its. */
static void
lines_of_frames_without_a_node_are_dropped(void **state)
{
    (void)state;
    char *text = changed("\"frame\":[0,1,2]", "\"frame\":[0,2,2]");
    prof_profile *profile = NULL;
    assert_int_equal(prof_document_read(text, strlen(text), &profile, NULL), PROF_OK);
    assert_int_equal(prof_profile_frame_count(profile), 2);
    assert_int_equal(prof_profile_line_count(profile), 2);
    assert_int_equal(prof_profile_lines(profile)[0].frame, 1);
    assert_int_equal(prof_profile_lines(profile)[0].line, 12);
    assert_int_equal(prof_profile_lines(profile)[1].line, UINT32_MAX);
    free(text);
    prof_profile_destroy(profile);
}

static void
a_table_of_lines_may_be_empty(void **state)
{
    (void)state;
    char *text = changed("\"lines\":{",
                         "\"lines\":{\"frame\":[],\"line\":[],\"samples\":[],\"self_wall\":[],"
                         "\"self_cpu\":[],\"total_wall\":[],\"total_cpu\":[]},\"l\":{");
    prof_profile *profile = NULL;
    assert_int_equal(prof_document_read(text, strlen(text), &profile, NULL), PROF_OK);
    char *document = document_of(profile);
    assert_null(strstr(document, "\"lines\""));
    free(document);
    free(text);
    prof_profile_destroy(profile);
}

/* ---- timeline ----------------------------------------------------------------------------------- */

static void
slices_are_those_of_the_document(void **state)
{
    (void)state;
    static const prof_slice slices[] = {{0, 0, 3}, {0, 2, 5}, {0, 1, 40}, {2, 1, PROF__MAX_VALUE}};
    prof_profile *profile = read_good(good);
    assert_int_equal(prof_profile_slice_count(profile), COUNT_OF(slices));
    assert_memory_equal(prof_profile_slices(profile), slices, sizeof(slices));
    prof_profile_destroy(profile);
}

static void
the_timeline_is_checked(void **state)
{
    (void)state;
    static const change changes[] = {
        {"\"timeline\":{", "\"timeline\":[],\"t\":{", "timeline is not an object"},
        {"\"timeline\":{", "\"timeline\":null,\"t\":{", "timeline is not an object"},
        {"\"timeline\":{", "\"timeline\":{},\"timeline\":{", "timeline is there twice"},
        {"\"timeline\":{", "\"timeline\":{},\"t\":{", "timeline.track is missing"},
        {"\"timeline\":{", "\"t\":{", NULL}, /* most documents have none */
        {"\"timeline\":{", "\"timeline\":{\"time\":[],", "timeline has an unknown column"},
        {"\"timeline\":{", "\"timeline\":{\"wall\":[],", "timeline.wall is there twice"},
        {"\"node\":[0,2,1,1],", "", "timeline.node is missing"},
        {",\"wall\":[3,5,40,9007199254740991]", "", "timeline.wall is missing"},
        {"[0,2,1,1]", "{\"a\":0}", "timeline.node is not an array"},
        {"[0,2,1,1]", "[0,2,1]", "timeline.track and timeline.node differ in length"},
        {"[3,5,40,", "[3,5,40,1,", "timeline.track and timeline.wall differ in length"},
        {"[0,0,0,2]", "[]", "timeline.track and timeline.node differ in length"},
        {"[0,2,1,1]", "[0,3,1,1]", "timeline.node[1] is not a whole number from 0 to 2"},
        {"[0,2,1,1]", "[-1,2,1,1]", "timeline.node[0] is not a whole number from 0 to 2"},
        {"[0,2,1,1]", "[0,2,1,null]", "timeline.node[3] is not a whole number from 0 to 2"},
        {"[0,0,0,2]", "[-1,0,0,2]", "timeline.track[0] is not a whole number from 0 to 4294967295"},
        {"[0,0,0,2]", "[0,0,0,4294967296]",
         "timeline.track[3] is not a whole number from 0 to 4294967295"},
        {"[0,0,0,2]", "[0,0,0,4294967295]", NULL},
        {"[0,0,0,2]", "[7,7,7,8]", NULL}, /* threads of which nothing is known are not there */
        {"[0,0,0,2]", "[1,0,0,2]", "timeline.track[1] is below that of the row above"},
        {"[0,0,0,2]", "[1,1,2,1]", "timeline.track[3] is below that of the row above"},
        {"[0,0,0,2]", "[0,0,0,0]", "timeline[3] goes on with the same node"},
        {"[0,2,1,1]", "[0,0,1,1]", "timeline[1] goes on with the same node"},
        {"[0,2,1,1]", "[0,2,1,2]", NULL},
        {"[3,5,40,", "[0,5,40,", "timeline.wall[0] is 0"},
        {"\"node\":[0,2,1,1],\"wall\":[3,5,40,", "\"node\":[0,0,1,1],\"wall\":[3,0,40,",
         "timeline.wall[1] is 0"},
        {"[3,5,40,", "[3,5.5,40,",
         "timeline.wall[1] is not a whole number from 0 to 9007199254740991"},
        {"[3,5,40,", "[3,-5,40,",
         "timeline.wall[1] is not a whole number from 0 to 9007199254740991"},
        {"40,9007199254740991]", "40,9007199254740992]",
         "timeline.wall[3] is not a whole number from 0 to 9007199254740991"},
        {"40,9007199254740991]", "40,1]", NULL},
    };
    ASSERT_CHANGES(changes);
}

static void
a_timeline_may_be_empty(void **state)
{
    (void)state;
    char *text =
        changed("\"timeline\":{", "\"timeline\":{\"track\":[],\"node\":[],\"wall\":[]},\"t\":{");
    prof_profile *profile = read_good(text);
    char *document = document_of(profile);
    assert_null(prof_profile_slices(profile));
    assert_null(strstr(document, "\"timeline\""));
    free(document);
    free(text);
    prof_profile_destroy(profile);
}

/* Whichever frames go, nodes keep their numbers. */
static void
slices_keep_their_nodes_when_a_frame_goes(void **state)
{
    (void)state;
    static const uint32_t nodes[] = {0, 2, 1, 1};
    char *text = changed("\"frame\":[0,1,2]", "\"frame\":[0,2,2]");
    prof_profile *profile = read_good(text);
    assert_int_equal(prof_profile_frame_count(profile), 2);
    assert_int_equal(prof_profile_slice_count(profile), COUNT_OF(nodes));
    for (uint32_t i = 0; i < COUNT_OF(nodes); i++) {
        assert_int_equal(prof_profile_slices(profile)[i].node, nodes[i]);
    }
    free(text);
    prof_profile_destroy(profile);
}

static void
lines_and_slices_are_written_as_they_were_read(void **state)
{
    (void)state;
    prof_profile *profile = read_good(good);
    char *document = document_of(profile);
    const char *lines = strstr(good, "\"lines\":");
    const char *end = strstr(lines, "\"metadata\":");
    char *tables = strstr(document, "\"lines\":");
    assert_non_null(tables);
    assert_memory_equal(tables, lines, (size_t)(end - lines));
    prof_profile *copy = read_good(document);
    assert_same_document(profile, copy);
    free(document);
    prof_profile_destroy(copy);
    prof_profile_destroy(profile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_those_of_the_document),
        cmocka_unit_test(lines_are_checked),
        cmocka_unit_test(lines_of_frames_without_a_node_are_dropped),
        cmocka_unit_test(a_table_of_lines_may_be_empty),
        cmocka_unit_test(slices_are_those_of_the_document),
        cmocka_unit_test(the_timeline_is_checked),
        cmocka_unit_test(a_timeline_may_be_empty),
        cmocka_unit_test(slices_keep_their_nodes_when_a_frame_goes),
        cmocka_unit_test(lines_and_slices_are_written_as_they_were_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
