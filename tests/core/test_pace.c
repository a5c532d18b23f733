/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "pace.h"
#include "session.h"
#include "support/fake_clock.h"
#include "support/testing.h"

/* As if the machine's counter could be trusted, whatever it is: the work is counted by it. */
static const prof_clock counter = {.is_tsc = true, .ticks_per_ns = 2.0};

/* ---- the work -------------------------------------------------------------------------------------- */

/* Hundreds of jumps, of a core's cycle each at best. A compiler that had left them out would need none. */
static void
the_work_takes_time_but_not_much(void **state)
{
    (void)state;
    prof_clock best = prof_clock_best();
    if (!best.is_tsc) {
        assert_true(prof_pace() == 0);
        return;
    }
    double least = prof_pace();
    for (int i = 0; i < 1000; i++) {
        double now = prof_pace();
        least = now < least ? now : least;
    }
    assert_true(least > 30);
    assert_true(least < 20000); /* also where sanitizers or an emulator make everything slow */
}

/* ---- observations ---------------------------------------------------------------------------------- */

static void
observations_add_up(void **state)
{
    (void)state;
    prof__pace pace = {0};
    for (uint64_t count = 1; count <= 5; count++) {
        uint64_t before = pace.sum;
        prof__pace_observe(&pace, &counter);
        assert_int_equal(pace.count, count);
        assert_true(pace.sum > before);
    }
    prof__pace both = {.sum = 100, .count = 2};
    prof__pace_add(&both, &pace);
    assert_int_equal(both.count, 7);
    assert_int_equal(both.sum, pace.sum + 100);
}

static void
a_clock_that_is_a_function_is_not_asked(void **state)
{
    (void)state;
    fake_clock fake;
    fake_clock_init(&fake, 1.0);
    prof_clock clock = fake_clock_clock(&fake);
    prof__pace pace = {0};
    prof__pace_observe(&pace, &clock);
    prof__pace_follow(&pace, &clock, 5);
    assert_int_equal(pace.count, 0);
    assert_int_equal(pace.sum, 0);
}

static void
following_takes_one_now_and_then(void **state)
{
    (void)state;
    const uint64_t spacing = (uint64_t)(PROF__PACE_SPACING_NS * counter.ticks_per_ns);
    const uint64_t start = 12345;
    prof__pace pace = {0};
    for (uint64_t passed = 0; passed < 10 * spacing; passed += spacing / 100) {
        prof__pace_follow(&pace, &counter, start + passed);
    }
    assert_int_equal(pace.count, 10);
    prof__pace_follow(&pace, &counter, start + 1000 * spacing); /* nothing is made up for */
    assert_int_equal(pace.count, 11);
}

/* At both ends, and where a strand has not had an event for so long that it asks for its CPU time. */
static void
a_session_is_observed(void **state)
{
    (void)state;
    prof_clock clock = prof_clock_posix();
    clock.is_tsc = true;
    const prof_options options = {.clock = &clock};
    prof_session *session;
    prof_strand *strand;
    prof_profile *profile;
    assert_int_equal(prof_session_create(&options, &session), PROF_OK);
    assert_int_equal(session->pace.count, 1);
    assert_int_equal(prof_strand_create(session, &strand), PROF_OK);
    strand->cpu_gap = strand->usual_gap = UINT64_MAX;
    prof_leave(strand);
    assert_int_equal(strand->pace.count, 0);
    strand->cpu_gap = strand->usual_gap = 1;
    strand->last = 0;
    prof_leave(strand);
    assert_int_equal(strand->pace.count, 1);
    assert_int_equal(prof_session_stop(session, &profile), PROF_OK);
    assert_int_equal(session->pace.count, 2);
    prof_session_destroy(session);
    prof_profile_destroy(profile);
}

/* ---- what follows from them ------------------------------------------------------------------------ */

static void
costs_grow_with_the_mean(void **state)
{
    (void)state;
    prof__pace pace = {.sum = 600, .count = 3};
    assert_true(prof__pace_factor(&pace, 100, 0.5) == 1);
    assert_true(prof__pace_factor(&pace, 50, 0.5) == 2);
    assert_true(prof__pace_factor(&pace, 200, 0.5) == 0.5);
    assert_true(prof__pace_factor(&pace, 100, 0.75) == 1.5);
}

static void
what_is_not_known_changes_nothing(void **state)
{
    (void)state;
    prof__pace none = {0};
    prof__pace pace = {.sum = 600, .count = 3};
    assert_true(prof__pace_factor(&none, 100, 0.5) == 1);
    assert_true(prof__pace_factor(&pace, 0, 0.5) == 1);
    assert_true(prof__pace_factor(&pace, -5, 0.5) == 1);
    assert_true(prof__pace_factor(&pace, NAN, 0.5) == 1);
}

static void
no_machine_changes_its_pace_without_end(void **state)
{
    (void)state;
    prof__pace pace = {.sum = 600, .count = 3};
    assert_true(prof__pace_factor(&pace, 1, 0.5) == 4);
    assert_true(prof__pace_factor(&pace, 1e-300, 0.5) == 4);
    assert_true(prof__pace_factor(&pace, 100, INFINITY) == 4);
    assert_true(prof__pace_factor(&pace, 1e9, 0.5) == 0.25);
    assert_true(prof__pace_factor(&pace, INFINITY, 0.5) == 0.25);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_work_takes_time_but_not_much),
        cmocka_unit_test(observations_add_up),
        cmocka_unit_test(a_clock_that_is_a_function_is_not_asked),
        cmocka_unit_test(following_takes_one_now_and_then),
        cmocka_unit_test(a_session_is_observed),
        cmocka_unit_test(costs_grow_with_the_mean),
        cmocka_unit_test(what_is_not_known_changes_nothing),
        cmocka_unit_test(no_machine_changes_its_pace_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
