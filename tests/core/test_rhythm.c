/* SPDX-License-Identifier: MIT */
/* Ticks as a thread would have them: each sets the one after the next. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <time.h>

#include "rhythm.h"
#include "support/testing.h"

#define MS UINT64_C(1000000)
#define BEGIN (UINT64_C(12345678) * 1000 + 7)
#define TICKS 20000

typedef struct course {
    prof__rhythm rhythm;
    uint64_t interval;
    uint64_t begin;
    uint64_t due[2]; /* what the two timers are set to */
    uint64_t now;    /* the last tick */
    uint64_t count;
} course;

static course
begin(uint64_t grid, uint64_t interval, uint64_t at)
{
    course self = {.rhythm = {.grid_ns = grid}, .interval = interval, .begin = at, .now = at};
    prof__rhythm_start(&self.rhythm, at, interval, self.due);
    return self;
}

/* The next tick, whichever timer's it is. `late`: how long after its moment the handler runs. */
static void
tick(course *self, uint64_t late)
{
    int which = self->due[1] < self->due[0];
    self->now = self->due[which] + late;
    self->due[which] = prof__rhythm_next(&self->rhythm, self->now, self->interval);
    self->count++;
}

/* With a grid that it keeps to, with one that it does not, and without one. */
static const struct {
    uint64_t grid;
    uint64_t interval;
    bool on_grid;
} courses[] = {
    {0, MS, false},           {4 * MS, MS, false},       {4 * MS, 4 * MS, false},
    {4 * MS, 5 * MS, true},   {4 * MS, 10 * MS, true},   {MS, 10 * MS, true},
    {3333333, 10 * MS, true}, {10 * MS, 10 * MS, false}, {MS, MS, false},
};

static void
ticks_keep_their_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(courses); i++) {
        course self = begin(courses[i].grid, courses[i].interval, BEGIN);
        for (int n = 0; n < TICKS; n++) {
            tick(&self, 5000);
            double due = (double)(self.now - self.begin) / (double)self.interval;
            assert_true((double)self.count - due < 4);
            assert_true(due - (double)self.count < 4);
        }
    }
}

static void
gaps_are_random(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(courses); i++) {
        course self = begin(courses[i].grid, courses[i].interval, BEGIN);
        uint64_t grid = courses[i].on_grid ? courses[i].grid : 1;
        uint64_t longest = 0;
        uint64_t shortest = UINT64_MAX;
        tick(&self, 0);
        for (int n = 0; n < TICKS; n++) {
            uint64_t before = self.now;
            tick(&self, 0);
            uint64_t gap = self.now - before;
            shortest = gap < shortest ? gap : shortest;
            longest = gap > longest ? gap : longest;
        }
        assert_true(shortest > 0);
        assert_true(shortest < self.interval * 3 / 4 + grid / 2);
        assert_true(longest > self.interval * 5 / 4);
        assert_true(longest < self.interval * 2 + grid);
    }
}

static void
long_intervals_keep_to_the_grid_and_others_do_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(courses); i++) {
        course self = begin(courses[i].grid, courses[i].interval, BEGIN);
        uint64_t grid = courses[i].grid > 0 ? courses[i].grid : MS;
        uint64_t on_grid = 0;
        for (int n = 0; n < 1000; n++) {
            tick(&self, 0);
            on_grid += self.now % grid == 0;
        }
        assert_int_equal(on_grid, courses[i].on_grid ? 1000 : 0);
    }
}

/* Of sessions that are half as long as an interval, every second one has a tick, whenever they begin. */
static void
short_sessions_have_their_share_of_ticks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(courses); i++) {
        uint64_t seen = 0;
        for (uint64_t n = 0; n < TICKS; n++) {
            course self = begin(courses[i].grid, courses[i].interval, BEGIN + n * 1234567);
            assert_true(self.due[0] > self.begin);
            assert_true(self.due[1] > self.due[0]);
            seen += self.due[0] <= self.begin + self.interval / 2;
        }
        assert_true(seen > TICKS / 2 * 95 / 100);
        assert_true(seen < TICKS / 2 * 105 / 100);
    }
}

/* A program that repeats itself as often as it is interrupted: each of its ten parts is found equally often. */
static void
a_program_in_step_is_found_everywhere(void **state)
{
    (void)state;
    course self = begin(0, MS, BEGIN);
    uint64_t found[10] = {0};
    for (int n = 0; n < TICKS; n++) {
        tick(&self, 0);
        found[self.now % MS / (MS / 10)]++;
    }
    for (size_t part = 0; part < COUNT_OF(found); part++) {
        assert_true(found[part] > TICKS / 10 * 9 / 10);
        assert_true(found[part] < TICKS / 10 * 11 / 10);
    }
}

/* The thread had no core for a hundred intervals. */
static void
what_was_missed_is_not_made_up_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(courses); i++) {
        course self = begin(courses[i].grid, courses[i].interval, BEGIN);
        tick(&self, 100 * self.interval);
        uint64_t late = self.now;
        self.due[self.due[1] < self.due[0]] = prof__rhythm_next(&self.rhythm, late, self.interval);
        assert_true(self.due[0] > late && self.due[1] > late);
        self.begin = late;
        self.count = 0;
        for (int n = 0; n < 100; n++) {
            tick(&self, 0);
        }
        assert_true(self.now - late > 94 * self.interval);
        assert_true(self.now - late < 106 * self.interval);
    }
}

static void
the_grid_is_the_kernels(void **state)
{
    (void)state;
    prof__rhythm rhythm;
    struct timespec step;
    prof__rhythm_init(&rhythm);
    assert_int_equal(clock_getres(CLOCK_MONOTONIC_COARSE, &step), 0);
    assert_int_equal(rhythm.grid_ns, step.tv_nsec);
    assert_true(rhythm.grid_ns > 0 && rhythm.grid_ns <= 10 * MS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_keep_their_number),
        cmocka_unit_test(gaps_are_random),
        cmocka_unit_test(long_intervals_keep_to_the_grid_and_others_do_not),
        cmocka_unit_test(short_sessions_have_their_share_of_ticks),
        cmocka_unit_test(a_program_in_step_is_found_everywhere),
        cmocka_unit_test(what_was_missed_is_not_made_up_for),
        cmocka_unit_test(the_grid_is_the_kernels),
    };
    return cmocka_run_group_tests_name("rhythm", tests, NULL, NULL);
}
