/* SPDX-License-Identifier: MIT */
#include "cct.h"
#include "support/test_memory.h"
#include "support/testing.h"

typedef struct fixture {
    test_memory memory;
    prof__arena arena;
    prof__cct cct;
} fixture;

static void
start(fixture *test, uint32_t max_nodes)
{
    *test = (fixture){0};
    prof_memory memory = test_memory_source(&test->memory);
    prof__arena_init(&test->arena, &memory);
    assert_int_equal(prof__cct_init(&test->cct, &test->arena, max_nodes), PROF_OK);
}

static void
end(fixture *test)
{
    prof__cct_deinit(&test->cct);
    prof__arena_deinit(&test->arena);
    assert_int_equal(test->memory.live, 0);
    assert_int_equal(test->memory.bytes, 0);
    assert_false(test->memory.odd_size);
}

static prof__cct_node *
find_or_add(fixture *test, prof__cct_node *parent, uint64_t key)
{
    prof__cct_node *node = prof__cct_child(&test->cct, parent, key);
    if (node == NULL) {
        node = prof__cct_add(&test->cct, parent, key, (uint32_t)key);
    }
    assert_non_null(node);
    assert_ptr_equal(node->parent, parent);
    return node;
}

static void
a_new_tree_is_its_root(void **state)
{
    (void)state;
    fixture test;
    start(&test, 10);
    assert_int_equal(test.cct.count, 1);
    assert_null(test.cct.root->parent);
    prof__cct_iterator nodes = prof__cct_iterate(&test.cct);
    assert_ptr_equal(prof__cct_next(&nodes), test.cct.root);
    assert_null(prof__cct_next(&nodes));
    assert_null(prof__cct_next(&nodes));
    assert_int_equal(test.cct.root->frame_id, PROF__FRAME_ROOT);
    assert_null(prof__cct_child(&test.cct, test.cct.root, 100));
    end(&test);
}

static void
a_node_is_a_path(void **state)
{
    (void)state;
    fixture test;
    start(&test, 100);
    prof__cct_node *a = find_or_add(&test, test.cct.root, 100);
    prof__cct_node *b = find_or_add(&test, test.cct.root, 200);
    prof__cct_node *under_a = find_or_add(&test, a, 300);
    prof__cct_node *under_b = find_or_add(&test, b, 300);
    prof__cct_node *recursive = find_or_add(&test, a, 100);
    assert_ptr_not_equal(under_a, under_b);
    assert_ptr_not_equal(recursive, a);
    assert_int_equal(under_a->frame_id, 300);
    assert_ptr_equal(find_or_add(&test, test.cct.root, 100), a);
    assert_ptr_equal(find_or_add(&test, a, 300), under_a);
    assert_ptr_equal(find_or_add(&test, b, 300), under_b);
    assert_ptr_equal(find_or_add(&test, a, 100), recursive);
    assert_int_equal(test.cct.count, 6);
    end(&test);
}

static void
the_child_found_last_is_remembered(void **state)
{
    (void)state;
    fixture test;
    start(&test, 100);
    prof__cct_node *a = find_or_add(&test, test.cct.root, 100);
    assert_ptr_equal(test.cct.root->last, a);
    prof__cct_node *b = find_or_add(&test, test.cct.root, 200);
    assert_ptr_equal(test.cct.root->last, b);
    (void)find_or_add(&test, test.cct.root, 100);
    assert_ptr_equal(test.cct.root->last, a);
    assert_null(prof__cct_child(&test.cct, test.cct.root, 300));
    assert_ptr_equal(test.cct.root->last, a);
    end(&test);
}

/* Paths drawn at random; the list of nodes must name each once, parents first. */
static void
large_trees_keep_all_paths(void **state)
{
    (void)state;
    enum { NODES = 50000 };
    static prof__cct_node *nodes[NODES];
    fixture test;
    start(&test, NODES + 1);
    uint64_t random = 7;
    nodes[0] = test.cct.root;
    for (uint32_t i = 1; i < NODES; i++) {
        nodes[i] = prof__cct_add(&test.cct, nodes[random_below(&random, i)], 16 * (i + 1), i);
        assert_non_null(nodes[i]);
    }
    for (uint32_t i = 1; i < NODES; i++) {
        assert_ptr_equal(prof__cct_find(&test.cct, nodes[i]->parent, 16 * (i + 1)), nodes[i]);
    }
    uint32_t count = 0;
    prof__cct_iterator all = prof__cct_iterate(&test.cct);
    for (prof__cct_node *node; (node = prof__cct_next(&all)) != NULL;) {
        node->index = count;
        assert_ptr_equal(node, nodes[count++]);
        assert_true(node->parent == NULL || node->parent->index < node->index);
    }
    assert_int_equal(count, NODES);
    assert_true(test.memory.bytes < (size_t)NODES * 96 + ((size_t)4 << 20));
    end(&test);
}

