/* SPDX-License-Identifier: MIT */
#include "sample.h"
#include "support/harness.h"
#include "support/heap.h"

/* Keys of these tests: a letter and a line, in which the letter's frame runs. */
#define KEY(letter, line) (UINT64_C(4096) * (letter) + (line))
#define LINE_OF(key) ((uint32_t)((key) % 4096))
#define LETTER_OF(key) ((uint32_t)((key) / 4096))

typedef struct recording {
    harness test;
    prof__path path;
    uint32_t frames['z' + 1];
    const uint64_t *keys;
} recording;

static prof__place
find_place(void *context, uint32_t index)
{
    const recording *record = context;
    uint64_t key = record->keys[index];
    return (prof__place){record->frames[LETTER_OF(key)], LINE_OF(key)};
}

static void
start(recording *record)
{
    prof__tree *tree;
    *record = (recording){0};
    harness_start(&record->test, 1.0, 0, 0);
    assert_int_equal(prof__session_add_tree(record->test.session, &tree), PROF_OK);
    record->test.session->sampled = true;
    for (char letter = 'a'; letter < 'z'; letter++) {
        record->frames[(int)letter] =
            harness_frame_of(&record->test, (const char[]){letter, '\0'}, PROF_KIND_PYTHON);
    }
    record->frames['z'] = PROF__FRAME_HIDDEN;
}

/* A stack, the innermost frame first, ended by 0. */
static void
add(recording *record, const uint64_t *keys, uint64_t wall, uint64_t cpu)
{
    uint32_t depth = 0;
    while (keys[depth] != 0) {
        depth++;
    }
    const prof__sample sample = {.keys = keys, .depth = depth, .wall_ns = wall, .cpu_ns = cpu};
    record->keys = keys;
    prof__sample_add(record->test.session, &sample, &record->path, 0, find_place, record);
    fake_clock_run(&record->test.clock, wall);
}

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
    recording record;
    start(&record);
    add(&record, (const uint64_t[]){KEY('a', 1), 0}, 10, 5);
    add(&record, (const uint64_t[]){KEY('a', 2), 0}, 20, 10);
    add(&record, (const uint64_t[]){KEY('b', 7), KEY('a', 2), 0}, 40, 20);
    add(&record, (const uint64_t[]){KEY('b', 8), KEY('a', 3), 0}, 80, 40);
    add(&record, (const uint64_t[]){KEY('b', 7), KEY('a', 3), 0}, 160, 80);
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
    recording record;
    start(&record);
    add(&record, (const uint64_t[]){KEY('a', 9), KEY('a', 2), KEY('a', 2), KEY('a', 3), 0}, 10, 5);
    add(&record, (const uint64_t[]){KEY('a', 2), KEY('a', 9), KEY('a', 2), 0}, 20, 10);
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
    recording record;
    start(&record);
    add(&record, (const uint64_t[]){KEY('d', 1), KEY('z', 5), KEY('c', 8), 0}, 2, 1);
    add(&record, (const uint64_t[]){KEY('z', 5), KEY('c', 8), 0}, 10, 10);
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
    recording record;
    start(&record);
    add(&record, (const uint64_t[]){KEY('a', 0), KEY('b', 4), 0}, 10, 5);
    const prof_profile *profile = harness_stop(&record.test);
    assert_line(profile, 'b', 4, 0, 0, 10);
    assert_int_equal(prof_profile_line_count(profile), 1);
    harness_end(&record.test);
}

static prof_status
snapshot(void *context)
{
    prof_profile *profile = NULL;
    prof_status status = prof__snapshot(context, &profile);
    prof_profile_destroy(profile);
    return status;
}

static void
no_memory_for_lines_is_reported(void **state)
{
    (void)state;
    recording record;
    start(&record);
    add(&record, (const uint64_t[]){KEY('a', 1), KEY('b', 4), 0}, 10, 5);
    assert_true(heap_sweep(snapshot, record.test.session) > 10);
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
