/* SPDX-License-Identifier: MIT */
#include "support/exported.h"

static void
functions_have_their_cost_and_their_calls(void **state)
{
    (void)state;
    prof_profile *profile = exported_profile();
    assert_export(profile, "callgrind",
                  "# callgrind format\nversion: 1\ncreator: libprof " PROF_VERSION "\n"
                  "cmd: GET \"/\"\npositions: line\nevents: wall_ns cpu_ns\n"
                  "\nfl=(1) ???\nfn=(1) <root>\n0 7 0\n"
                  "cfi=(2) app.py\ncfn=(2) f\ncalls=1 1\n0 201030 1030\n"
                  "cfi=(2)\ncfn=(4) h\ncalls=4 1\n0 0 0\n"
                  "\nfl=(2)\nfn=(2)\n1 1030 1030\n"
                  "cfi=(2)\ncfn=(3) g\ncalls=2 1\n1 200030 30\n"
                  "\nfl=(2)\nfn=(3)\n1 200000 0\n"
                  "cfi=(2)\ncfn=(2)\ncalls=3 1\n1 0 0\n"
                  "\nfl=(2)\nfn=(4)\n1 0 0\n"
                  "\ntotals: 201037 1030\n");
    prof_profile_destroy(profile);
}

static void
functions_of_one_name_are_told_apart(void **state)
{
    (void)state;
    static const prof_frame frames[] = {
        {"<lambda>", "a.py", 3, PROF_KIND_PYTHON},
        {"<lambda>", "a.py", 4, PROF_KIND_PYTHON},
        {"<lambda>", "b.py", 4, PROF_KIND_PYTHON},
        {"two\nlines", "", 0, PROF_KIND_SQL},
    };
    static const char *const names[] = {") <lambda>:3 python\n", ") <lambda>:4 python\n",
                                        ") <lambda>\n", ") two lines\n"};
    prof__builder *builder = prof__builder_create(0, 0);
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        uint32_t frame;
        uint32_t node;
        assert_int_equal(prof__builder_frame(builder, &frames[i], &frame), PROF_OK);
        assert_int_equal(prof__builder_child(builder, 0, frame, &node), PROF_OK);
    }
    prof_profile *profile = build_finish(builder);
    prof_bytes out = export_as(profile, "callgrind");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_non_null(strstr(out.bytes, names[i]));
    }
    free(out.bytes);
    prof_profile_destroy(profile);
}

/* Reads the export as callgrind_annotate does: the inclusive cost of a function is the sum of its calls. */
static void
add_inclusive(char *text, uint64_t *inclusive)
{
    uint32_t callee = 0;
    bool call = false;
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, "cfn=(", 5) == 0) {
            callee = (uint32_t)strtoul(line + 5, NULL, 10);
        } else if (strncmp(line, "calls=", 6) == 0) {
            assert_true(strtoull(line + 6, NULL, 10) > 0);
            call = true;
        } else if (call) {
            inclusive[callee - 1] += strtoull(strchr(line, ' '), NULL, 10);
            call = false;
        }
    }
}

static void
calls_into_a_function_sum_up_to_its_total(void **state)
{
    (void)state;
    uint64_t random = 13;
    for (int round = 0; round < 200; round++) {
        prof_profile *profile = build_random(&random, 80);
        uint64_t *inclusive = calloc(profile->frame_count, sizeof(*inclusive));
        assert_non_null(inclusive);
        prof_bytes out = export_as(profile, "callgrind");
        add_inclusive(out.bytes, inclusive);
        prof_function *functions = NULL;
        uint32_t count;
        assert_int_equal(prof_profile_functions(profile, &functions, &count), PROF_OK);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(inclusive[functions[i].frame], functions[i].total_wall_ns);
        }
        free(functions);
        free(out.bytes);
        free(inclusive);
        prof_profile_destroy(profile);
    }
}

static void
no_memory_is_reported(void **state)
{
    (void)state;
    assert_int_equal(assert_no_memory_is_reported("callgrind"), 12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_have_their_cost_and_their_calls),
        cmocka_unit_test(functions_of_one_name_are_told_apart),
        cmocka_unit_test(calls_into_a_function_sum_up_to_its_total),
        cmocka_unit_test(no_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
