/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "pool.h"
#include "support/test_memory.h"
#include "support/testing.h"

#define PAGE ((size_t)4096)

typedef struct fixture {
    test_memory memory;
    prof__pool pool;
    prof_memory source;
} fixture;

static void
start(fixture *test)
{
    *test = (fixture){0};
    prof_memory memory = test_memory_source(&test->memory);
    prof__pool_init(&test->pool, &memory);
    test->source = prof__pool_memory(&test->pool);
}

static void
end(fixture *test)
{
    prof__pool_deinit(&test->pool);
    assert_int_equal(test->memory.live, 0);
}

static void
assert_zeroed(const char *block, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(block[i], 0);
    }
}

static void
a_block_given_back_is_used_again_and_clean(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    char *block = prof__memory_map(&test.source, 2 * PAGE);
    memset(block, 0x5A, 2 * PAGE);
    prof__memory_unmap(&test.source, block, 2 * PAGE);
    assert_int_equal(test.memory.live, 1);
    assert_ptr_equal(prof__memory_map(&test.source, 2 * PAGE), block);
    assert_zeroed(block, 2 * PAGE);
    assert_int_equal(test.memory.calls, 1);
    prof__memory_unmap(&test.source, block, 2 * PAGE);
    end(&test);
}

static void
only_a_block_of_the_same_size_fits(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    char *small = prof__memory_map(&test.source, PAGE);
    char *large = prof__memory_map(&test.source, 2 * PAGE);
    prof__memory_unmap(&test.source, small, PAGE);
    prof__memory_unmap(&test.source, large, 2 * PAGE);
    assert_ptr_equal(prof__memory_map(&test.source, PAGE), small);
    char *other = prof__memory_map(&test.source, 3 * PAGE);
    assert_int_equal(test.memory.calls, 3);
    prof__memory_unmap(&test.source, small, PAGE);
    prof__memory_unmap(&test.source, other, 3 * PAGE);
    end(&test);
}

static void
large_blocks_are_not_kept(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    char *largest = prof__memory_map(&test.source, PROF__POOL_BLOCK_BYTES);
    char *larger = prof__memory_map(&test.source, PROF__POOL_BLOCK_BYTES + PAGE);
    prof__memory_unmap(&test.source, larger, PROF__POOL_BLOCK_BYTES + PAGE);
    assert_int_equal(test.memory.live, 1);
    prof__memory_unmap(&test.source, largest, PROF__POOL_BLOCK_BYTES);
    assert_int_equal(test.memory.live, 1);
    end(&test);
}

static void
what_is_kept_is_bounded(void **state)
{
    (void)state;
    enum { BLOCKS = 2 * PROF__POOL_BYTES / PROF__POOL_BLOCK_BYTES };
    void *blocks[BLOCKS];
    fixture test;
    start(&test);
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = prof__memory_map(&test.source, PROF__POOL_BLOCK_BYTES);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        prof__memory_unmap(&test.source, blocks[i], PROF__POOL_BLOCK_BYTES);
    }
    assert_int_equal(test.memory.live, BLOCKS / 2);
    assert_int_equal(test.pool.bytes, PROF__POOL_BYTES);
    end(&test);
}

static void
want_of_memory_is_told(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    test.memory.fail_at = 1;
    assert_null(prof__memory_map(&test.source, PAGE));
    end(&test);
}

/* Another thread has the lock, or had it when this process was forked. */
static void
who_does_not_get_the_lock_does_without_the_pool(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    char *block = prof__memory_map(&test.source, PAGE);
    prof__memory_unmap(&test.source, block, PAGE);
    assert_int_equal(pthread_mutex_lock(&test.pool.lock), 0);
    char *other = prof__memory_map(&test.source, PAGE);
    assert_ptr_not_equal(other, block);
    prof__memory_unmap(&test.source, other, PAGE);
    assert_int_equal(test.memory.live, 1);
    assert_int_equal(pthread_mutex_unlock(&test.pool.lock), 0);
    assert_ptr_equal(prof__memory_map(&test.source, PAGE), block);
    prof__memory_unmap(&test.source, block, PAGE);
    end(&test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_given_back_is_used_again_and_clean),
        cmocka_unit_test(only_a_block_of_the_same_size_fits),
        cmocka_unit_test(large_blocks_are_not_kept),
        cmocka_unit_test(what_is_kept_is_bounded),
        cmocka_unit_test(want_of_memory_is_told),
        cmocka_unit_test(who_does_not_get_the_lock_does_without_the_pool),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
