/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "arena.h"
#include "support/test_memory.h"
#include "support/testing.h"

typedef struct fixture {
    test_memory memory;
    prof__arena arena;
} fixture;

static void
start(fixture *test)
{
    *test = (fixture){0};
    prof_memory memory = test_memory_source(&test->memory);
    prof__arena_init(&test->arena, &memory);
}

static void
end(fixture *test)
{
    prof__arena_deinit(&test->arena);
    assert_int_equal(test->memory.live, 0);
    assert_int_equal(test->memory.bytes, 0);
    assert_false(test->memory.odd_size);
}

static void
an_unused_arena_holds_nothing(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    assert_int_equal(test.memory.calls, 0);
    end(&test);
    end(&test); /* a second time is harmless */
}

/* Each object is filled with its own byte; whoever overlaps with another would overwrite it. */
static void
objects_are_aligned_zeroed_and_apart(void **state)
{
    (void)state;
    enum { OBJECTS = 3000 };
    static unsigned char *objects[OBJECTS];
    static size_t sizes[OBJECTS];
    fixture test;
    start(&test);
    uint64_t random = 1;
    for (size_t i = 0; i < OBJECTS; i++) {
        sizes[i] = 1 + random_below(&random, i % 100 == 0 ? 100000 : 200);
        objects[i] = prof__arena_alloc(&test.arena, sizes[i]);
        assert_non_null(objects[i]);
        assert_int_equal((uintptr_t)objects[i] % 16, 0);
        for (size_t at = 0; at < sizes[i]; at++) {
            assert_int_equal(objects[i][at], 0);
        }
        memset(objects[i], (int)(i % 255) + 1, sizes[i]);
    }
    for (size_t i = 0; i < OBJECTS; i++) {
        for (size_t at = 0; at < sizes[i]; at++) {
            assert_int_equal(objects[i][at], i % 255 + 1);
        }
    }
    assert_int_equal(test.arena.mapped, test.memory.bytes);
    end(&test);
}

static void
chunks_grow_so_that_mappings_are_few(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    const size_t total = (size_t)64 << 20;
    for (size_t used = 0; used < total; used += 1024) {
        assert_non_null(prof__arena_alloc(&test.arena, 1024));
    }
    assert_true(test.memory.calls < 30);
    assert_true(test.memory.bytes < total + total / 8);
    end(&test);
}

static void
an_object_can_be_larger_than_any_chunk(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    const size_t size = (size_t)9 << 20;
    char *large = prof__arena_alloc(&test.arena, size);
    char *small = prof__arena_alloc(&test.arena, 10);
    assert_non_null(large);
    assert_non_null(small);
    memset(large, 1, size);
    assert_int_equal(small[0], 0);
    end(&test);
}

static void
sizes_that_cannot_be_are_refused(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    assert_null(prof__arena_alloc(&test.arena, SIZE_MAX));
    assert_null(prof__arena_alloc(&test.arena, SIZE_MAX - 15));
    assert_null(prof__arena_alloc(&test.arena, SIZE_MAX / 2 + 1));
    assert_int_equal(test.memory.calls, 0);
    end(&test);
}

static void
after_a_failure_the_arena_is_as_before(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    char *first = prof__arena_alloc(&test.arena, 64);
    assert_non_null(first);
    test.memory.fail_at = test.memory.calls + 1;
    assert_null(prof__arena_alloc(&test.arena, (size_t)1 << 20));
    char *second = prof__arena_alloc(&test.arena, 64);
    assert_ptr_equal(second, first + 64);
    assert_non_null(prof__arena_alloc(&test.arena, (size_t)1 << 20));
    end(&test);
}

static void
strings_are_copied_up_to_their_length(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    char text[] = "calling-context tree";
    char *copy = prof__arena_strndup(&test.arena, text, 7);
    char *empty = prof__arena_strndup(&test.arena, text, 0);
    text[0] = 'X';
    assert_string_equal(copy, "calling");
    assert_string_equal(empty, "");
    test.memory.fail_at = test.memory.calls + 1;
    while (prof__arena_strndup(&test.arena, text, 20) != NULL) {
    }
    assert_int_equal(test.memory.calls, test.memory.fail_at);
    end(&test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unused_arena_holds_nothing),
        cmocka_unit_test(objects_are_aligned_zeroed_and_apart),
        cmocka_unit_test(chunks_grow_so_that_mappings_are_few),
        cmocka_unit_test(an_object_can_be_larger_than_any_chunk),
        cmocka_unit_test(sizes_that_cannot_be_are_refused),
        cmocka_unit_test(after_a_failure_the_arena_is_as_before),
        cmocka_unit_test(strings_are_copied_up_to_their_length),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
