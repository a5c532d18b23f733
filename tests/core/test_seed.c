/* SPDX-License-Identifier: MIT */
#include "support/testing.h"

#include "seed.h"

static void
seeds_differ(void **state)
{
    (void)state;
    /* Three equal ones by chance: once in 2^64 runs. */
    uint32_t first = prof__seed();
    assert_true(prof__seed() != first || prof__seed() != first);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
