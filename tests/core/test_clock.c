/* SPDX-License-Identifier: MIT */
#include <time.h>

#include "clock.h"
#include "support/testing.h"

static void
check_is_monotonic(const prof_clock *clock)
{
    uint64_t ticks = clock->ticks(clock->context);
    uint64_t wall = clock->wall_ns(clock->context);
    uint64_t cpu = clock->cpu_ns(clock->context);
    for (int i = 0; i < 10000; i++) {
        uint64_t next_ticks = prof__clock_ticks(clock);
        uint64_t next_wall = clock->wall_ns(clock->context);
        uint64_t next_cpu = clock->cpu_ns(clock->context);
        assert_true(next_ticks >= ticks);
        assert_true(next_wall >= wall);
        assert_true(next_cpu >= cpu);
        ticks = next_ticks;
        wall = next_wall;
        cpu = next_cpu;
    }
}

static void
time_does_not_run_back(void **state)
{
    (void)state;
    prof_clock posix = prof_clock_posix();
    prof_clock best = prof_clock_best();
    check_is_monotonic(&posix);
    check_is_monotonic(&best);
}

static void
the_posix_clock_counts_nanoseconds(void **state)
{
    (void)state;
    prof_clock clock = prof_clock_posix();
    assert_string_equal(clock.name, "posix");
    assert_false(clock.is_tsc);
    assert_true(clock.ticks_per_ns == 1.0);
    struct timespec before, after;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
    uint64_t ns = clock.wall_ns(clock.context);
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
    assert_true(ns >= (uint64_t)before.tv_sec * 1000000000u + (uint64_t)before.tv_nsec);
    assert_true(ns <= (uint64_t)after.tv_sec * 1000000000u + (uint64_t)after.tv_nsec);
}

static void
the_best_clock_says_what_it_is(void **state)
{
    (void)state;
    prof_clock clock = prof_clock_best();
    assert_string_equal(clock.name, clock.is_tsc ? "tsc" : "posix");
    prof_clock again = prof_clock_best();
    assert_true(again.ticks_per_ns == clock.ticks_per_ns); /* measured once */
}

/* A machine may be at a quarter of its speed at one moment, or four times as fast. */
#define PACES 4

/* What is asked for after each gap must not take more than a tenth of it, unless that would hide waits of 4 us. */
static void
the_best_clock_says_when_cpu_time_is_worth_reading(void **state)
{
    (void)state;
    prof_clock clock = prof_clock_best();
    assert_true(clock.cpu_gap_ns >= 1000 && clock.cpu_gap_ns <= PROF__CPU_GAP_NS);
    assert_true(prof_clock_best().cpu_gap_ns == clock.cpu_gap_ns); /* measured once */

    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 1000; i++) {
        uint64_t began = prof__clock_ticks(&clock);
        (void)clock.cpu_ns(clock.context);
        uint64_t ticks = prof__clock_ticks(&clock) - began;
        least = ticks < least ? ticks : least;
    }
    double ten_readings_ns = 10 * (double)least / clock.ticks_per_ns;
    assert_true(clock.cpu_gap_ns == PROF__CPU_GAP_NS || clock.cpu_gap_ns * PACES > ten_readings_ns);
    assert_true(clock.cpu_gap_ns == 1000 || clock.cpu_gap_ns < ten_readings_ns * PACES);
}

static void
a_clocks_gap_is_counted_in_its_ticks(void **state)
{
    (void)state;
    prof_clock clock = {.ticks_per_ns = 2.5, .cpu_gap_ns = 1500};
    assert_int_equal(prof__clock_cpu_gap(&clock), 3750);
    clock.cpu_gap_ns = 0; /* it does not say */
    assert_int_equal(prof__clock_cpu_gap(&clock), 10000);
}

/* The rate must be that of the wall clock; a tenth of a percent is 20 times the promised error. */
static void
the_best_clocks_rate_is_right(void **state)
{
    (void)state;
    prof_clock clock = prof_clock_best();
    uint64_t first, first_ns, last, last_ns;
    prof__clock_pair(&clock, &first, &first_ns);
    do {
        prof__clock_pair(&clock, &last, &last_ns);
    } while (last_ns - first_ns < 20000000);
    double rate = (double)(last - first) / (double)(last_ns - first_ns);
    assert_true(rate / clock.ticks_per_ns > 0.999);
    assert_true(rate / clock.ticks_per_ns < 1.001);
}

static void
cpu_time_stands_still_while_the_thread_waits(void **state)
{
    (void)state;
    prof_clock clock = prof_clock_best();
    const struct timespec wait = {.tv_nsec = 20000000};
    uint64_t wall = clock.wall_ns(clock.context);
    uint64_t cpu = clock.cpu_ns(clock.context);
    (void)nanosleep(&wait, NULL);
    assert_true(clock.wall_ns(clock.context) - wall >= 20000000);
    assert_true(clock.cpu_ns(clock.context) - cpu < 10000000);
}

static void
cpu_time_passes_while_the_thread_computes(void **state)
{
    (void)state;
    prof_clock clock = prof_clock_best();
    uint64_t cpu = clock.cpu_ns(clock.context);
    volatile unsigned work = 0;
    for (unsigned i = 0; i < 3000000; i++) {
        work = work + i;
    }
    assert_true(clock.cpu_ns(clock.context) - cpu > 100000);
}

/* Readings take the scripted number of ticks; wall time tells which pair was taken. */
typedef struct scripted_clock {
    const uint64_t *readings;
    uint64_t pairs;
    uint64_t ticks;
    bool inside;
} scripted_clock;

static uint64_t
scripted_ticks(void *context)
{
    scripted_clock *script = context;
    if (script->inside) {
        script->ticks += script->readings[script->pairs++];
    }
    script->inside = !script->inside;
    return script->ticks;
}

static uint64_t
scripted_wall_ns(void *context)
{
    const scripted_clock *script = context;
    return 100 + script->pairs;
}

static void
the_closest_pair_of_readings_is_taken(void **state)
{
    (void)state;
    static const uint64_t readings[] = {4000000, 60, 50, 900, 70};
    scripted_clock script = {.readings = readings, .ticks = 1000};
    const prof_clock clock = {
        .ticks = scripted_ticks, .wall_ns = scripted_wall_ns, .context = &script};
    uint64_t ticks = 0;
    uint64_t wall_ns = 0;
    prof__clock_pair(&clock, &ticks, &wall_ns);
    assert_int_equal(script.pairs, COUNT_OF(readings));
    assert_int_equal(wall_ns, 102);
    assert_int_equal(ticks, 1000 + 4000000 + 60 + 25);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_does_not_run_back),
        cmocka_unit_test(the_posix_clock_counts_nanoseconds),
        cmocka_unit_test(the_best_clock_says_what_it_is),
        cmocka_unit_test(the_best_clock_says_when_cpu_time_is_worth_reading),
        cmocka_unit_test(a_clocks_gap_is_counted_in_its_ticks),
        cmocka_unit_test(the_best_clocks_rate_is_right),
        cmocka_unit_test(cpu_time_stands_still_while_the_thread_waits),
        cmocka_unit_test(cpu_time_passes_while_the_thread_computes),
        cmocka_unit_test(the_closest_pair_of_readings_is_taken),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
