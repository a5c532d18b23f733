/* SPDX-License-Identifier: MIT */
/*
 * What the hooks of all back ends do with an event, once they know its strand: the hot path of tracing.
 *
 * Identities: a Python call is the address of its interpreter frame; a builtin call is that of the frame
 * that called it, with the lowest bit set (a frame runs at most one builtin at a time). Keys: see
 * callables.h.
 *
 * Builtins called in some ways (bound methods of builtins, f(*args) on 3.12+) never report their end. It
 * shows at the next event of their caller: the frame does something, so its builtin is over.
 */
#ifndef PROF_CPYTHON_TRACE_H
#define PROF_CPYTHON_TRACE_H

#include <string.h>

#include "callables.h"
#include "membership.h"
#include "synthetic.h"

#define BUILTIN_TAG UINT64_C(1)

/* A generator or coroutine that hands throw() down: on the stack, though it has had no event yet. */
#define DELEGATES_TAG UINT64_C(4)

/* With BUILTIN_TAG: a bound method of something not in Python, whose end f(*arguments) does not report. */
#define UNREPORTED_TAG UINT64_C(4)

#define TAGS (BUILTIN_TAG | SYNTHETIC_TAG | DELEGATES_TAG)

/* Generators that hand one throw() down; of a longer chain the outermost do not show. */
#define MAX_DELEGATING 64u

static inline uint64_t
code_key(const PyCodeObject *code)
{
    return (uint64_t)(uintptr_t)code;
}

/* A builtin that `frame` has called and that must have returned, since `frame` runs again. */
static inline void
close_finished_builtin(prof_strand *strand, uint64_t caller, uint64_t now)
{
    uint64_t identity = strand->top->identity & ~UNREPORTED_TAG;
    if (__builtin_expect(identity == (caller | BUILTIN_TAG), 0)) {
        prof__strand_pop(strand, now);
        strand->counters.resynchronised++;
    }
}

/* A function that no CALL announced (an operator, a property) can start below a builtin that is over. */
static inline void
close_builtin_of_caller(prof_strand *strand, uint64_t frame, uint64_t now)
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
        close_finished_builtin(strand, caller, now);
    }
}

static inline void
open_code(event_source *source, prof_strand *strand, PyCodeObject *code, uint64_t identity,
          bool resumes, uint64_t now)
{
    prof__cct_node *node = prof__strand_child(strand, code_key(code));
    if (__builtin_expect(node == NULL, 0)) {
        node = source_add_code(source, strand, code, resumes);
        if (node == NULL) {
            return;
        }
    }
    if (resumes) {
        node->resumes += node->resumes != UINT32_MAX;
    } else {
        node->calls++;
    }
    prof__strand_push(strand, node, identity, now);
}

/* A Python function starts, or a generator or coroutine goes on (`resumes`). */
static inline void
trace_enter_code(event_source *source, prof_strand *strand, PyCodeObject *code, uint64_t frame,
                 bool resumes)
{
    uint64_t now = prof__strand_advance(strand);
    if (__builtin_expect(strand->beyond > 0, 0)) {
        prof__strand_enter_beyond(strand, resumes);
        return;
    }
    close_builtin_of_caller(strand, frame, now);
    open_code(source, strand, code, frame, resumes, now);
}

static inline bool
can_await(const PyCodeObject *code)
{
    return (code->co_flags & (CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE)) != 0;
}

/* A generator or coroutine goes on after a yield or an await. */
static inline void
trace_resume_code(event_source *source, prof_strand *strand, PyCodeObject *code, uint64_t frame)
{
    if (strand->top->identity == (frame | DELEGATES_TAG)) {
        strand->top->identity =
            frame; /* what it handed throw() to has ended: it stands there already */
        (void)prof__strand_advance(strand);
        return;
    }
    if (is_empty(strand) && membership_holds(source->cache.member, frame)) {
        strand->yielded = false;
        return;
    }
    trace_enter_code(source, strand, code, frame, true);
    if (can_await(code)) {
        uint64_t gap;
        prof__cct_node *node =
            prof__suspended_take(&strand->session->suspended, frame, strand->last, &gap);
        if (node != NULL) {
            prof__cct_await(&strand->tree->cct, node, gap);
        }
    }
}

/*
 * An exception is thrown into a generator or coroutine. It goes to the innermost one straight away; those
 * that wait for it are on the interpreter's stack, and have no event before it has ended.
 */
static inline void
trace_throw_code(event_source *source, prof_strand *strand, PyCodeObject *code, uint64_t frame)
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
                      true, strand->last);
        }
    }
    trace_resume_code(source, strand, code, frame);
}

/* A function returns or raises, a generator or coroutine ends. */
static inline void
trace_leave_code(event_source *source, prof_strand *strand, uint64_t frame)
{
    if (__builtin_expect(is_empty(strand), 0)) {
        membership_forget(source->cache.member, frame);
    }
    prof__strand_leave(strand, frame);
}

/* An asynchronous generator hands out its items in a wrapper; what it awaits comes bare. */
static inline bool
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
static inline void
trace_suspend_code(prof_strand *strand, PyCodeObject *code, uint64_t frame, bool delivers)
{
    prof__cct_node *node = strand->top->node;
    bool innermost = !strand->yielded && !delivers && strand->top->identity == frame;
    prof__strand_leave(strand, frame);
    while ((strand->top->identity & TAGS) == DELEGATES_TAG) {
        prof__strand_pop(strand,
                         strand->last); /* what was thrown into goes on waiting, and so do they */
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

static inline void
trace_enter_builtin(event_source *source, prof_strand *strand, PyObject *callable, uint64_t key,
                    uint64_t frame)
{
    uint64_t now = prof__strand_advance(strand);
    if (__builtin_expect(strand->beyond > 0, 0)) {
        prof__strand_enter_beyond(strand, false);
        return;
    }
    close_finished_builtin(strand, frame, now);
    prof__cct_node *node = prof__strand_child(strand, key);
    if (__builtin_expect(node == NULL, 0)) {
        node = source_add_callable(source, strand, callable, key);
        if (node == NULL) {
            return;
        }
    }
    node->calls++;
    uint64_t tags = BUILTIN_TAG | (Py_IS_TYPE(callable, &PyMethod_Type) ? UNREPORTED_TAG : 0);
    prof__strand_push(strand, node, frame | tags, now);
}

/* Something in Python is called, which shows as soon as it starts. */
static inline void
trace_call_python(prof_strand *strand, uint64_t frame)
{
    if ((strand->top->identity & UNREPORTED_TAG) != 0) {
        close_finished_builtin(strand, frame, prof__strand_advance(strand));
    }
}

/* The end of any callable's call, also of one that was never pushed: then nothing must be searched. */
static inline void
trace_leave_builtin(const event_source *source, prof_strand *strand, PyObject *callable,
                    uint64_t frame)
{
    uint64_t innermost = strand->top->identity;
    strand->yielded = false;
    if ((innermost & ~UNREPORTED_TAG) == (frame | BUILTIN_TAG)) {
        prof__strand_leave(strand, innermost);
    } else if (innermost != frame && source->cache.builtins &&
               callable_key(source, callable) != 0) {
        prof__strand_leave(strand, frame | BUILTIN_TAG);
    }
}

#endif
