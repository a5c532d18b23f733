/* SPDX-License-Identifier: MIT */
#include "synthetic.h"

void
synthetic_enter(event_source *source, prof_strand *strand, const prof_frame *frame,
                uint64_t identity)
{
    uint32_t frame_id;
    prof_status status = prof__frame_table_intern(&strand->session->frames, frame, &frame_id);
    if (status != PROF_OK) {
        prof__strand_fail(strand, status);
        source_forget(source);
        return;
    }
    uint64_t key = prof__key_of_frame(frame_id);
    prof__cct_node *node = prof__strand_child(strand, key);
    if (node == NULL) {
        node = prof__strand_add(strand, key, frame_id, false);
    }
    if (node != NULL) {
        node->calls++;
        prof__strand_push(strand, node, identity);
    }
}

void
synthetic_open(event_source *source, prof_strand *strand, const prof_frame *frame,
               uint64_t identity)
{
    (void)prof__strand_advance(strand);
    if (strand->beyond > 0) {
        prof__strand_enter_beyond(strand, false);
    } else {
        synthetic_enter(source, strand, frame, identity);
    }
}
