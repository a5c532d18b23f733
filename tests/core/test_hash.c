/* SPDX-License-Identifier: MIT */
#include "support/testing.h"

#include <stdio.h>
#include <string.h>

#include "hash.h"

#define LONGEST 40u

static void
each_byte_and_the_length_matter(void **state)
{
    (void)state;
    char text[LONGEST + 1] = {0};
    for (size_t length = 0; length < LONGEST; length++) {
        uint32_t hash = prof__hash_bytes(1, text, length);
        assert_int_not_equal(hash, prof__hash_bytes(1, text, length + 1));
        assert_int_not_equal(hash, prof__hash_bytes(2, text, length));
        for (size_t at = 0; at < length; at++) {
            text[at] ^= 1;
            assert_int_not_equal(hash, prof__hash_bytes(1, text, length));
            text[at] ^= 1;
        }
    }
}

static void
bytes_behind_the_end_do_not_matter(void **state)
{
    (void)state;
    for (size_t length = 0; length < LONGEST; length++) {
        char one[LONGEST], other[LONGEST];
        memset(one, 'x', sizeof(one));
        memset(other, 'y', sizeof(other));
        memset(other, 'x', length);
        assert_int_equal(prof__hash_bytes(1, one, length), prof__hash_bytes(1, other, length));
    }
}

/* In a table that is half full, as those of frames are: with names as alike as programs have them. */
static void
similar_names_spread_over_a_table(void **state)
{
    (void)state;
    enum { NAMES = 4096, SLOTS = 8192 };
    static const char *const forms[][2] = {
        {"", ""},
        {"f", ""},
        {"/srv/site/packages/app/views_", ".py"},
        {"", "_of_the_functions_that_were_made_by_exec"},
    };
    for (size_t form = 0; form < sizeof(forms) / sizeof(forms[0]); form++) {
        unsigned char load[SLOTS] = {0};
        unsigned int taken = 0;
        for (unsigned int name = 0; name < NAMES; name++) {
            char text[64];
            int length =
                snprintf(text, sizeof(text), "%s%u%s", forms[form][0], name, forms[form][1]);
            uint32_t slot = prof__hash_bytes(0, text, (size_t)length) & (SLOTS - 1);
            taken += load[slot]++ == 0;
            assert_true(load[slot] < 10);
        }
        /* By chance 0.787 of the names find their slot free, with a deviation of 0.004. */
        assert_uint_in_range(taken, (unsigned int)(NAMES * 0.76), NAMES);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_byte_and_the_length_matter),
        cmocka_unit_test(bytes_behind_the_end_do_not_matter),
        cmocka_unit_test(similar_names_spread_over_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
