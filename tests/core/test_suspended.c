/* SPDX-License-Identifier: MIT */
#include "support/test_memory.h"
#include "support/testing.h"
#include "suspended.h"

#define LIMIT 65536u

typedef struct fixture {
    test_memory memory;
    prof__arena arena;
    prof__suspended suspended;
    prof__cct_node node;
    prof__cct_node other;
} fixture;

static void
start(fixture *test)
{
    *test = (fixture){0};
    prof_memory memory = test_memory_source(&test->memory);
    prof__arena_init(&test->arena, &memory);
    prof__suspended_init(&test->suspended, &test->arena);
}

static void
end(fixture *test)
{
    prof__arena_deinit(&test->arena);
    assert_int_equal(test->memory.live, 0);
}

static void
put(fixture *test, uint64_t identity, uint64_t now)
{
    assert_true(prof__suspended_put(&test->suspended, identity, &test->node, now));
}

static void
take(fixture *test, uint64_t identity, uint64_t now)
{
    uint64_t gap;
    prof__cct_node *node = prof__suspended_take(&test->suspended, identity, now, &gap);
    if (node != NULL) {
        node->wall += gap;
    }
}

static void
the_gap_is_added_to_the_node_that_awaited(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    put(&test, 64, 1000);
    assert_true(prof__suspended_put(&test.suspended, 128, &test.other, 1100));
    take(&test, 64, 1500);
    take(&test, 128, 1101);
    assert_int_equal(test.node.wall, 500);
    assert_int_equal(test.other.wall, 1);
    put(&test, 64, 2000);
    take(&test, 64, 2030);
    assert_int_equal(test.node.wall, 530);
    end(&test);
}

static void
a_resumption_without_suspension_is_nothing(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    take(&test, 64, 1000);
    assert_int_equal(test.memory.calls, 0); /* programs without coroutines pay nothing */
    put(&test, 64, 1000);
    take(&test, 128, 2000);
    take(&test, 64, 1010);
    take(&test, 64, 9000);
    assert_int_equal(test.node.wall, 10);
    end(&test);
}

static void
a_suspension_at_the_beginning_of_time_counts(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    put(&test, 64, 0);
    take(&test, 64, 7);
    assert_int_equal(test.node.wall, 7);
    end(&test);
}

static void
time_that_runs_back_adds_nothing(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    put(&test, 64, 1000);
    take(&test, 64, 999);
    assert_int_equal(test.node.wall, 0);
    end(&test);
}

/* A coroutine was dropped; the next one lives at its address. */
static void
a_second_suspension_replaces_the_first(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    put(&test, 64, 1000);
    assert_true(prof__suspended_put(&test.suspended, 64, &test.other, 5000));
    take(&test, 64, 5001);
    assert_int_equal(test.node.wall, 0);
    assert_int_equal(test.other.wall, 1);
    assert_int_equal(test.suspended.count, 0);
    end(&test);
}

static void
the_table_grows_up_to_its_limit(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    for (uint64_t i = 1; i <= LIMIT; i++) {
        put(&test, i * 48, i);
    }
    assert_false(prof__suspended_put(&test.suspended, (LIMIT + 1) * 48, &test.node, 1));
    put(&test, 48, 2); /* one that is there needs no room */
    take(&test, 96, 12);
    assert_int_equal(test.node.wall, 10);
    put(&test, (LIMIT + 1) * 48, 1);
    for (uint64_t i = 3; i <= LIMIT; i++) {
        take(&test, i * 48, i + 1);
    }
    assert_int_equal(test.node.wall, 10 + LIMIT - 2);
    assert_int_equal(test.suspended.count, 2);
    end(&test);
}

/* A server makes a coroutine per request, each at an address of its own. */
static void
resumed_coroutines_leave_no_trace(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    for (uint64_t i = 1; i <= 4 * LIMIT; i++) {
        put(&test, i * 48, i);
        take(&test, i * 48, i + 1);
    }
    assert_int_equal(test.node.wall, 4 * LIMIT);
    assert_int_equal(test.memory.calls, 1);
    end(&test);
}

/* Against a plain array, with identities so few and a table so full that probes collide and wrap. */
static void
any_order_of_events_is_kept_apart(void **state)
{
    (void)state;
    enum { IDENTITIES = 31, EVENTS = 200000 };
    uint64_t since[IDENTITIES] = {0};
    prof__cct_node nodes[IDENTITIES] = {{0}};
    uint64_t await[IDENTITIES] = {0};
    fixture test;
    start(&test);
    uint64_t random = 42;
    for (uint64_t now = 1; now <= EVENTS; now++) {
        uint32_t i = random_below(&random, IDENTITIES);
        if (random_below(&random, 2) == 0) {
            since[i] = now;
            assert_true(prof__suspended_put(&test.suspended, 16 * (i + 1), &nodes[i], now));
        } else {
            await[i] += since[i] == 0 ? 0 : now - since[i];
            since[i] = 0;
            take(&test, 16 * (i + 1), now);
        }
        assert_int_equal(nodes[i].wall, await[i]);
    }
    assert_int_equal(test.memory.calls, 1);
    end(&test);
}

