/* SPDX-License-Identifier: MIT */
#include "support/heap.h"
#include "support/sampling.h"

static prof_line
line_of(const prof_profile *profile, char letter, uint32_t line)
{
    for (uint32_t i = 0; i < prof_profile_line_count(profile); i++) {
        const prof_line *found = &prof_profile_lines(profile)[i];
        if (prof_profile_frames(profile)[found->frame].name[0] == letter && found->line == line) {
            return *found;
        }
    }
    fail_msg("no line %u of %c", line, letter);
    return (prof_line){0};
}

static void
assert_line(const prof_profile *profile, char letter, uint32_t line, uint64_t samples,
            uint64_t self, uint64_t total)
{
    prof_line found = line_of(profile, letter, line);
    assert_int_equal(found.samples, samples);
    assert_int_equal(found.self_wall_ns, self);
    assert_int_equal(found.total_wall_ns, total);
    assert_int_equal(found.self_cpu_ns, self / 2);
    assert_int_equal(found.total_cpu_ns, total / 2);
}

static void
time_is_at_the_lines_that_ran(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    sampling_add(&record, (const uint64_t[]){KEY('a', 1), 0}, 10, 5);
    sampling_add(&record, (const uint64_t[]){KEY('a', 2), 0}, 20, 10);
    sampling_add(&record, (const uint64_t[]){KEY('b', 7), KEY('a', 2), 0}, 40, 20);
    sampling_add(&record, (const uint64_t[]){KEY('b', 8), KEY('a', 3), 0}, 80, 40);
    sampling_add(&record, (const uint64_t[]){KEY('b', 7), KEY('a', 3), 0}, 160, 80);
    const prof_profile *profile = harness_stop(&record.test);
    assert_line(profile, 'a', 1, 1, 10, 10);
    assert_line(profile, 'a', 2, 1, 20, 60);
    assert_line(profile, 'a', 3, 0, 0, 240);
    assert_line(profile, 'b', 7, 2, 200, 200);
    assert_line(profile, 'b', 8, 1, 80, 80);
    assert_int_equal(prof_profile_line_count(profile), 5);
    assert_int_equal(prof_profile_node_count(profile), 3); /* lines are no paths */
    harness_end(&record.test);
}

static void
a_recursion_counts_once_in_the_total_of_its_line(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    sampling_add(&record, (const uint64_t[]){KEY('a', 9), KEY('a', 2), KEY('a', 2), KEY('a', 3), 0},
                 10, 5);
    sampling_add(&record, (const uint64_t[]){KEY('a', 2), KEY('a', 9), KEY('a', 2), 0}, 20, 10);
    const prof_profile *profile = harness_stop(&record.test);
    assert_line(profile, 'a', 9, 1, 10, 30);
    assert_line(profile, 'a', 2, 1, 20, 30);
    assert_line(profile, 'a', 3, 0, 0, 10);
    harness_end(&record.test);
}

static void
lines_of_the_profiler_do_not_show_and_what_it_computes_is_nobodys(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    sampling_add(&record, (const uint64_t[]){KEY('d', 1), KEY('z', 5), KEY('c', 8), 0}, 2, 1);
    sampling_add(&record, (const uint64_t[]){KEY('z', 5), KEY('c', 8), 0}, 10, 10);
    const prof_profile *profile = harness_stop(&record.test);
    assert_line(profile, 'c', 8, 0, 0, 2);
    assert_line(profile, 'd', 1, 1, 2, 2);
    assert_int_equal(prof_profile_line_count(profile), 2);
    harness_end(&record.test);
}

static void
an_unknown_line_has_no_row(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    sampling_add(&record, (const uint64_t[]){KEY('a', 0), KEY('b', 4), 0}, 10, 5);
    const prof_profile *profile = harness_stop(&record.test);
    assert_line(profile, 'b', 4, 0, 0, 10);
    assert_int_equal(prof_profile_line_count(profile), 1);
    harness_end(&record.test);
}

static void
no_memory_for_lines_is_reported(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    sampling_add(&record, (const uint64_t[]){KEY('a', 1), KEY('b', 4), 0}, 10, 5);
    assert_true(heap_sweep(sampling_snapshot, record.test.session) > 10);
    harness_end(&record.test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_is_at_the_lines_that_ran),
        cmocka_unit_test(a_recursion_counts_once_in_the_total_of_its_line),
        cmocka_unit_test(lines_of_the_profiler_do_not_show_and_what_it_computes_is_nobodys),
        cmocka_unit_test(an_unknown_line_has_no_row),
        cmocka_unit_test(no_memory_for_lines_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