static void
new_paths_past_the_limit_overflow(void **state)
{
    (void)state;
    fixture test;
    start(&test, 3);
    prof__cct_node *a = find_or_add(&test, test.cct.root, 100);
    prof__cct_node *b = find_or_add(&test, a, 200);
    prof__cct_node *lost = prof__cct_add(&test.cct, a, 300, 30);
    assert_int_equal(lost->key, PROF__KEY_OVERFLOW);
    assert_int_equal(lost->frame_id, PROF__FRAME_OVERFLOW);
    assert_ptr_equal(lost->parent, a);
    assert_ptr_equal(prof__cct_add(&test.cct, a, 400, 40), lost);
    assert_ptr_not_equal(prof__cct_add(&test.cct, b, 300, 30), lost);
    assert_ptr_equal(prof__cct_child(&test.cct, a, 200), b);
    assert_null(prof__cct_child(&test.cct, a, 300));
    assert_int_equal(test.cct.count, 5);
    assert_int_equal(test.cct.extra_count, 2);
    end(&test);
}

static void
a_full_tree_at_most_doubles(void **state)
{
    (void)state;
    enum { LIMIT = 2000 };
    static prof__cct_node *nodes[LIMIT];
    fixture test;
    start(&test, LIMIT);
    nodes[0] = test.cct.root;
    for (uint32_t i = 1; i < LIMIT; i++) {
        nodes[i] = prof__cct_add(&test.cct, nodes[i / 2], 16 * (i + 1), i);
    }
    size_t bytes = 0;
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < LIMIT; i++) {
            prof__cct_node *node = prof__cct_add(&test.cct, nodes[i], 1000000 + round, 5);
            assert_int_equal(node->key, PROF__KEY_OVERFLOW);
        }
        assert_true(round == 0 || test.memory.bytes == bytes);
        bytes = test.memory.bytes;
    }
    assert_int_equal(test.cct.count, 2 * LIMIT);
    end(&test);
}

static void
a_tree_without_memory_is_refused_whole(void **state)
{
    (void)state;
    for (uint64_t at = 1; at <= 2; at++) {
        test_memory counted = {.fail_at = at};
        prof_memory memory = test_memory_source(&counted);
        prof__arena arena;
        prof__cct cct;
        prof__arena_init(&arena, &memory);
        assert_int_equal(prof__cct_init(&cct, &arena, 10), PROF_NO_MEMORY);
        prof__arena_deinit(&arena);
        assert_int_equal(counted.live, 0);
    }
}

/* Adds again what failed; gives the number of failures. */
static int
fill(fixture *test, uint32_t nodes)
{
    int failures = 0;
    for (uint32_t i = 1; i < nodes; i++) {
        while (prof__cct_add(&test->cct, test->cct.root, 16 * (i + 1), i) == NULL) {
            assert_int_equal(test->cct.count, i);
            assert_null(prof__cct_find(&test->cct, test->cct.root, 16 * (i + 1)));
            failures++;
        }
    }
    return failures;
}

static void
a_failed_mapping_leaves_the_tree_as_it_was(void **state)
{
    (void)state;
    enum { NODES = 5000 };
    uint64_t at = 3; /* the first two were those of start */
    int failures;
    do {
        fixture test;
        start(&test, NODES);
        test.memory.fail_at = at++;
        failures = fill(&test, NODES);
        for (uint32_t i = 1; i < NODES; i++) {
            assert_non_null(prof__cct_find(&test.cct, test.cct.root, 16 * (i + 1)));
        }
        end(&test);
    } while (failures > 0);
    assert_true(at > 7);
}

/* Readings past their limit are not counted, and spoil nothing. */
static void
readings_are_counted_beside_calls(void **state)
{
    (void)state;
    prof__cct_node node = {.calls = 5};
    for (uint32_t i = 0; i < 3; i++) {
        prof__cct_count_reading(&node);
        prof__cct_count(&node, false);
    }
    assert_int_equal(prof__cct_readings(&node), 3);
    assert_int_equal(prof__cct_calls(&node), 8);
    const uint64_t most = (UINT64_C(1) << (64 - PROF__CALLS_BITS)) - 1;
    for (uint64_t i = 0; i < most; i++) {
        prof__cct_count_reading(&node);
    }
    assert_int_equal(prof__cct_readings(&node), most);
    assert_int_equal(prof__cct_calls(&node), 8);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_tree_is_its_root),
        cmocka_unit_test(a_node_is_a_path),
        cmocka_unit_test(the_child_found_last_is_remembered),
        cmocka_unit_test(large_trees_keep_all_paths),
        cmocka_unit_test(new_paths_past_the_limit_overflow),
        cmocka_unit_test(a_full_tree_at_most_doubles),
        cmocka_unit_test(a_tree_without_memory_is_refused_whole),
        cmocka_unit_test(a_failed_mapping_leaves_the_tree_as_it_was),
        cmocka_unit_test(readings_are_counted_beside_calls),
    };
    return cmocka_run_group_tests_name("cct", tests, NULL, NULL);
}
