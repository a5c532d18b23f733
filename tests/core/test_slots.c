/* SPDX-License-Identifier: MIT */
#include "slots.h"

#include "large.h"
#include "support/heap.h"
#include "support/testing.h"

static void
assert_empty(const prof__slots *slots)
{
    for (uint32_t at = 0; at <= slots->mask; at++) {
        assert_int_equal(slots->index[at], 0);
    }
}

static void
slots_are_twice_as_many_and_empty(void **state)
{
    (void)state;
    prof__slots slots;
    uint32_t capacity = 4;
    void *array = prof__slots_create(&slots, capacity, sizeof(uint64_t));
    assert_non_null(array);
    ((uint64_t *)array)[3] = 7;
    for (uint32_t count = 4; count <= 4096; count *= 2) {
        assert_int_equal(capacity, count);
        assert_int_equal(slots.mask, 2 * count - 1);
        assert_int_equal(((uint64_t *)array)[3], 7);
        assert_empty(&slots);
        slots.index[slots.mask] = 4;
        assert_int_equal(prof__slots_grow(&slots, &array, &capacity, sizeof(uint64_t)), PROF_OK);
    }
    prof__large_free(array);
    prof__large_free(slots.index);
}

static void
slots_stay_within_32_bits(void **state)
{
    (void)state;
    prof__slots slots = {0};
    void *array = NULL;
    uint32_t capacity = PROF__MAX_ELEMENTS;
    assert_int_equal(prof__slots_grow(&slots, &array, &capacity, 1), PROF_LIMIT);
    assert_int_equal(capacity, PROF__MAX_ELEMENTS);
    assert_null(array);
}

static prof_status
create_and_grow(void *context)
{
    (void)context;
    prof__slots slots = {0};
    uint32_t capacity = 2;
    void *array = prof__slots_create(&slots, capacity, 1);
    if (array == NULL) {
        assert_null(slots.index);
        return PROF_NO_MEMORY;
    }
    prof_status status = prof__slots_grow(&slots, &array, &capacity, 1);
    assert_int_equal(capacity, status == PROF_OK ? 4 : 2);
    assert_int_equal(slots.mask, 2 * capacity - 1);
    prof__large_free(array);
    prof__large_free(slots.index);
    return status;
}

static void
no_memory_leaves_all_as_it_was(void **state)
{
    (void)state;
    assert_int_equal(heap_sweep(create_and_grow, NULL), 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_twice_as_many_and_empty),
        cmocka_unit_test(slots_stay_within_32_bits),
        cmocka_unit_test(no_memory_leaves_all_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
