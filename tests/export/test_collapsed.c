/* SPDX-License-Identifier: MIT */
#include "support/exported.h"

static void
each_path_with_self_time_is_a_line(void **state)
{
    (void)state;
    prof_profile *profile = exported_profile();
    assert_export(profile, "collapsed",
                  "<root> 7\n"
                  "<root>;f (app.py:1) 1000\n"
                  "<root>;f (app.py:1);g (app.py:1) 200000\n"
                  "<root>;f (app.py:1);g (app.py:1);f (app.py:1) 30\n");
    prof_profile_destroy(profile);
}

static void
names_cannot_break_the_format(void **state)
{
    (void)state;
    static const prof_frame frames[] = {
        {"SELECT 1;\nSELECT 2", "", 0, PROF_KIND_SQL},
        {"f", "odd;name\t.py", 0, PROF_KIND_PYTHON},
        {"", "", 5, PROF_KIND_NATIVE},
    };
    prof__builder *builder = prof__builder_create(0, 0);
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        const prof_node values = {.self_wall_ns = i + 1};
        uint32_t frame;
        uint32_t node;
        assert_int_equal(prof__builder_frame(builder, &frames[i], &frame), PROF_OK);
        assert_int_equal(prof__builder_child(builder, 0, frame, &node), PROF_OK);
        prof__builder_add(builder, node, &values);
    }
    prof_profile *profile = build_finish(builder);
    assert_export(profile, "collapsed",
                  "<root>;SELECT 1, SELECT 2 1\n<root>;f (odd,name .py) 2\n<root>; 3\n");
    prof_profile_destroy(profile);
}

/* Whatever the names: lines can be taken apart, and their numbers are the self times. */
static void
random_profiles_keep_their_time(void **state)
{
    (void)state;
    uint64_t random = 21;
    for (int round = 0; round < 100; round++) {
        prof_profile *profile = build_random(&random, 60);
        prof_bytes out = export_as(profile, "collapsed");
        uint64_t sum = 0;
        for (const char *line = out.bytes; *line != '\0'; line++) {
            const char *end = strchr(line, '\n');
            assert_non_null(end);
            const char *number = end;
            while (number[-1] >= '0' && number[-1] <= '9') {
                number--;
            }
            assert_true(number < end && number[-1] == ' ');
            sum += strtoull(number, NULL, 10);
            line = end;
        }
        assert_int_equal(sum, profile->nodes[0].total_wall_ns);
        free(out.bytes);
        prof_profile_destroy(profile);
    }
}

static void
no_memory_is_reported(void **state)
{
    (void)state;
    assert_int_equal(assert_no_memory_is_reported("collapsed"), 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_with_self_time_is_a_line),
        cmocka_unit_test(names_cannot_break_the_format),
        cmocka_unit_test(random_profiles_keep_their_time),
        cmocka_unit_test(no_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
