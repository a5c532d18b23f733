/* SPDX-License-Identifier: MIT */
#include "support/testing.h"

#include "timestamp.h"

static void
times_are_counted_from_1970(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"1970-01-01T00:00:00.000000Z", 0},
        {"1970-01-01T00:00:00.000001Z", 1000},
        {"1969-12-31T23:59:59.000000Z", -1000000000},
        {"2000-02-29T12:34:56.789000Z", INT64_C(951827696789000000)},
        {"2026-11-24T10:00:00.250000Z", INT64_C(1795514400250000000)},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_true(prof__timestamp_is_valid(cases[i].text));
        assert_int_equal(prof__timestamp_unix_ns(cases[i].text), cases[i].ns);
    }
}

static void
every_other_form_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "2026-11-24",
        "2026-11-24T10:00:00Z",
        "2026-11-24T10:00:00.000000",
        "2026-11-24T10:00:00.000000+01:00",
        "2026-11-24T10:00:00.000000Z ",
        "2026-11-24 10:00:00.000000Z",
        "2026-13-24T10:00:00.000000Z",
        "2026-00-24T10:00:00.000000Z",
        "2026-02-29T10:00:00.000000Z",
        "2026-11-31T10:00:00.000000Z",
        "2026-11-24T24:00:00.000000Z",
        "2026-11-24T10:60:00.000000Z",
        "2026-11-24T10:00:60.000000Z",
        "2O26-11-24T10:00:00.000000Z",
        "-026-11-24T10:00:00.000000Z",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_false(prof__timestamp_is_valid(texts[i]));
        assert_int_equal(prof__timestamp_unix_ns(texts[i]), 0);
    }
}

/* 64 bits of nanoseconds end in 2262. */
static void
times_that_do_not_fit_are_unknown(void **state)
{
    (void)state;
    static const char *const texts[] = {"9999-12-31T23:59:59.999999Z",
                                        "2262-12-31T00:00:00.000000Z",
                                        "0001-01-01T00:00:00.000000Z"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_true(prof__timestamp_is_valid(texts[i]));
        assert_int_equal(prof__timestamp_unix_ns(texts[i]), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_counted_from_1970),
        cmocka_unit_test(every_other_form_is_refused),
        cmocka_unit_test(times_that_do_not_fit_are_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
