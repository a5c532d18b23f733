/* SPDX-License-Identifier: MIT */
#include "support/build.h"
#include "support/heap.h"

#include "paths.h"

static void
each_node_comes_with_its_path(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a"}, {.path = "a/b"}, {.path = "a/b/a"}, {.path = "b"}};
    static const char *const want[] = {"/<root>", "/<root>/a", "/<root>/a/b", "/<root>/a/b/a",
                                       "/<root>/b"};
    prof_profile *profile = BUILD(rows);
    prof__paths paths;
    assert_int_equal(prof__paths_init(&paths, profile), PROF_OK);
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        char text[100] = "";
        assert_true(prof__paths_next(&paths));
        for (uint32_t j = 0; j < paths.length; j++) {
            strcat(text, "/");
            strcat(text, profile->frames[paths.frames[j]].name);
        }
        assert_string_equal(text, want[i]);
        assert_int_equal(paths.node->frame, paths.frames[paths.length - 1]);
    }
    assert_false(prof__paths_next(&paths));
    prof__paths_deinit(&paths);
    prof_profile_destroy(profile);
}

static prof_status
init_once(void *context)
{
    prof__paths paths;
    prof_status status = prof__paths_init(&paths, context);
    prof__paths_deinit(&paths);
    return status;
}

static void
no_memory_is_reported(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a"}};
    prof_profile *profile = BUILD(rows);
    assert_int_equal(heap_sweep(init_once, profile), 2);
    prof_profile_destroy(profile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_node_comes_with_its_path),
        cmocka_unit_test(no_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
