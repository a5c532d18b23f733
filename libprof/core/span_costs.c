/* SPDX-License-Identifier: MIT */
/*
 * What one prof_enter and prof_leave cost, by doing nothing between them. The fastest of several rounds is
 * what they cost; the others were interrupted.
 */
#include "session.h"

#define ROUNDS 8
#define PAIRS 1000

typedef struct ticks_spent {
    uint64_t inner; /* between the readings of the clock */
    uint64_t all;
} ticks_spent;

static ticks_spent
run_pairs(prof_strand *strand, uint32_t frame_id)
{
    uint64_t began = prof__clock_ticks(&strand->clock);
    for (int i = 0; i < PAIRS; i++) {
        prof_enter(strand, frame_id);
        prof_leave(strand);
    }
    ticks_spent spent = {.all = prof__clock_ticks(&strand->clock) - began};
    prof__cct_node *node =
        prof__cct_find(&strand->tree->cct, strand->tree->cct.root, prof__key_of_frame(frame_id));
    if (node != NULL) {
        spent.inner = node->wall;
        node->wall = 0;
    }
    return spent;
}

static prof_status
measure(prof_session *session, prof_cost *span)
{
    static const prof_frame frame = {.name = "span", .file = "", .kind = PROF_KIND_SPAN};
    uint32_t frame_id;
    prof_strand *strand;
    prof_status status = prof_session_intern(session, &frame, &frame_id);
    if (status == PROF_OK) {
        status = prof_strand_create(session, &strand);
    }
    if (status != PROF_OK) {
        return status;
    }
    ticks_spent least = run_pairs(strand, frame_id);
    for (int i = 1; i < ROUNDS; i++) {
        ticks_spent spent = run_pairs(strand, frame_id);
        if (spent.all < least.all) {
            least = spent;
        }
    }
    double ticks = PAIRS * session->clock.ticks_per_ns;
    span->inner_ns = (double)least.inner / ticks;
    span->outer_ns = (double)(least.all - least.inner) / ticks;
    return PROF_OK;
}

prof_status
prof_costs_of_spans(const prof_clock *clock, prof_cost *span)
{
    const prof_options options = {.name = "costs", .clock = clock};
    prof_session *session;
    prof_status status = prof_session_create(&options, &session);
    if (status == PROF_OK) {
        status = measure(session, span);
        prof_session_destroy(session);
    }
    return status;
}
