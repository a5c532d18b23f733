/* SPDX-License-Identifier: MIT */
#include "large.h"

#include <stdint.h>
#include <string.h>

#include "support/heap.h"
#include "support/testing.h"

static const size_t counts[] = {0,     1, 100, PROF__LARGE_BYTES / 8 - 3, PROF__LARGE_BYTES / 8,
                                100000};

static void
arrays_are_zeroed_and_aligned(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        uint64_t *array = prof__large_alloc(counts[i], sizeof(*array));
        assert_non_null(array);
        assert_int_equal((uintptr_t)array % 16, 0);
        for (size_t at = 0; at < counts[i]; at++) {
            assert_int_equal(array[at], 0);
            array[at] = at;
        }
        prof__large_free(array);
    }
    prof__large_free(NULL);
}

static void
growing_keeps_what_was_used_and_zeroes_the_rest(void **state)
{
    (void)state;
    for (size_t i = 0; i + 1 < COUNT_OF(counts); i++) {
        uint64_t *array = prof__large_alloc(counts[i], sizeof(*array));
        for (size_t at = 0; at < counts[i]; at++) {
            array[at] = at + 1;
        }
        size_t used = counts[i] / 2;
        array = prof__large_grow(array, used, counts[i + 1], sizeof(*array));
        assert_non_null(array);
        for (size_t at = 0; at < counts[i + 1]; at++) {
            assert_int_equal(array[at], at < used ? at + 1 : 0);
        }
        prof__large_free(array);
    }
}

static void
what_is_not_there_yet_can_grow(void **state)
{
    (void)state;
    uint64_t *array = prof__large_grow(NULL, 0, 100, sizeof(*array));
    assert_non_null(array);
    for (size_t at = 0; at < 100; at++) {
        assert_int_equal(array[at], 0);
    }
    prof__large_free(array);
}

static void
sizes_beyond_the_address_space_are_refused(void **state)
{
    (void)state;
    assert_null(prof__large_alloc(SIZE_MAX / 2, 8));
    assert_null(prof__large_alloc(SIZE_MAX, 1));
}

static prof_status
grow_once(void *context)
{
    uint64_t **array = context;
    uint64_t *larger = prof__large_grow(*array, 1000, 2000, sizeof(*larger));
    if (larger == NULL) {
        assert_int_equal((*array)[999], 999);
        return PROF_NO_MEMORY;
    }
    *array = larger;
    return PROF_OK;
}

static void
an_array_that_cannot_grow_is_as_it_was(void **state)
{
    (void)state;
    uint64_t *array = prof__large_alloc(1000, sizeof(*array));
    array[999] = 999;
    assert_int_equal(heap_sweep(grow_once, &array), 1);
    assert_int_equal(array[999], 999);
    prof__large_free(array);
}

static prof_status
map_piece(void *context)
{
    const size_t *size = context;
    const prof_memory memory = prof__large_memory();
    unsigned char *piece = prof__memory_map(&memory, *size);
    if (piece == NULL) {
        return PROF_NO_MEMORY;
    }
    prof__memory_unmap(&memory, piece, *size);
    return PROF_OK;
}

static void
pieces_of_memory_are_one_allocation(void **state)
{
    (void)state;
    for (size_t size = 4096; size <= 4 * PROF__LARGE_BYTES; size *= 2) {
        assert_int_equal(heap_sweep(map_piece, &size), 1);
    }
}

static void
pieces_of_memory_are_zeroed_and_aligned(void **state)
{
    (void)state;
    prof_memory memory = prof__large_memory();
    for (size_t size = 4096; size <= 4 * PROF__LARGE_BYTES; size *= 2) {
        for (int turn = 0; turn < 2; turn++) {
            unsigned char *piece = prof__memory_map(&memory, size);
            assert_non_null(piece);
            assert_int_equal((uintptr_t)piece % 16, 0);
            for (size_t at = 0; at < size; at++) {
                assert_int_equal(piece[at], 0);
                piece[at] = 0xFF;
            }
            prof__memory_unmap(&memory, piece, size);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_are_zeroed_and_aligned),
        cmocka_unit_test(growing_keeps_what_was_used_and_zeroes_the_rest),
        cmocka_unit_test(what_is_not_there_yet_can_grow),
        cmocka_unit_test(sizes_beyond_the_address_space_are_refused),
        cmocka_unit_test(an_array_that_cannot_grow_is_as_it_was),
        cmocka_unit_test(pieces_of_memory_are_one_allocation),
        cmocka_unit_test(pieces_of_memory_are_zeroed_and_aligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
