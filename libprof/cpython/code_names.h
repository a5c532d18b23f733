/* SPDX-License-Identifier: MIT */
/*
 * The frame that a code object stands for, found by a signal handler: names are read, not asked for, while the
 * code is alive on the stack of the thread that is interrupted.
 *
 * Safe in signal handlers: no allocation, no lock, no interpreter call.
 */
#ifndef PROF_CPYTHON_CODE_NAMES_H
#define PROF_CPYTHON_CODE_NAMES_H

#include "frames.h"
#include "sample.h"
#include "sampled_spans.h"
#include "source.h"

/* Room for the texts of one frame; what is longer is cut by the table of frames anyway. */
typedef struct code_names {
    const event_source *source;
    prof_session *session;
    const frames_entry *entries; /* of the sample */
    const uint64_t *keys;
    char name[PROF__FRAME_NAME_BYTES + 8];
    char file[PROF__FRAME_NAME_BYTES + 8];
} code_names;

/*
 * The address of the instruction that a frame is at: no other one has it, as long as the code is alive. Of a span what
 * is no address.
 */
static inline uint64_t
code_names_key(const frames_entry *entry)
{
    if (sampled_spans_is_span(entry)) {
        return UINT64_MAX - entry->frame;
    }
    uintptr_t code = (uintptr_t)entry->code;
    return entry->offset < 0 ? code
                             : code + offsetof(PyCodeObject, co_code_adaptive) +
                                   (uintptr_t)(uint32_t)entry->offset;
}

/* A prof__find_place; `names` is a code_names. */
prof__place code_names_place(void *names, uint32_t index);

#endif
