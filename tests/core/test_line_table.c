/* SPDX-License-Identifier: MIT */
#include "line_table.h"

#include "large.h"
#include "support/build.h"
#include "support/heap.h"

/* ---- the table ---------------------------------------------------------------------------------- */

static void
an_empty_table_has_no_memory(void **state)
{
    (void)state;
    prof__line_table table;
    uint32_t count = 99;
    prof__line_table_init(&table, 5);
    assert_null(table.rows);
    assert_null(table.slots.index);
    assert_null(prof__line_table_take(&table, NULL, &count));
    assert_int_equal(count, 0);
    prof__line_table_deinit(&table);
}

/* Past several rehashings, every row is still found, and all are in the order in which they came. */
static void
many_lines_are_found_again(void **state)
{
    (void)state;
    const uint32_t frames = 50;
    const uint32_t lines = 5000;
    prof__line_table table;
    prof__line_table_init(&table, 0x12345678);
    for (uint64_t round = 1; round <= 2; round++) {
        for (uint32_t i = 0; i < lines; i++) {
            const prof_line line = {
                .frame = 1 + i % frames, .line = i / frames, .samples = round, .total_cpu_ns = i};
            assert_int_equal(prof__line_table_add(&table, &line), PROF_OK);
            assert_int_equal(table.count, round == 1 ? i + 1 : lines);
        }
    }
    for (uint32_t i = 0; i < lines; i++) {
        assert_int_equal(table.rows[i].frame, 1 + i % frames);
        assert_int_equal(table.rows[i].line, i / frames);
        assert_int_equal(table.rows[i].samples, 3);
        assert_int_equal(table.rows[i].total_cpu_ns, 2 * i);
    }
    prof__line_table_deinit(&table);
}

static void
rows_are_taken_with_new_numbers(void **state)
{
    (void)state;
    static const uint32_t number[] = {0, 2, 0, 1};
    static const prof_line lines[] = {
        {.frame = 3, .line = 5}, {.frame = 2, .line = 6}, {.frame = 1, .line = 7}};
    prof__line_table table;
    uint32_t count = 0;
    prof__line_table_init(&table, 1);
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_int_equal(prof__line_table_add(&table, &lines[i]), PROF_OK);
    }
    prof_line *rows = prof__line_table_take(&table, number, &count);
    assert_int_equal(count, 2);
    assert_line(&rows[0], 1, 5, 0);
    assert_line(&rows[1], 2, 7, 0);
    prof__large_free(rows);
    assert_int_equal(table.count, 0);

    /* It can be filled again. Now all that it has goes with its frame. */
    assert_int_equal(prof__line_table_add(&table, &lines[1]), PROF_OK);
    assert_null(prof__line_table_take(&table, number, &count));
    assert_int_equal(count, 0);
    assert_null(table.rows);
}

static prof_status
add_next(void *context)
{
    prof__line_table *table = context;
    uint32_t before = table->count;
    const prof_line line = {.frame = 1, .line = before, .samples = 4};
    prof_status status = prof__line_table_add(table, &line);
    assert_int_equal(table->count, before + (status == PROF_OK));
    return status;
}

static void
a_failure_leaves_the_table_whole(void **state)
{
    (void)state;
    prof__line_table table;
    uint64_t allocations = 0;
    prof__line_table_init(&table, 1);
    for (uint32_t i = 0; i < 200; i++) {
        allocations += heap_sweep(add_next, &table);
    }
    assert_int_equal(allocations, 6); /* rows and slots: made for 64, and grown twice */
    assert_int_equal(table.count, 200);
    for (uint32_t i = 0; i < 200; i++) {
        assert_int_equal(table.rows[i].line, i);
        assert_int_equal(table.rows[i].samples, 4);
    }
    prof__line_table_deinit(&table);
}

/* ---- lines of a builder ------------------------------------------------------------------------- */

