/* SPDX-License-Identifier: MIT */
#include "strand_index.h"

#include "support/test_memory.h"
#include "support/testing.h"

typedef struct fixture {
    test_memory memory;
    prof__strand_index index;
} fixture;

static void
start(fixture *test)
{
    *test = (fixture){0};
    prof_memory memory = test_memory_source(&test->memory);
    prof__strand_index_init(&test->index, &memory);
}

static void
end(fixture *test)
{
    prof__strand_index_deinit(&test->index);
    assert_int_equal(test->memory.live, 0);
    assert_false(test->memory.odd_size);
}

static void
add(fixture *test, prof_strand *strand, uint64_t owner, uint64_t thread)
{
    strand->owner = owner;
    strand->thread = thread;
    prof__strand_index_add(&test->index, strand);
}

static prof_strand *
find(const fixture *test, uint64_t owner, uint64_t thread)
{
    return prof__strand_index_find(&test->index, owner, thread);
}

/* Strands as contexts own them: addresses far from each other, few threads. */
static prof_strand *
add_many(fixture *test, uint32_t count)
{
    prof_strand *strands = calloc(count, sizeof(*strands));
    assert_non_null(strands);
    for (uint32_t i = 0; i < count; i++) {
        add(test, &strands[i], 4096 + 48 * (uint64_t)i, i % 7);
    }
    return strands;
}

static void
a_strand_is_found_by_owner_and_thread(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    prof_strand one = {0};
    prof_strand two = {0};
    prof_strand three = {0};
    add(&test, &one, 4096, 1);
    add(&test, &two, 4096, 2);
    add(&test, &three, 8192, 1);
    assert_ptr_equal(find(&test, 4096, 1), &one);
    assert_ptr_equal(find(&test, 4096, 2), &two);
    assert_ptr_equal(find(&test, 8192, 1), &three);
    assert_null(find(&test, 8192, 2));
    prof__strand_index_remove(&test.index, &one);
    assert_null(find(&test, 4096, 1));
    assert_ptr_equal(find(&test, 4096, 2), &two);
    assert_int_equal(test.index.count, 2);
    assert_int_equal(test.memory.calls, 0); /* few strands take no memory */
    end(&test);
}

static void
nested_sessions_have_a_strand_each(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    prof_strand strands[3] = {{0}};
    for (size_t i = 0; i < COUNT_OF(strands); i++) {
        add(&test, &strands[i], 4096, 1);
    }
    unsigned seen = 0;
    for (prof_strand *strand = find(&test, 4096, 1); strand != NULL;
         strand = prof__strand_index_next(strand)) {
        seen |= 1u << (strand - strands);
    }
    assert_int_equal(seen, 7);
    prof__strand_index_remove(&test.index, &strands[1]);
    prof_strand *first = find(&test, 4096, 1);
    prof_strand *second = prof__strand_index_next(first);
    assert_true(first != &strands[1] && second != &strands[1] && first != second);
    assert_null(prof__strand_index_next(second));
    end(&test);
}

static uint32_t
longest_chain(const prof__strand_index *index)
{
    uint32_t longest = 0;
    for (uint32_t i = 0; i <= index->mask; i++) {
        uint32_t length = 0;
        prof_strand *strand = index->slots == NULL ? index->first[i] : index->slots[i];
        for (; strand != NULL; strand = strand->beside) {
            length++;
        }
        longest = length > longest ? length : longest;
    }
    return longest;
}

static void
nothing_is_searched_among_thousands(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    fixture test;
    start(&test);
    prof_strand *strands = add_many(&test, COUNT);
    assert_true(longest_chain(&test.index) < 12);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_ptr_equal(find(&test, strands[i].owner, strands[i].thread), &strands[i]);
    }
    for (uint32_t i = 0; i < COUNT; i += 2) {
        prof__strand_index_remove(&test.index, &strands[i]);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        prof_strand *found = find(&test, strands[i].owner, strands[i].thread);
        assert_ptr_equal(found, i % 2 == 0 ? NULL : &strands[i]);
    }
    assert_int_equal(test.memory.live, 1); /* tables that were outgrown are given back */
    free(strands);
    end(&test);
}

static void
without_memory_it_only_gets_slower(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    fixture test;
    start(&test);
    test.memory.fail_at = 2;
    test.memory.fail_after = true;
    prof_strand *strands = add_many(&test, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_ptr_equal(find(&test, strands[i].owner, strands[i].thread), &strands[i]);
        prof__strand_index_remove(&test.index, &strands[i]);
        assert_null(find(&test, strands[i].owner, strands[i].thread));
    }
    assert_int_equal(test.index.count, 0);
    free(strands);
    end(&test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_strand_is_found_by_owner_and_thread),
        cmocka_unit_test(nested_sessions_have_a_strand_each),
        cmocka_unit_test(nothing_is_searched_among_thousands),
        cmocka_unit_test(without_memory_it_only_gets_slower),
    };
    return cmocka_run_group_tests_name("strand_index", tests, NULL, NULL);
}
