/* SPDX-License-Identifier: MIT */
#include "support/heap.h"
#include "support/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "string_table.h"

static uint32_t
intern(prof__string_table *table, const char *text)
{
    uint32_t index = UINT32_MAX;
    assert_int_equal(prof__string_table_intern(table, text, &index), PROF_OK);
    return index;
}

static void
equal_strings_have_one_number(void **state)
{
    (void)state;
    prof__string_table table;
    char again[] = "a";
    assert_int_equal(prof__string_table_init(&table), PROF_OK);
    assert_int_equal(intern(&table, "a"), 1);
    assert_int_equal(intern(&table, ""), 0);
    assert_int_equal(intern(&table, "b"), 2);
    assert_int_equal(intern(&table, again), 1);
    assert_int_equal(table.count, 3);
    assert_string_equal(table.strings[0], "");
    assert_string_equal(table.strings[2], "b");
    prof__string_table_deinit(&table);
}

#define MANY 3000

static void
numbers_stay_when_the_table_grows(void **state)
{
    (void)state;
    static char texts[MANY][8];
    prof__string_table table;
    assert_int_equal(prof__string_table_init(&table), PROF_OK);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < MANY; i++) {
            (void)snprintf(texts[i], sizeof(texts[i]), "%u", i);
            assert_int_equal(intern(&table, texts[i]), i + 1);
        }
    }
    for (uint32_t i = 0; i < MANY; i++) {
        assert_ptr_equal(table.strings[i + 1], texts[i]);
    }
    prof__string_table_deinit(&table);
}

static prof_status
intern_many(void *context)
{
    (void)context;
    static char texts[600][8];
    prof__string_table table;
    prof_status status = prof__string_table_init(&table);
    for (uint32_t i = 0; i < COUNT_OF(texts) && status == PROF_OK; i++) {
        uint32_t index;
        (void)snprintf(texts[i], sizeof(texts[i]), "%u", i);
        status = prof__string_table_intern(&table, texts[i], &index);
    }
    prof__string_table_deinit(&table);
    return status;
}

static void
no_memory_is_reported_and_nothing_leaks(void **state)
{
    (void)state;
    assert_int_equal(heap_sweep(intern_many, NULL), 6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_strings_have_one_number),
        cmocka_unit_test(numbers_stay_when_the_table_grows),
        cmocka_unit_test(no_memory_is_reported_and_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
