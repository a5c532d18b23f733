/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <string.h>

/* Generators that hand one throw() down; of a longer chain the outermost do not show. */
#define MAX_DELEGATING 64u

/* ---- builtins that are over ---------------------------------------------------------------------- */

/* The innermost entry, which had this identity, is closed. */
static void
count_closed(event_source *source, uint64_t identity)
{
    if ((identity & (BUILTIN_TAG | UNREPORTED_TAG)) == (BUILTIN_TAG | UNREPORTED_TAG)) {
        source->unreported -= source->unreported > 0;
    }
}

void
trace_close_finished_builtin(event_source *source, prof_strand *strand, uint64_t caller)
{
    uint64_t identity = strand->top->identity;
    if (__builtin_expect((identity & ~UNREPORTED_TAG) == (caller | BUILTIN_TAG), 0)) {
        prof__strand_pop(strand);
        strand->counters.resynchronised++;
        count_closed(source, identity);
    }
}

/* A function that no CALL announced (an operator, a property) can start below a builtin that is over. */
static void
close_builtin_of_caller(event_source *source, prof_strand *strand, uint64_t frame)
{
    uint64_t identity = strand->top->identity;
    uint64_t caller = identity & ~TAGS;
    if ((identity & BUILTIN_TAG) == 0 || caller == 0) {
        return;
    }
    bool over = compat_called_directly(frame, caller);
    if (!over && (identity & UNREPORTED_TAG) != 0) {
        over = !compat_is_calling(frame, caller);
    }
    if (over) {
        trace_close_finished_builtin(source, strand, caller);
    }
}

/* ---- Python code --------------------------------------------------------------------------------- */

static void
open_code(event_source *source, prof_strand *strand, PyCodeObject *code, uint64_t identity,
          bool resumes)
{
    prof__cct_node *node = prof__strand_child(strand, code_key(code));
    if (__builtin_expect(node == NULL, 0)) {
        node = source_add_code(source, strand, code, resumes);
        if (node == NULL) {
            return;
        }
    }
    prof__cct_count(node, resumes);
    prof__strand_push(strand, node, identity);
}

void
trace__enter_code(event_source *source, prof_strand *strand, PyCodeObject *code, uint64_t frame,
                  bool resumes, uint64_t counter)
{
    (void)prof__strand_advance_to(strand, counter);
    if (strand->beyond > 0) {
        prof__strand_enter_beyond(strand, resumes);
        return;
    }
    close_builtin_of_caller(source, strand, frame);
    open_code(source, strand, code, frame, resumes);
}

void
trace__leave_code(event_source *source, prof_strand *strand, uint64_t frame, uint64_t counter)
{
    if (is_empty(strand)) {
        membership_forget(source->cache.member, frame);
    }
    const prof__entry *top = strand->top;
    uint64_t innermost = top->identity;
    prof__strand_leave_at(strand, frame, counter);
    if (strand->top != top) {
        count_closed(source, innermost);
    }
}

void
trace_resume_code(event_source *source, prof_strand *strand, PyCodeObject *code, uint64_t frame,
                  uint64_t counter)
{
    if (strand->top->identity == (frame | DELEGATES_TAG)) {
        strand->top->identity =
            frame; /* what it handed throw() to has ended: it stands there already */
        (void)prof__strand_advance_to(strand, counter);
        return;
    }
    if (is_empty(strand) && membership_holds(source->cache.member, frame)) {
        strand->yielded = false;
        return;
    }
    trace_enter_code(source, strand, code, frame, true, counter);
    if (can_await(code)) {
        uint64_t gap;
        prof__cct_node *node =
            prof__suspended_take(&strand->session->suspended, frame, strand->last, &gap);
        if (node != NULL) {
            prof__cct_await(&strand->tree->cct, node, gap);
        }
    }
}

void
trace_throw_code(event_source *source, prof_strand *strand, PyCodeObject *code, uint64_t frame,
                 uint64_t counter)
{
    uint64_t outer[MAX_DELEGATING];
    uint32_t count = 0;
    if (strand->top->identity != (frame | DELEGATES_TAG) && strand->beyond == 0) {
        uint64_t end = strand->top->identity & ~TAGS;
        count = compat_delegating_frames(frame, end, outer, MAX_DELEGATING);
    }
    while (count-- > 0 && strand->session->status == PROF_OK) {
        if (!is_empty(strand) || !membership_holds(source->cache.member, outer[count])) {
            open_code(source, strand, compat_frame_code(outer[count]), outer[count] | DELEGATES_TAG,
                      true);
        }
    }
    trace_resume_code(source, strand, code, frame, counter);
}

bool
trace_delivers_item(const PyCodeObject *code, PyObject *value)
{
    return (code->co_flags & CO_ASYNC_GENERATOR) != 0 &&
           strcmp(Py_TYPE(value)->tp_name, "async_generator_wrapped_value") == 0;
}

/*
 * A generator or coroutine hands control back. When coroutines await each other, the innermost reports
 * first and the others follow without anything between: only the first is the one that awaits. A coroutine
 * that was dropped while it awaited may have left its address, and what is remembered there, to another.
 */
void
trace_suspend_code(prof_strand *strand, PyCodeObject *code, uint64_t frame, bool delivers,
                   uint64_t counter)
{
    prof__cct_node *node = strand->top->node;
    bool innermost = !strand->yielded && !delivers && strand->top->identity == frame;
    prof__strand_leave_at(strand, frame, counter);
    while ((strand->top->identity & TAGS) == DELEGATES_TAG) {
        prof__strand_pop(strand); /* what was thrown into goes on waiting, and so do they */
    }
    if (can_await(code)) {
        if (innermost) {
            (void)prof__suspended_put(&strand->session->suspended, frame, node, strand->last);
        } else {
            prof__suspended_drop(&strand->session->suspended, frame);
        }
        strand->yielded = !delivers;
    }
}

/* ---- builtins ------------------------------------------------------------------------------------ */

void
trace__enter_builtin(event_source *source, prof_strand *strand, PyObject *callable, uint64_t key,
                     uint64_t frame, uint64_t counter)
{
    (void)prof__strand_advance_to(strand, counter);
    if (strand->beyond > 0) {
        prof__strand_enter_beyond(strand, false);
        return;
    }
    trace_close_finished_builtin(source, strand, frame);
    prof__cct_node *node = prof__strand_child(strand, key);
    if (node == NULL) {
        node = source_add_callable(source, strand, callable, key);
        if (node == NULL) {
            return;
        }
    }
    uint64_t identity = frame | BUILTIN_TAG;
    if (may_end_unreported(callable)) {
        identity |= UNREPORTED_TAG;
        source->unreported++;
    }
    prof__cct_count(node, false);
    prof__strand_push(strand, node, identity);
}

void
trace__leave_builtin(event_source *source, prof_strand *strand, PyObject *callable, uint64_t frame,
                     uint64_t counter)
{
    uint64_t innermost = strand->top->identity;
    strand->yielded = false;
    if ((innermost & ~UNREPORTED_TAG) == (frame | BUILTIN_TAG)) {
        prof__strand_leave_at(strand, innermost, counter);
        count_closed(source, innermost);
    } else if (source->cache.builtins && callable_key(source, callable) != 0) {
        prof__strand_leave_at(strand, frame | BUILTIN_TAG, counter);
    }
}

void
trace__call_python(event_source *source, prof_strand *strand, uint64_t frame, uint64_t counter)
{
    if ((strand->top->identity & UNREPORTED_TAG) != 0) {
        (void)prof__strand_advance_to(strand, counter);
        trace_close_finished_builtin(source, strand, frame);
    }
}