static void
without_memory_only_await_time_is_lost(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    test.memory.fail_at = 1;
    assert_false(prof__suspended_put(&test.suspended, 64, &test.node, 10));
    take(&test, 64, 20);
    put(&test, 64, 30); /* the next one works again */
    take(&test, 64, 31);
    assert_int_equal(test.node.wall, 1);
    end(&test);
}

static void
a_table_that_cannot_grow_keeps_what_it_has(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    uint64_t last = 0;
    test.memory.fail_at = 2;
    test.memory.fail_after = true;
    while (prof__suspended_put(&test.suspended, (last + 1) * 48, &test.node, 5)) {
        last++;
    }
    assert_true(last > 100);
    for (uint64_t i = 1; i <= last; i++) {
        take(&test, i * 48, 6);
    }
    assert_int_equal(test.node.wall, last);
    end(&test);
}

static bool
below_1000(uint64_t identity, uint64_t key)
{
    assert_int_equal(key, 4096);
    return identity < 1000;
}

/* With a table so full that taking one out moves others. */
static void
what_is_over_unseen_is_forgotten_and_counted(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    test.node.key = 4096;
    for (uint64_t i = 1; i <= 62; i++) {
        put(&test, i * 32, 10);
    }
    prof__suspended_sift(&test.suspended, below_1000);
    assert_int_equal(test.suspended.count, 31);
    assert_int_equal(test.suspended.lost, 31);
    for (uint64_t i = 1; i <= 62; i++) {
        take(&test, i * 32, 11);
    }
    assert_int_equal(test.node.wall, 31);
    end(&test);
}

static void
the_end_of_the_session_is_that_of_all_suspensions(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    prof__cct cct;
    assert_int_equal(prof__cct_init(&cct, &test.arena, 10), PROF_OK);
    prof__cct_node *node = prof__cct_add(&cct, cct.root, 4096, 1);
    assert_true(prof__suspended_put(&test.suspended, 64, node, 1000));
    assert_true(prof__suspended_put(&test.suspended, 128, node, 1500));
    assert_true(prof__suspended_put(&test.suspended, 192, cct.root, 2001)); /* by another core */
    prof__suspended_end(&test.suspended, &cct, 2000);
    assert_int_equal(prof__cct_find(&cct, node, PROF__KEY_AWAIT)->wall, 1500);
    assert_null(prof__cct_find(&cct, cct.root, PROF__KEY_AWAIT));
    assert_int_equal(test.suspended.lost, 0);
    prof__cct_deinit(&cct);
    end(&test);
}

static void
what_ended_unseen_is_counted(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    put(&test, 64, 1);
    put(&test, 64, 2);
    assert_int_equal(test.suspended.lost, 1);
    prof__suspended_drop(&test.suspended, 64);
    prof__suspended_drop(&test.suspended, 64);
    prof__suspended_drop(&test.suspended, 128);
    assert_int_equal(test.suspended.lost, 2);
    for (uint64_t i = 1; i <= LIMIT; i++) {
        put(&test, i * 48, i);
    }
    for (uint64_t i = LIMIT + 1; i <= LIMIT + 5; i++) {
        assert_false(prof__suspended_put(&test.suspended, i * 48, &test.node, i));
    }
    assert_int_equal(test.suspended.lost, 7);
    end(&test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gap_is_added_to_the_node_that_awaited),
        cmocka_unit_test(a_resumption_without_suspension_is_nothing),
        cmocka_unit_test(a_suspension_at_the_beginning_of_time_counts),
        cmocka_unit_test(time_that_runs_back_adds_nothing),
        cmocka_unit_test(a_second_suspension_replaces_the_first),
        cmocka_unit_test(the_table_grows_up_to_its_limit),
        cmocka_unit_test(resumed_coroutines_leave_no_trace),
        cmocka_unit_test(any_order_of_events_is_kept_apart),
        cmocka_unit_test(without_memory_only_await_time_is_lost),
        cmocka_unit_test(a_table_that_cannot_grow_keeps_what_it_has),
        cmocka_unit_test(what_is_over_unseen_is_forgotten_and_counted),
        cmocka_unit_test(the_end_of_the_session_is_that_of_all_suspensions),
        cmocka_unit_test(what_ended_unseen_is_counted),
    };
    return cmocka_run_group_tests_name("suspended", tests, NULL, NULL);
}