static void
values_of_a_line_add_up(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "a/b");
    build_line(builder, "b", 7, 1);
    build_line(builder, "a", 7, 20);
    build_line(builder, "b", 0, 300);
    build_line(builder, "b", 7, 4000);
    assert_int_equal(prof__builder_line_count(builder), 3);
    prof_profile *profile = build_finish(builder);
    const prof_line *lines = prof_profile_lines(profile);
    assert_int_equal(prof_profile_line_count(profile), 3);
    assert_line(&lines[0], 2, 7, 4001);
    assert_line(&lines[1], 1, 7, 20);
    assert_line(&lines[2], 2, 0, 300);
    prof_profile_destroy(profile);
}

static void
a_profile_without_lines_has_no_array(void **state)
{
    (void)state;
    static const row rows[] = {{.path = "a"}};
    prof_profile *profile = BUILD(rows);
    assert_int_equal(prof_profile_line_count(profile), 0);
    assert_null(prof_profile_lines(profile));
    prof_profile_destroy(profile);
}

static void
lines_need_a_frame_that_is_there_and_no_root(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    uint32_t frame = build_frame(builder, "a", 1);
    const prof_line bad[] = {{.frame = 0}, {.frame = frame + 1}, {.frame = UINT32_MAX}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(prof__builder_line(builder, &bad[i]), PROF_BAD_ARGUMENT);
    }
    assert_int_equal(prof__builder_line_count(builder), 0);
    prof__builder_destroy(builder);
}

static void
values_stop_at_the_largest_that_a_double_holds(void **state)
{
    (void)state;
    static const prof_line lines[] = {
        {1, 1, UINT64_MAX, PROF__MAX_VALUE, 1, PROF__MAX_VALUE - 1, 2},
        {1, 1, UINT64_MAX, 1, PROF__MAX_VALUE, 1, UINT64_MAX},
        {1, 2, UINT64_MAX, 0, 0, 0, 0},
    };
    prof__builder *builder = prof__builder_create(0, 0);
    (void)build_path(builder, "a");
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_int_equal(prof__builder_line(builder, &lines[i]), PROF_OK);
    }
    prof_profile *profile = build_finish(builder);
    const prof_line *line = prof_profile_lines(profile);
    assert_int_equal(line->samples, PROF__MAX_VALUE);
    assert_int_equal(line->self_wall_ns, PROF__MAX_VALUE);
    assert_int_equal(line->self_cpu_ns, PROF__MAX_VALUE);
    assert_int_equal(line->total_wall_ns, PROF__MAX_VALUE);
    assert_int_equal(line->total_cpu_ns, PROF__MAX_VALUE);
    assert_int_equal(line[1].samples, PROF__MAX_VALUE); /* the first value is cut, too */
    prof_profile_destroy(profile);
}

static void
lines_go_with_frames_that_have_no_node(void **state)
{
    (void)state;
    prof__builder *builder = prof__builder_create(0, 0);
    build_line(builder, "unused", 3, 1);
    (void)build_path(builder, "a");
    build_line(builder, "too", 4, 1);
    (void)build_path(builder, "a/b");
    build_line(builder, "b", 5, 6);
    build_line(builder, "a", 3, 7);
    prof_profile *profile = build_finish(builder);
    assert_int_equal(prof_profile_line_count(profile), 2);
    assert_line(&prof_profile_lines(profile)[0], 2, 5, 6);
    assert_line(&prof_profile_lines(profile)[1], 1, 3, 7);
    assert_string_equal(prof_profile_frames(profile)[2].name, "b");
    prof_profile_destroy(profile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_table_has_no_memory),
        cmocka_unit_test(many_lines_are_found_again),
        cmocka_unit_test(rows_are_taken_with_new_numbers),
        cmocka_unit_test(a_failure_leaves_the_table_whole),
        cmocka_unit_test(values_of_a_line_add_up),
        cmocka_unit_test(a_profile_without_lines_has_no_array),
        cmocka_unit_test(lines_need_a_frame_that_is_there_and_no_root),
        cmocka_unit_test(values_stop_at_the_largest_that_a_double_holds),
        cmocka_unit_test(lines_go_with_frames_that_have_no_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
