/* SPDX-License-Identifier: MIT */
/*
 * Random programs of enters and leaves, balanced and not, against the naive model. Each gap between two
 * events is computing only, or long enough to be read, so CPU times are exact as well.
 */
#include "support/calls.h"
#include "support/harness.h"
#include "support/model.h"

#define NAMES 4u
#define EVENTS 1500u
#define PROGRAMS 60u

typedef struct program {
    harness test;
    model model;
    prof_strand *strand;
    uint32_t frames[NAMES];
    uint64_t random;
    uint64_t next_identity;
} program;

static void
begin(program *run, uint64_t seed, double ticks_per_ns)
{
    memset(run, 0, sizeof(*run));
    harness_start(&run->test, ticks_per_ns, 0, 0);
    model_init(&run->model, EVENTS);
    run->strand = harness_strand(&run->test);
    for (uint32_t i = 0; i < NAMES; i++) {
        const char name[] = {(char)('a' + i), '\0'};
        run->frames[i] = harness_frame(&run->test, name);
    }
    run->random = seed;
    run->next_identity = 64;
}

static void
end(program *run)
{
    model_deinit(&run->model);
    harness_end(&run->test);
}

static void
pass_time(program *run)
{
    uint64_t cpu = random_below(&run->random, 3) == 0 ? random_below(&run->random, 50000)
                                                      : random_below(&run->random, 500);
    uint64_t wait = 0;
    if (random_below(&run->random, 4) == 0) {
        wait = (uint64_t)PROF__CPU_GAP_NS + 1 + random_below(&run->random, 100000);
    }
    fake_clock_run(&run->test.clock, cpu);
    fake_clock_wait(&run->test.clock, wait);
    model_pass(&run->model, cpu + wait, cpu);
}

static void
enter(program *run)
{
    if (model_depth(&run->model) == MODEL_DEPTH) {
        return;
    }
    uint32_t name = random_below(&run->random, NAMES);
    uint64_t identity = run->next_identity;
    run->next_identity += 64;
    open_call(run->strand, run->frames[name], identity);
    model_enter(&run->model, (char)('a' + name), identity);
}

/* Mostly the innermost call, now and then one further out, now and then one that is not open. */
static void
leave(program *run)
{
    size_t depth = model_depth(&run->model);
    uint32_t kind = random_below(&run->random, 20);
    uint64_t identity = 7;
    if (depth > 0 && kind > 1) {
        identity = run->model.identities[depth - 1];
    } else if (depth > 0 && kind == 1) {
        identity = run->model.identities[random_below(&run->random, (uint32_t)depth)];
    }
    close_call(run->strand, identity);
    model_leave(&run->model, identity);
}

static void
compare(const prof_profile *profile, model *naive)
{
    const prof_node *nodes = prof_profile_nodes(profile);
    for (uint32_t i = 0; i < prof_profile_node_count(profile); i++) {
        model_path path = model_path_of(profile, i);
        model_interval self = model_time(naive, path.names, false);
        model_interval total = model_time(naive, path.names, true);
        assert_int_equal(nodes[i].self_wall_ns, self.wall);
        assert_int_equal(nodes[i].self_cpu_ns, self.cpu);
        assert_int_equal(nodes[i].total_wall_ns, total.wall);
        assert_int_equal(nodes[i].total_cpu_ns, total.cpu);
        assert_int_equal(nodes[i].calls, i == 0 ? 1 : model_calls(naive, path.names));
        assert_int_equal(nodes[i].await_ns + nodes[i].samples, 0);
    }
    assert_int_equal(prof_profile_node_count(profile), model_path_count(naive) + 1);
}

static void
check_program(uint64_t seed, double ticks_per_ns)
{
    program run;
    begin(&run, seed, ticks_per_ns);
    uint32_t enters = 40 + random_below(&run.random, 20); /* of a hundred events */
    for (uint32_t i = 0; i < EVENTS; i++) {
        pass_time(&run);
        if (random_below(&run.random, 100) < enters) {
            enter(&run);
        } else {
            leave(&run);
        }
        assert_int_equal(open_calls(run.strand), model_depth(&run.model));
    }
    compare(harness_stop(&run.test), &run.model);
    assert_int_equal(summary_of(run.test.profile).wall_ns, model_time(&run.model, "", true).wall);
    assert_int_equal(summary_of(run.test.profile).cpu_ns, model_time(&run.model, "", true).cpu);
    end(&run);
}

static void
random_programs_give_the_models_tree(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        print_message("seed %ju\n", (uintmax_t)seed);
        check_program(seed, 1.0);
    }
}

/* Whole numbers of ticks in a ns, so that nothing is rounded. */
static void
random_programs_give_the_same_tree_at_any_rate(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PROGRAMS / 4; seed++) {
        print_message("seed %ju\n", (uintmax_t)seed);
        check_program(seed, 4.0);
    }
}

/* Spans have no identities: a leave ends the innermost, whichever it is. */
static void
random_spans_give_the_models_tree(void **state)
{
    (void)state;
    for (uint64_t seed = 100; seed < 100 + PROGRAMS / 4; seed++) {
        program run;
        begin(&run, seed, 1.0);
        for (uint32_t i = 0; i < EVENTS; i++) {
            pass_time(&run);
            uint32_t name = random_below(&run.random, 2 * NAMES);
            if (name < NAMES && model_depth(&run.model) < MODEL_DEPTH) {
                prof_enter(run.strand, run.frames[name]);
                model_enter(&run.model, (char)('a' + name), 1);
            } else {
                prof_leave(run.strand);
                model_leave(&run.model, 1);
            }
        }
        compare(harness_stop(&run.test), &run.model);
        end(&run);
    }
}

/* Small limits, lost events: what is kept may differ from the model, the time that passed may not. */
static void
random_programs_within_limits_lose_no_time(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        harness test;
        uint64_t random = seed;
        uint32_t max_nodes = 1 + random_below(&random, 30);
        harness_start(&test, 1.0, max_nodes, 1 + random_below(&random, 80));
        prof_strand *strand = harness_strand(&test);
        uint32_t frames[] = {harness_frame(&test, "a"), harness_frame(&test, "b"),
                             harness_frame(&test, "c")};
        uint64_t identity = 0;
        for (uint32_t i = 0; i < EVENTS; i++) {
            fake_clock_run(&test.clock, random_below(&random, 6000));
            if (random_below(&random, 9) < 5) {
                identity += 64;
                open_call(strand, frames[random_below(&random, 3)], identity);
            } else if (identity > 0) {
                close_call(strand, 64 * (1 + random_below(&random, (uint32_t)(identity / 64))));
            }
        }
        prof_profile *profile = harness_stop(&test);
        prof_summary summary = summary_of(profile);
        assert_int_equal(get_path(profile, "")->total_wall_ns, summary.wall_ns);
        assert_int_equal(get_path(profile, "")->total_cpu_ns, summary.cpu_ns);
        assert_int_equal(summary.cpu_ns, summary.wall_ns);
        assert_true(prof_profile_node_count(profile) <= 2 * max_nodes);
        harness_end(&test);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_programs_give_the_models_tree),
        cmocka_unit_test(random_programs_give_the_same_tree_at_any_rate),
        cmocka_unit_test(random_spans_give_the_models_tree),
        cmocka_unit_test(random_programs_within_limits_lose_no_time),
    };
    return cmocka_run_group_tests_name("strand_model", tests, NULL, NULL);
}
