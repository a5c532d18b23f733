/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <prof/prof.h>

#include "support/testing.h"

#define COUNT_ONE(name, text) +1
enum { STATUS_COUNT = 0 PROF_STATUS_MAP(COUNT_ONE) };
#undef COUNT_ONE

static void
every_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a < STATUS_COUNT; a++) {
        assert_true(strlen(prof_status_text((prof_status)a)) > 0);
        assert_string_not_equal(prof_status_text((prof_status)a), "unknown status");
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(prof_status_text((prof_status)a),
                                    prof_status_text((prof_status)b));
        }
    }
    assert_string_equal(prof_status_text(PROF_OK), "success");
}

static void
numbers_outside_the_list_are_unknown(void **state)
{
    (void)state;
    assert_string_equal(prof_status_text((prof_status)STATUS_COUNT), "unknown status");
    assert_string_equal(prof_status_text((prof_status)-1), "unknown status");
    assert_string_equal(prof_kind_text((prof_kind)PROF_KIND_COUNT), "unknown kind");
    assert_string_equal(prof_kind_text((prof_kind)-1), "unknown kind");
}

static void
every_kind_is_found_by_its_text(void **state)
{
    (void)state;
    for (int i = 0; i < PROF_KIND_COUNT; i++) {
        prof_kind kind = PROF_KIND_COUNT;
        assert_int_equal(prof_kind_parse(prof_kind_text((prof_kind)i), &kind), PROF_OK);
        assert_int_equal(kind, i);
    }
}

static void
other_texts_are_no_kind(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "Python", "python ", "pyth", "unknown kind"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        prof_kind kind = PROF_KIND_GC;
        assert_int_equal(prof_kind_parse(texts[i], &kind), PROF_FORMAT);
        assert_int_equal(kind, PROF_KIND_GC); /* out-parameters are written on success only */
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_text_of_its_own),
        cmocka_unit_test(numbers_outside_the_list_are_unknown),
        cmocka_unit_test(every_kind_is_found_by_its_text),
        cmocka_unit_test(other_texts_are_no_kind),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
