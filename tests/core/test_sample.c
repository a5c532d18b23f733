/* SPDX-License-Identifier: MIT */
/* Where the time of samples goes. */
#include "profile.h"
#include "sample.h"
#include "support/sampling.h"

static const uint64_t nowhere[] = {0};
static const uint64_t in_c[] = {KEY('c', 1), 0};
static const uint64_t in_d_of_c[] = {KEY('d', 1), KEY('c', 1), 0};

static void
time_outside_of_samples_is_the_roots(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    (void)sampling_add_now(&record, in_c, 10, 4);
    (void)sampling_add_now(&record, nowhere, 20, 5);
    fake_clock_wait(&record.test.clock, 100);
    static const expected rows[] = {{"", 1, 90, 100, 5, 9}, {"c", 0, 10, 10, 4, 4}};
    ASSERT_NODES(harness_stop(&record.test), rows);
    assert_int_equal(record.test.profile->nodes[0].samples, 1);
    harness_end(&record.test);
}

/* Two threads ran at once. */
static void
more_time_than_passed_leaves_none_for_the_root(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    (void)sampling_add_now(&record, in_c, 100, 90);
    (void)sampling_add_now(&record, in_d_of_c, 100, 80);
    fake_clock_wait(&record.test.clock, 100);
    static const expected rows[] = {
        {"", 1, 0, 200, 0, 170}, {"c", 0, 100, 200, 90, 170}, {"c/d", 0, 100, 100, 80, 80}};
    ASSERT_NODES(harness_stop(&record.test), rows);
    assert_int_equal(record.test.profile->wall_ns, 100);
    assert_int_equal(record.test.profile->cpu_ns, 170);
    harness_end(&record.test);
}

/* What it cannot take is told, and may be offered again. */
static void
a_node_takes_no_more_cpu_time_than_wall_time(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    assert_int_equal(sampling_add_now(&record, in_c, 10, 12), 10);
    assert_int_equal(sampling_add_now(&record, in_c, 10, 2), 2);
    assert_int_equal(sampling_add_now(&record, in_c, 4, 20),
                     12); /* what earlier samples have left */
    assert_int_equal(sampling_add_now(&record, in_d_of_c, 10, 13), 10);
    fake_clock_wait(&record.test.clock, 34);
    static const expected rows[] = {
        {"", 1, 0, 34, 0, 34}, {"c", 0, 24, 34, 24, 34}, {"c/d", 0, 10, 10, 10, 10}};
    ASSERT_NODES(harness_stop(&record.test), rows);
    harness_end(&record.test);
}

/* A function that waits has room for all that others have not taken. */
static void
one_sample_takes_no_more_than_four_times_its_wall_time(void **state)
{
    (void)state;
    sampling record;
    sampling_start(&record);
    assert_int_equal(sampling_add_now(&record, in_c, 100, 0), 0);
    assert_int_equal(sampling_add_now(&record, in_c, 10, 90), 40);
    assert_int_equal(sampling_add_now(&record, in_c, 0, 50), 0);
    fake_clock_wait(&record.test.clock, 110);
    static const expected rows[] = {{"", 1, 0, 110, 0, 40}, {"c", 0, 110, 110, 40, 40}};
    ASSERT_NODES(harness_stop(&record.test), rows);
    harness_end(&record.test);
}

/* A recursion whose outermost frames cannot be seen looks the same however deep it is. */
static void
the_deepest_stack_is_known_again(void **state)
{
    (void)state;
    static uint64_t keys[PROF__SAMPLE_FRAMES + 1];
    sampling record;
    sampling_start(&record);
    for (uint32_t i = 0; i < PROF__SAMPLE_FRAMES; i++) {
        keys[i] = KEY('c', 1);
    }
    for (int round = 0; round < 5; round++) {
        (void)sampling_add_now(&record, keys, 7, 7);
        assert_int_equal(record.asked, round == 0 ? PROF__SAMPLE_FRAMES : 0);
    }
    const prof_profile *profile = harness_stop(&record.test);
    assert_int_equal(profile->node_count, PROF__SAMPLE_FRAMES + 2);
    assert_int_equal(profile->nodes[PROF__SAMPLE_FRAMES + 1].self_wall_ns, 35);
    assert_int_equal(profile->counters.too_deep, 5);
    harness_end(&record.test);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_outside_of_samples_is_the_roots),
        cmocka_unit_test(more_time_than_passed_leaves_none_for_the_root),
        cmocka_unit_test(a_node_takes_no_more_cpu_time_than_wall_time),
        cmocka_unit_test(one_sample_takes_no_more_than_four_times_its_wall_time),
        cmocka_unit_test(the_deepest_stack_is_known_again),
    };
    return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
