/* SPDX-License-Identifier: MIT */
/*
 * What the hooks of all back ends do with an event, once they know its strand: the hot path of tracing.
 *
 * The usual course of the commonest events is inlined into the hooks and calls nothing: what a hook has to
 * keep across a call costs it as much as all the rest. What else can happen is in trace.c. Where trace_try_ says
 * false it has done nothing, and the function without `try` does it all.
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

#include "callables.h"
#include "membership.h"
#include "synthetic.h"

#define BUILTIN_TAG UINT64_C(1)

/* A generator or coroutine that hands throw() down: on the stack, though it has had no event yet. */
#define DELEGATES_TAG UINT64_C(4)

/* With BUILTIN_TAG: a bound method of something not in Python, whose end f(*arguments) does not report. */
#define UNREPORTED_TAG UINT64_C(4)

#define TAGS (BUILTIN_TAG | SYNTHETIC_TAG | DELEGATES_TAG)

/* For functions that would spoil the usual course if they were inlined into it. */
#define APART __attribute__((noinline))

/* Any course of the events below. `counter` is what prof__counter() has said for this event, or 0. */
APART void trace__enter_code(event_source *source, prof_strand *strand, PyCodeObject *code,
                             uint64_t frame, bool resumes, uint64_t counter);
APART void trace__leave_code(event_source *source, prof_strand *strand, uint64_t frame,
                             uint64_t counter);
APART void trace__enter_builtin(event_source *source, prof_strand *strand, PyObject *callable,
                                uint64_t key, uint64_t frame, uint64_t counter);
APART void trace__leave_builtin(event_source *source, prof_strand *strand, PyObject *callable,
                                uint64_t frame, uint64_t counter);
APART void trace__call_python(event_source *source, prof_strand *strand, uint64_t frame,
                              uint64_t counter);

/* Closes a builtin that `caller` has called and that must have returned, since `caller` runs again. */
void trace_close_finished_builtin(event_source *source, prof_strand *strand, uint64_t caller);

/* A generator or coroutine goes on after a yield or an await. */
void trace_resume_code(event_source *source, prof_strand *strand, PyCodeObject *code,
                       uint64_t frame, uint64_t counter);

/*
 * An exception is thrown into a generator or coroutine. It goes to the innermost one straight away; those
 * that wait for it are on the interpreter's stack, and have no event before it has ended.
 */
void trace_throw_code(event_source *source, prof_strand *strand, PyCodeObject *code, uint64_t frame,
                      uint64_t counter);

/* A generator or coroutine hands control back. It awaits, or it delivers an item of its own. */
void trace_suspend_code(prof_strand *strand, PyCodeObject *code, uint64_t frame, bool delivers,
                        uint64_t counter);

/* An asynchronous generator hands out its items in a wrapper; what it awaits comes bare. */
bool trace_delivers_item(const PyCodeObject *code, PyObject *value);

static inline uint64_t
code_key(const PyCodeObject *code)
{
    return (uint64_t)(uintptr_t)code;
}

/* Of a builtin: it may be called in a way that does not report its end. */
static inline bool
may_end_unreported(PyObject *callable)
{
    return Py_IS_TYPE(callable, &PyMethod_Type);
}

/*
 * What begins on its usual course: not for the first time, and with room on the stack. Where calls are open beyond the
 * stack there is no room, or the innermost is an overflow frame, which has no children.
 */
static inline prof__cct_node *
likely_child(const prof_strand *strand, uint64_t key)
{
    bool has_room = strand->top != strand->limit;
    return __builtin_expect(has_room, 1) ? prof__cct_likely_child(strand->top->node, key) : NULL;
}

/* The innermost call is one of Python code, or a builtin that is sure to have called this frame. */
static inline bool
can_call_code(uint64_t innermost, uint64_t frame)
{
    return (innermost & BUILTIN_TAG) == 0 ||
           ((innermost & UNREPORTED_TAG) == 0 && !compat_called_directly(frame, innermost & ~TAGS));
}

/* An event of this call had a number that CPython made for it: prof_costs.far. */
static inline void
trace_count_far(const prof_strand *strand, const prof__cct_node *node)
{
    strand->session->frames.far[node->frame_id]++;
}

/* Between its suspensions and resumptions it awaits, or may. */
static inline bool
can_await(const PyCodeObject *code)
{
    return (code->co_flags & (CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE)) != 0;
}

/* ---- the usual course ------------------------------------------------------------------------------ */

