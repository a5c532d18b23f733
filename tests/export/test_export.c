/* SPDX-License-Identifier: MIT */
#include "support/exported.h"

#include "trim.h"

static const char *const formats[] = {"speedscope", "collapsed", "callgrind", "pprof", "chrome"};

static void
unknown_formats_are_not_supported(void **state)
{
    (void)state;
    static const char *const unknown[] = {"", "json", "pstats", "Chrome", "chrome "};
    prof_profile *profile = exported_profile();
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        prof_bytes out = {0};
        assert_int_equal(prof_export(profile, unknown[i], &out), PROF_UNSUPPORTED);
        assert_null(out.bytes);
    }
    prof_profile_destroy(profile);
}

static void
a_profile_of_nothing_can_be_exported(void **state)
{
    (void)state;
    static const row rows[] = {{.path = ""}};
    prof_profile *profile = BUILD(rows);
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        free(export_as(profile, formats[i]).bytes);
    }
    prof_profile_destroy(profile);
}

static void
an_export_is_always_the_same(void **state)
{
    (void)state;
    uint64_t random = 8;
    for (int round = 0; round < 50; round++) {
        prof_profile *profile = build_random(&random, 60);
        for (size_t i = 0; i < COUNT_OF(formats); i++) {
            prof_bytes first = export_as(profile, formats[i]);
            prof_bytes second = export_as(profile, formats[i]);
            assert_int_equal(first.length, second.length);
            assert_memory_equal(first.bytes, second.bytes, first.length);
            free(first.bytes);
            free(second.bytes);
        }
        prof_profile_destroy(profile);
    }
}

/* A tree 20,000 deep would need 1.2 GB as speedscope's JSON if every path were spelled out. */
static void
deep_recursion_does_not_explode(void **state)
{
    (void)state;
    prof_profile *profile = build_recursion(20000);
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        prof_bytes out = export_as(profile, formats[i]);
        assert_true(out.length < 80u << 20);
        free(out.bytes);
    }
    prof_profile_destroy(profile);
}

/* The last line is the cut, and all lines together have all the time. */
static void
a_cut_can_be_seen_and_loses_nothing(void **state)
{
    (void)state;
    const uint32_t depth = PROF__MAX_EXPORT_DEPTH + 500;
    prof_profile *profile = build_recursion(depth);
    prof_bytes out = export_as(profile, "collapsed");
    uint64_t sum = 0;
    uint64_t last = 0;
    bool cut = false;
    for (char *line = out.bytes; *line != '\0'; line = strchr(line, '\n') + 1) {
        *strchr(line, '\n') = '\0';
        last = strtoull(strrchr(line, ' '), NULL, 10);
        sum += last;
        cut = strcmp(strrchr(line, ';'), ";" PROF__DEEPER_NAME " 1500") == 0;
        *(line + strlen(line)) = '\n';
    }
    assert_true(cut);
    assert_int_equal(last, 500 * 3);
    assert_int_equal(sum, (uint64_t)depth * 3);
    free(out.bytes);
    prof_profile_destroy(profile);
}

static prof_status
export_trimmed(void *context)
{
    prof_bytes out = {0};
    prof_status status = prof_export(context, "collapsed", &out);
    free(out.bytes);
    return status;
}

static void
no_memory_for_the_cut_is_reported(void **state)
{
    (void)state;
    prof_profile *profile = build_recursion(PROF__MAX_EXPORT_DEPTH + 1);
    assert_true(heap_sweep(export_trimmed, profile) > 20);
    prof_profile_destroy(profile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_formats_are_not_supported),
        cmocka_unit_test(a_profile_of_nothing_can_be_exported),
        cmocka_unit_test(an_export_is_always_the_same),
        cmocka_unit_test(deep_recursion_does_not_explode),
        cmocka_unit_test(a_cut_can_be_seen_and_loses_nothing),
        cmocka_unit_test(no_memory_for_the_cut_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
