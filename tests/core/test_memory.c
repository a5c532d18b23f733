/* SPDX-License-Identifier: MIT */
#include "support/test_memory.h"
#include "memory.h"
#include "support/testing.h"

static void
sizes_are_rounded_up_to_pages(void **state)
{
    (void)state;
    assert_int_equal(prof__memory_pages(0), 0);
    assert_int_equal(prof__memory_pages(1), 4096);
    assert_int_equal(prof__memory_pages(4096), 4096);
    assert_int_equal(prof__memory_pages(4097), 8192);
}

static void
mapped_memory_is_zeroed_and_writable(void **state)
{
    (void)state;
    const size_t size = 3 * 4096;
    prof_memory memory = prof__memory_mmap();
    for (int round = 0; round < 2; round++) {
        unsigned char *bytes = prof__memory_map(&memory, size);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % 4096, 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(bytes[i], 0);
            bytes[i] = 0xFF;
        }
        prof__memory_unmap(&memory, bytes, size);
    }
}

static void
a_mapping_that_cannot_be_is_null(void **state)
{
    (void)state;
    prof_memory memory = prof__memory_mmap();
    assert_null(prof__memory_map(&memory, SIZE_MAX - 4095));
}

static void
nothing_is_given_back_for_null(void **state)
{
    (void)state;
    test_memory counted = {0};
    prof_memory memory = test_memory_source(&counted);
    prof__memory_unmap(&memory, NULL, 4096);
    assert_int_equal(counted.live, 0);
    void *address = prof__memory_map(&memory, 4096);
    assert_int_equal(counted.live, 1);
    prof__memory_unmap(&memory, address, 4096);
    assert_int_equal(counted.live, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_rounded_up_to_pages),
        cmocka_unit_test(mapped_memory_is_zeroed_and_writable),
        cmocka_unit_test(a_mapping_that_cannot_be_is_null),
        cmocka_unit_test(nothing_is_given_back_for_null),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
