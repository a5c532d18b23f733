/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "support/testing.h"
#include "utc_text.h"

static void
check_as_the_library_says(time_t seconds, long ns)
{
    char expected[PROF__UTC_TEXT_BYTES];
    char found[PROF__UTC_TEXT_BYTES];
    struct tm utc;
    assert_non_null(gmtime_r(&seconds, &utc));
    size_t length = strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(expected + length, sizeof(expected) - length, ".%06ldZ", ns / 1000);
    prof__utc_text(&(struct timespec){.tv_sec = seconds, .tv_nsec = ns}, found);
    assert_string_equal(found, expected);
}

/*
 * The last second of each day and the one after it, up to the year 2110: with leap years, 2000, which is one, and 2100,
 * which is none.
 */
static void
all_days_are_those_of_the_calendar(void **state)
{
    (void)state;
    for (time_t day = 1; day < 140 * 366; day++) {
        check_as_the_library_says(day * 86400 - 1, 999999999);
        check_as_the_library_says(day * 86400, 0);
    }
}

static void
moments_are_told_to_the_microsecond(void **state)
{
    (void)state;
    check_as_the_library_says(0, 0);
    check_as_the_library_says(1769862896, 123456789);
    check_as_the_library_says(253402300799, 1000);
}

static void
what_no_profile_can_be_of_is_the_beginning(void **state)
{
    (void)state;
    static const time_t seconds[] = {-1, 253402300800};
    for (size_t i = 0; i < COUNT_OF(seconds); i++) {
        char text[PROF__UTC_TEXT_BYTES];
        prof__utc_text(&(struct timespec){.tv_sec = seconds[i], .tv_nsec = 5000}, text);
        assert_string_equal(text, "1970-01-01T00:00:00.000000Z");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_days_are_those_of_the_calendar),
        cmocka_unit_test(moments_are_told_to_the_microsecond),
        cmocka_unit_test(what_no_profile_can_be_of_is_the_beginning),
    };
    return cmocka_run_group_tests_name("utc_text", tests, NULL, NULL);
}
