/* SPDX-License-Identifier: MIT */
#include "support/testing.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static void
every_well_formed_length_is_valid(void **state)
{
    (void)state;
    /* The first and the last character of each length, and those beside the surrogates. */
    static const char *const texts[] = {
        "",
        "plain",
        "\x7F",
        "\xC2\x80",
        "\xDF\xBF",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80",
        "\xF4\x8F\xBF\xBF",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(prof__utf8_valid(texts[i], strlen(texts[i])), strlen(texts[i]));
    }
}

static void
everything_else_is_not(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\x80",             /* a continuation without a beginning */
        "\xC0\xAF",         /* overlong */
        "\xC1\xBF",         /* overlong */
        "\xE0\x9F\xBF",     /* overlong */
        "\xF0\x8F\xBF\xBF", /* overlong */
        "\xED\xA0\x80",     /* a surrogate */
        "\xF4\x90\x80\x80", /* above U+10FFFF */
        "\xF5\x80\x80\x80",
        "\xFF",
        "\xC3",         /* cut off */
        "\xE2\x82",     /* cut off */
        "\xF0\x9F\x98", /* cut off */
        "\xC3(",
        "\xE2\x82(",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(prof__utf8_valid(texts[i], strlen(texts[i])), 0);
    }
    assert_int_equal(prof__utf8_valid("ab\xFF"
                                      "cd",
                                      5),
                     2);
}

static void
bytes_that_are_no_character_are_replaced(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},
        {"caf\xC3\xA9", "caf\xC3\xA9"},
        {"a\xFF"
         "b",
         "a\xEF\xBF\xBD"
         "b"},
        {"\xC3", "\xEF\xBF\xBD"},
        {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xFF\xC3\xA9\xFE", "\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        char *copy = prof__utf8_strdup(pairs[i][0]);
        assert_non_null(copy);
        assert_string_equal(copy, pairs[i][1]);
        assert_int_equal(prof__utf8_repaired_length(pairs[i][0], strlen(pairs[i][0])),
                         strlen(pairs[i][1]));
        free(copy);
    }
}

static void
a_repaired_text_is_valid_whatever_it_was(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (int round = 0; round < 20000; round++) {
        char bytes[12];
        char copy[sizeof(bytes) * 3];
        size_t length = random_below(&random, sizeof(bytes));
        for (size_t i = 0; i < length; i++) {
            /* Mostly bytes of 0x80 and more, where the rules are. */
            bytes[i] =
                (char)(random_below(&random, 4) == 0 ? 'a' : 0x80 + random_below(&random, 128));
        }
        size_t repaired = (size_t)(prof__utf8_repair(copy, bytes, length) - copy);
        assert_int_equal(repaired, prof__utf8_repaired_length(bytes, length));
        assert_int_equal(prof__utf8_valid(copy, repaired), repaired);
        if (prof__utf8_valid(bytes, length) == length) {
            assert_int_equal(repaired, length);
            assert_memory_equal(copy, bytes, length);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_well_formed_length_is_valid),
        cmocka_unit_test(everything_else_is_not),
        cmocka_unit_test(bytes_that_are_no_character_are_replaced),
        cmocka_unit_test(a_repaired_text_is_valid_whatever_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
