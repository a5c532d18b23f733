/* SPDX-License-Identifier: MIT */
#include "support/testing.h"

#include <string.h>

#include "json_check.h"

static void
assert_problem(const char *json, size_t length, const char *wanted, size_t where)
{
    size_t position = 0;
    const char *problem = prof__json_check(json, length, 5, &position);
    if (wanted == NULL) {
        assert_null(problem);
    } else {
        assert_non_null(problem);
        assert_string_equal(problem, wanted);
        assert_int_equal(position, where);
    }
}

#define ASSERT_PROBLEM(json, wanted, where)                                                        \
    assert_problem((json), sizeof(json) - 1, (wanted), (where))

static void
what_cjson_can_judge_passes(void **state)
{
    (void)state;
    ASSERT_PROBLEM("", NULL, 0);
    ASSERT_PROBLEM("{\"a\": [1,\r\n\t\"\\\"\\\\\"]}", NULL, 0);
    ASSERT_PROBLEM("\"never closed", NULL, 0);
    ASSERT_PROBLEM("\"ends in a backslash\\", NULL, 0);
    ASSERT_PROBLEM("}}]nonsense", NULL, 0);
    ASSERT_PROBLEM("\"\\\\u0000\"", NULL, 0); /* a backslash, then u0000 */
    ASSERT_PROBLEM("\"\\u00001\"", "a NUL in a string", 1);
    ASSERT_PROBLEM("\"\\u000", NULL, 0);
}

static void
text_is_utf8_without_control_characters(void **state)
{
    (void)state;
    ASSERT_PROBLEM("[\"\xFF\"]", "invalid UTF-8", 2);
    ASSERT_PROBLEM("[1]\0", "a control character", 3);
    ASSERT_PROBLEM("[\"a\nb\"]", "a control character in a string", 3);
    ASSERT_PROBLEM("[\"a\0b\"]", "a control character in a string", 3);
    ASSERT_PROBLEM("[\x01]", "a control character", 1);
}

static void
values_are_counted_outside_strings(void **state)
{
    (void)state;
    ASSERT_PROBLEM("[1,2,3,4]", NULL, 0);
    ASSERT_PROBLEM("[1,2,3,4,5]", "too many values", 8);
    ASSERT_PROBLEM("[[[[[", "too many values", 4);
    ASSERT_PROBLEM("[\",,,,[[[[{{{{\",2,\"\\\",,,,\"]", NULL, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cjson_can_judge_passes),
        cmocka_unit_test(text_is_utf8_without_control_characters),
        cmocka_unit_test(values_are_counted_outside_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
