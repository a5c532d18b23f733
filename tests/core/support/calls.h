/* SPDX-License-Identifier: MIT */
/* Calls with identities, as an event source reports them. */
#ifndef PROF_TESTS_CALLS_H
#define PROF_TESTS_CALLS_H

#include "strand.h"

/* Keys of event sources are addresses; small numbers are taken by the core. */
static inline uint64_t
key_of(uint32_t frame_id)
{
    return ((uint64_t)frame_id + 1) * 4096;
}

/* Begins a call of the frame; `identity` names this one activation. */
static inline void
open_call(prof_strand *strand, uint32_t frame_id, uint64_t identity)
{
    (void)prof__strand_advance(strand);
    if (strand->beyond > 0) {
        prof__strand_enter_beyond(strand, false);
        return;
    }
    prof__cct_node *node = prof__strand_child(strand, key_of(frame_id));
    if (node == NULL) {
        node = prof__strand_add(strand, key_of(frame_id), frame_id, false);
    }
    if (node != NULL) {
        node->calls++;
        prof__strand_push(strand, node, identity);
    }
}

static inline void
close_call(prof_strand *strand, uint64_t identity)
{
    prof__strand_leave(strand, identity);
}

static inline size_t
open_calls(const prof_strand *strand)
{
    return (size_t)(strand->top - strand->entries);
}

#endif
