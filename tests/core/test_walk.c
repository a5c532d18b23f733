/* SPDX-License-Identifier: MIT */
#include "support/build.h"
#include "support/heap.h"

#include "walk.h"

/* "+name" for each entering, "-name" for each leaving, with the depth behind it. */
static void
describe(const prof_profile *profile, char *text, size_t size)
{
    prof__walk walk;
    size_t used = 0;
    assert_int_equal(prof__walk_init(&walk, profile), PROF_OK);
    while (prof__walk_next(&walk)) {
        const char *name = profile->frames[profile->nodes[walk.node].frame].name;
        used += (size_t)snprintf(text + used, size - used, "%c%s%u ", walk.entering ? '+' : '-',
                                 name, walk.depth);
    }
    assert_false(prof__walk_next(&walk));
    prof__walk_deinit(&walk);
}

static void
children_come_in_the_order_of_their_indices(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a"}, {.path = "b"}, {.path = "a/c"}, {.path = "a/a"}};
    prof_profile *profile = BUILD(rows);
    char text[200];
    describe(profile, text, sizeof(text));
    assert_string_equal(text, "+<root>0 +a1 +c2 -c2 +a2 -a2 -a1 +b1 -b1 -<root>0 ");
    prof_profile_destroy(profile);
}

static void
a_root_alone_is_entered_and_left(void **state)
{
    (void)state;
    static const row rows[] = {{.path = ""}};
    prof_profile *profile = BUILD(rows);
    char text[200];
    describe(profile, text, sizeof(text));
    assert_string_equal(text, "+<root>0 -<root>0 ");
    prof_profile_destroy(profile);
}

static void
depth_costs_no_stack(void **state)
{
    (void)state;
    const uint32_t depth = 200000;
    prof_profile *profile = build_recursion(depth);
    prof__walk walk;
    uint32_t deepest = 0;
    uint32_t steps = 0;
    assert_int_equal(prof__walk_init(&walk, profile), PROF_OK);
    for (; prof__walk_next(&walk); steps++) {
        deepest = walk.depth > deepest ? walk.depth : deepest;
    }
    prof__walk_deinit(&walk);
    assert_int_equal(deepest, depth);
    assert_int_equal(steps, 2 * (depth + 1));
    prof_profile_destroy(profile);
}

static prof_status
walk_once(void *context)
{
    prof__walk walk;
    prof_status status = prof__walk_init(&walk, context);
    prof__walk_deinit(&walk);
    return status;
}

static void
no_memory_is_reported(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a"}};
    prof_profile *profile = BUILD(rows);
    assert_int_equal(heap_sweep(walk_once, profile), 1);
    prof_profile_destroy(profile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_come_in_the_order_of_their_indices),
        cmocka_unit_test(a_root_alone_is_entered_and_left),
        cmocka_unit_test(depth_costs_no_stack),
        cmocka_unit_test(no_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
