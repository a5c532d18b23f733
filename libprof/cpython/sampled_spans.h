/* SPDX-License-Identifier: MIT */
/*
 * Spans that are open in a thread that is interrupted. A span is no frame of the interpreter, so the handler would not
 * see it: it is written down with the frame that entered it, and put between that frame and what it calls wherever a
 * sample finds the frame.
 */
#ifndef PROF_CPYTHON_SAMPLED_SPANS_H
#define PROF_CPYTHON_SAMPLED_SPANS_H

#include "frames.h"
#include "source.h"

/* Of a thread at once; spans past these do not show in samples. */
#define SAMPLED_SPANS 64u

typedef struct sampled_span {
    _Atomic(uint64_t) frame; /* that entered it; 0: not in use */
    uint64_t code;     /* which that frame ran then: its address may be another one's by now */
    uint64_t session;  /* serial */
    uint64_t order;    /* of entering */
    uint64_t identity; /* whose it is */
    prof_frame shown;  /* its texts live as long as it is open */
    uint32_t frame_id; /* of the session's table; PROF__FRAME_NONE: no tick has found it yet */
} sampled_span;

typedef struct sampled_spans {
    uint32_t limit; /* none in use from here on */
    uint64_t entered;
    sampled_span spans[SAMPLED_SPANS];
} sampled_spans;

/*
 * Enters a span below the frame that runs now, if that is in a sampled session. True if it has to be left, and the texts
 * of the frame stay where they are until then. Never raises; runs under the GIL.
 */
bool sampled_spans_enter(event_source *source, uint64_t identity, const prof_frame *frame);

/* Leaves the span of this identity that was entered last, in whatever thread that was. Nobody reads its texts then. */
void sampled_spans_leave(const event_source *source, uint64_t identity);

/*
 * Puts the session's open spans into a stack of `count` entries, the innermost first, of which the first `depth` belong to
 * the session: spans of frames further out have been entered since it began and stand outermost. There is room for
 * `limit` entries. Gives the new depth. Safe in the thread's signal handler, which is inside the session.
 */
uint32_t sampled_spans_show(sampled_spans *spans, prof_session *session, frames_entry *entries,
                            uint32_t depth, uint32_t count, uint32_t limit);

/* An entry of a span has no code, and the frame id where others have their frame. */
static inline bool
sampled_spans_is_span(const frames_entry *entry)
{
    return entry->code == NULL;
}

#endif
