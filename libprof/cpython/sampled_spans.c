/* SPDX-License-Identifier: MIT */
#include "sampled_spans.h"

#include "membership.h"
#include "process.h"
#include "sampled_thread.h"

/* ---- entering and leaving --------------------------------------------------------------------------- */

/* Whatever the handler finds of this: it is not in use before `frame` is written. */
static void
write_down(sampled_spans *spans, sampled_span span, uint64_t frame)
{
    uint32_t at = 0;
    while (at < SAMPLED_SPANS && atomic_load(&spans->spans[at].frame) != 0) {
        at++;
    }
    if (at == SAMPLED_SPANS) {
        return;
    }
    span.order = ++spans->entered;
    spans->spans[at] = span;
    atomic_store(&spans->spans[at].frame, frame);
    if (at >= spans->limit) {
        spans->limit = at + 1;
    }
}

bool
sampled_spans_enter(event_source *source, uint64_t identity, const prof_frame *frame)
{
    if (source->sampler->running == 0) {
        return false;
    }
    const membership *member = membership_sampled(membership_current(source), process_current());
    sampled_thread *thread = member == NULL ? NULL : sampled_thread_current(source);
    if (thread == NULL) {
        return false;
    }
    uint64_t running = compat_current_frame(compat_thread());
    if (running == 0) {
        return false;
    }
    const sampled_span span = {.identity = identity,
                               .session = member->session->session->serial,
                               .code = (uint64_t)(uintptr_t)compat_frame_code(running),
                               .shown = *frame,
                               .frame_id = PROF__FRAME_NONE};
    write_down(&thread->spans, span, running);
    return true;
}

static sampled_span *
find_last(sampled_spans *spans, uint64_t identity)
{
    sampled_span *found = NULL;
    for (uint32_t i = 0; i < spans->limit; i++) {
        sampled_span *span = &spans->spans[i];
        bool open = atomic_load(&span->frame) != 0 && span->identity == identity;
        if (open && (found == NULL || found->order < span->order)) {
            found = span;
        }
    }
    return found;
}

static void
strike_out(sampled_spans *spans, sampled_span *span)
{
    atomic_store(&span->frame, 0);
    while (spans->limit > 0 && atomic_load(&spans->spans[spans->limit - 1].frame) == 0) {
        spans->limit--;
    }
}

void
sampled_spans_leave(const event_source *source, uint64_t identity)
{
    sampled_thread *thread = sampled_thread_current(source);
    sampled_span *span = thread == NULL ? NULL : find_last(&thread->spans, identity);
    if (span != NULL) {
        strike_out(&thread->spans, span);
        return;
    }
    /* A generator that was entered in one thread may be closed by another. */
    for (thread = sampled_thread_next(source, NULL); thread != NULL;
         thread = sampled_thread_next(source, thread)) {
        span = find_last(&thread->spans, identity);
        if (span != NULL) {
            strike_out(&thread->spans, span);
            sampled_thread_wait_for_handler(thread); /* it may be about to read the name */
            return;
        }
    }
}

/* ---- in the handler --------------------------------------------------------------------------------- */

/* An open span, and the index of its frame among the entries. */
typedef struct placed_span {
    sampled_span *span;
    uint32_t index;
} placed_span;

static bool
is_inside(const placed_span *a, const placed_span *b)
{
    return a->index < b->index || (a->index == b->index && a->span->order > b->span->order);
}

/* The spans whose frame is on the stack, the outermost first. */
static uint32_t
place(sampled_spans *spans, uint64_t session, const frames_entry *entries, uint32_t count,
      placed_span *placed)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < spans->limit; i++) {
        placed_span next = {.span = &spans->spans[i]};
        uint64_t frame = atomic_load(&next.span->frame);
        if (frame == 0 || next.span->session != session) {
            continue;
        }
        while (next.index < count && entries[next.index].frame != frame) {
            next.index++;
        }
        if (next.index == count ||
            (uint64_t)(uintptr_t)entries[next.index].code != next.span->code) {
            continue;
        }
        uint32_t at = found++;
        for (; at > 0 && is_inside(&placed[at - 1], &next); at--) {
            placed[at] = placed[at - 1];
        }
        placed[at] = next;
    }
    return found;
}

/* Most spans are over before a tick finds them, and need no number. Without room for its texts it is an overflow frame. */
static uint32_t
number_of(sampled_span *span, prof_session *session)
{
    if (span->frame_id == PROF__FRAME_NONE) {
        uint32_t frame_id = PROF__FRAME_OVERFLOW;
        (void)prof__frame_table_intern(&session->frames, &span->shown, &frame_id);
        span->frame_id = frame_id;
    }
    return span->frame_id;
}

uint32_t
sampled_spans_show(sampled_spans *spans, prof_session *session, frames_entry *entries,
                   uint32_t depth, uint32_t count, uint32_t limit)
{
    placed_span placed[SAMPLED_SPANS];
    uint32_t found = spans->limit == 0 ? 0 : place(spans, session->serial, entries, count, placed);
    const uint32_t frames = depth;
    for (uint32_t i = 0; i < found && depth < limit; i++) {
        uint32_t at = placed[i].index < frames ? placed[i].index : frames;
        for (uint32_t j = depth++; j > at; j--) {
            entries[j] = entries[j - 1];
        }
        entries[at] = (frames_entry){.frame = number_of(placed[i].span, session)};
    }
    return depth;
}
