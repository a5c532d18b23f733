/* SPDX-License-Identifier: MIT */
/* Random programs whose hooks take time, against the same programs without hooks. */
#include "profile.h"
#include "support/model.h"
#include "support/toll.h"

#define NAMES 4u
#define CALLS 400u
#define PROGRAMS 60u

static const prof_kind kinds[NAMES] = {PROF_KIND_PYTHON, PROF_KIND_BUILTIN, PROF_KIND_SQL,
                                       PROF_KIND_PYTHON};

typedef struct program {
    harness test;
    model model; /* knows nothing of hooks */
    prof_strand *strand;
    uint32_t frames[NAMES];
    uint64_t random;
} program;

/* Computes, and now and then waits for longer than goes unread. */
static void
pass_time(program *run)
{
    uint64_t cpu = random_below(&run->random, 500);
    uint64_t wait = 0;
    if (random_below(&run->random, 4) == 0) {
        wait = (uint64_t)PROF__CPU_GAP_NS + 1 + random_below(&run->random, 9000);
    }
    fake_clock_run(&run->test.clock, cpu);
    fake_clock_wait(&run->test.clock, wait);
    model_pass(&run->model, cpu + wait, cpu);
}

static void
run_call(program *run, uint32_t depth)
{
    uint32_t name = random_below(&run->random, NAMES);
    uint64_t identity = 64 * ((uint64_t)depth + 1);
    toll_enter(&run->test, run->strand, run->frames[name], toll_of(kinds[name]), identity);
    model_enter(&run->model, (char)('a' + name), identity);
    pass_time(run);
    while (depth < MODEL_DEPTH - 1 && run->model.call_count < CALLS &&
           random_below(&run->random, 5) < 3) {
        run_call(run, depth + 1);
        pass_time(run);
    }
    model_leave(&run->model, identity);
    toll_leave(&run->test, run->strand, toll_of(kinds[name]), identity);
}

static prof_profile *
run_program(program *run, uint64_t seed, const prof_costs *costs)
{
    *run = (program){.random = seed};
    toll_start(&run->test, costs);
    model_init(&run->model, 3 * CALLS);
    run->strand = harness_strand(&run->test);
    for (uint32_t i = 0; i < NAMES; i++) {
        const char name[] = {(char)('a' + i), '\0'};
        run->frames[i] = harness_frame_of(&run->test, name, kinds[i]);
    }
    while (run->model.call_count < CALLS) {
        pass_time(run);
        run_call(run, 0);
    }
    return harness_stop(&run->test);
}

static void
end_program(program *run)
{
    model_deinit(&run->model);
    harness_end(&run->test);
}

/* With hooks that cost what is taken out, a profile is that of the program without hooks. */
static void
what_is_left_is_the_programs_own_time(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        program run;
        print_message("seed %ju\n", (uintmax_t)seed);
        const prof_profile *profile = run_program(&run, seed, &toll_costs);
        const prof_node *nodes = prof_profile_nodes(profile);
        for (uint32_t i = 0; i < prof_profile_node_count(profile); i++) {
            model_path path = model_path_of(profile, i);
            model_interval self = model_time(&run.model, path.names, false);
            assert_int_equal(nodes[i].self_wall_ns, self.wall);
            assert_int_equal(nodes[i].self_cpu_ns, self.cpu);
        }
        model_interval all = model_time(&run.model, "", true);
        assert_int_equal(summary_of(profile).wall_ns, all.wall);
        assert_int_equal(summary_of(profile).cpu_ns, all.cpu);
        end_program(&run);
    }
}

static prof_cost
random_cost(uint64_t *random)
{
    /* Mostly what a hook may cost, and now and then more than any call takes. */
    uint32_t most = random_below(random, 4) == 0 ? 100000 : 300;
    return (prof_cost){.inner_ns = random_below(random, most),
                       .outer_ns = random_below(random, most)};
}

/* Whatever is taken out: with it, times are what they are when nothing is taken out. */
static void
what_is_taken_out_and_what_is_left_is_what_passed(void **state)
{
    (void)state;
    uint64_t random = 11;
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        const prof_costs costs = {.call = random_cost(&random),
                                  .builtin = random_cost(&random),
                                  .span = random_cost(&random)};
        program run;
        program raw_run;
        print_message("seed %ju\n", (uintmax_t)seed);
        const prof_profile *profile = run_program(&run, seed, &costs);
        const prof_profile *raw = run_program(&raw_run, seed, &(prof_costs){0});
        assert_int_equal(profile->node_count, raw->node_count);
        for (uint32_t i = 0; i < profile->node_count; i++) {
            const prof_node *node = &profile->nodes[i];
            assert_int_equal(raw->nodes[i].overhead_ns, 0);
            assert_int_equal(node->self_wall_ns + node->overhead_ns, raw->nodes[i].self_wall_ns);
            assert_int_equal(node->self_cpu_ns + node->overhead_ns, raw->nodes[i].self_cpu_ns);
            assert_int_equal(node->total_wall_ns + node->total_overhead_ns,
                             raw->nodes[i].total_wall_ns);
        }
        assert_int_equal(profile->overhead_ns, profile->nodes[0].total_overhead_ns);
        assert_int_equal(profile->wall_ns + profile->overhead_ns, raw->wall_ns);
        assert_int_equal(profile->cpu_ns + profile->overhead_ns, raw->cpu_ns);
        assert_int_equal(profile->wall_ns, profile->nodes[0].total_wall_ns);
        assert_int_equal(profile->cpu_ns, profile->nodes[0].total_cpu_ns);
        end_program(&run);
        end_program(&raw_run);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_is_the_programs_own_time),
        cmocka_unit_test(what_is_taken_out_and_what_is_left_is_what_passed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
