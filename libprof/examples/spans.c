/* SPDX-License-Identifier: MIT */
/*
 * A program that profiles itself: spans around its own work, then its tree on standard output. What the
 * spans cost is measured before, so that it is in none of the times.
 */
#include <prof/prof.h>
#include <stdio.h>
#include <stdlib.h>

static void
check(prof_status status)
{
    if (status != PROF_OK) {
        fprintf(stderr, "spans: %s\n", prof_status_text(status));
        exit(EXIT_FAILURE);
    }
}

static uint32_t
frame(prof_session *session, const char *name, uint32_t line)
{
    const prof_frame wanted = {
        .name = name, .file = __FILE__, .line = line, .kind = PROF_KIND_NATIVE};
    uint32_t id = 0;
    check(prof_session_intern(session, &wanted, &id));
    return id;
}

/* Work that a compiler cannot leave out. */
static unsigned
burn(unsigned rounds)
{
    volatile unsigned state = 1;
    for (unsigned i = 0; i < rounds; i++) {
        state = state * 1664525u + 1013904223u;
    }
    return state;
}

static void
work(prof_session *session, prof_strand *strand)
{
    uint32_t parse = frame(session, "parse", __LINE__);
    uint32_t token = frame(session, "token", __LINE__);
    uint32_t render = frame(session, "render", __LINE__);
    prof_enter(strand, parse);
    for (int i = 0; i < 1000; i++) {
        prof_enter(strand, token);
        (void)burn(500);
        prof_leave(strand);
    }
    prof_leave(strand);
    prof_enter(strand, render);
    (void)burn(200000);
    prof_leave(strand);
}

static void
print_tree(const prof_profile *profile)
{
    const prof_node *nodes = prof_profile_nodes(profile);
    const prof_frame *frames = prof_profile_frames(profile);
    for (uint32_t i = 0; i < prof_profile_node_count(profile); i++) {
        int depth = 0;
        for (uint32_t up = nodes[i].parent; up != PROF_NO_PARENT; up = nodes[up].parent) {
            depth++;
        }
        printf("%*s%s calls=%llu total=%.3fms self=%.3fms cpu=%.3fms\n", 2 * depth, "",
               frames[nodes[i].frame].name, (unsigned long long)nodes[i].calls,
               (double)nodes[i].total_wall_ns / 1e6, (double)nodes[i].self_wall_ns / 1e6,
               (double)nodes[i].total_cpu_ns / 1e6);
    }
    prof_summary summary;
    prof_profile_summary(profile, &summary);
    printf("the profiler itself: %.3fms, taken out\n", (double)summary.overhead_ns / 1e6);
}

int
main(void)
{
    prof_costs costs = {0};
    const prof_options options = {.name = "spans", .costs = &costs};
    prof_session *session = NULL;
    prof_strand *strand = NULL;
    prof_profile *profile = NULL;
    check(prof_costs_of_spans(options.clock, &costs.span));
    costs.pace_ns = prof_pace();
    check(prof_session_create(&options, &session));
    check(prof_strand_create(session, &strand));
    work(session, strand);
    check(prof_session_stop(session, &profile));
    prof_session_destroy(session);
    print_tree(profile);
    prof_profile_destroy(profile);
    return EXIT_SUCCESS;
}