static inline bool
trace_try_enter_code(prof_strand *strand, PyCodeObject *code, uint64_t frame, bool resumes,
                     uint64_t counter)
{
    if (!can_call_code(strand->top->identity, frame)) {
        return false;
    }
    prof__cct_node *node = likely_child(strand, code_key(code));
    if (__builtin_expect(node == NULL, 0) || !prof__strand_try_advance(strand, counter)) {
        return false;
    }
    prof__cct_count(node, resumes);
    prof__strand_push_within(strand, node, frame);
    return true;
}

static inline bool
trace_try_leave_code(prof_strand *strand, uint64_t frame, uint64_t counter)
{
    if (__builtin_expect(strand->top->identity != frame, 0) ||
        !prof__strand_try_advance(strand, counter)) {
        return false;
    }
    prof__strand_pop(strand);
    return true;
}

/* Of a generator. */
static inline bool
trace_try_resume_code(prof_strand *strand, PyCodeObject *code, uint64_t frame, uint64_t counter)
{
    return !can_await(code) && !is_empty(strand) &&
           strand->top->identity != (frame | DELEGATES_TAG) &&
           trace_try_enter_code(strand, code, frame, true, counter);
}

/* Of a generator. What is left is looked at first: below an open call there is at least the base. */
static inline bool
trace_try_suspend_code(prof_strand *strand, const PyCodeObject *code, uint64_t frame,
                       uint64_t counter)
{
    return !can_await(code) && !is_empty(strand) &&
           (strand->top[-1].identity & TAGS) != DELEGATES_TAG &&
           trace_try_leave_code(strand, frame, counter);
}

/* As above. */
static inline bool
trace_try_enter_builtin(prof_strand *strand, PyObject *callable, uint64_t key, uint64_t frame,
                        uint64_t counter)
{
    if ((strand->top->identity & BUILTIN_TAG) != 0 || may_end_unreported(callable)) {
        return false;
    }
    prof__cct_node *node = likely_child(strand, key);
    if (__builtin_expect(node == NULL, 0) || !prof__strand_try_advance(strand, counter)) {
        return false;
    }
    prof__cct_count(node, false);
    prof__strand_push_within(strand, node, frame | BUILTIN_TAG);
    return true;
}

static inline bool
trace_try_leave_builtin(prof_strand *strand, uint64_t frame, uint64_t counter)
{
    uint64_t innermost = strand->top->identity;
    if (innermost == frame) {
        strand->yielded = false;
        return true; /* it was never pushed */
    }
    bool usual = innermost == (frame | BUILTIN_TAG);
    if (__builtin_expect(!usual, 0) || !prof__strand_try_advance(strand, counter)) {
        return false;
    }
    strand->yielded = false;
    prof__strand_pop(strand);
    return true;
}

static inline bool
trace_try_call_python(const event_source *source)
{
    return __builtin_expect(source->unreported == 0, 1);
}

/* ---- any course ------------------------------------------------------------------------------------ */

/* A Python function starts, or a generator or coroutine goes on (`resumes`). */
static inline void
trace_enter_code(event_source *source, prof_strand *strand, PyCodeObject *code, uint64_t frame,
                 bool resumes, uint64_t counter)
{
    if (!trace_try_enter_code(strand, code, frame, resumes, counter)) {
        trace__enter_code(source, strand, code, frame, resumes, counter);
    }
}

/* A function returns or raises, a generator or coroutine ends. */
static inline void
trace_leave_code(event_source *source, prof_strand *strand, uint64_t frame, uint64_t counter)
{
    if (!trace_try_leave_code(strand, frame, counter)) {
        trace__leave_code(source, strand, frame, counter);
    }
}

static inline void
trace_enter_builtin(event_source *source, prof_strand *strand, PyObject *callable, uint64_t key,
                    uint64_t frame, uint64_t counter)
{
    if (!trace_try_enter_builtin(strand, callable, key, frame, counter)) {
        trace__enter_builtin(source, strand, callable, key, frame, counter);
    }
}

/* The end of any callable's call, also of one that was never pushed: then nothing must be searched. */
static inline void
trace_leave_builtin(event_source *source, prof_strand *strand, PyObject *callable, uint64_t frame,
                    uint64_t counter)
{
    if (!trace_try_leave_builtin(strand, frame, counter)) {
        trace__leave_builtin(source, strand, callable, frame, counter);
    }
}

/* Something in Python is called, which shows as soon as it starts. */
static inline void
trace_call_python(event_source *source, prof_strand *strand, uint64_t frame, uint64_t counter)
{
    if (!trace_try_call_python(source)) {
        trace__call_python(source, strand, frame, counter);
    }
}

#endif
