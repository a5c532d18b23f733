/* SPDX-License-Identifier: MIT */
/*
 * What the hooks of all back ends do with an event, once they know its strand: the hot path of tracing.
 *
 * The usual course of the commonest events is inlined into the hooks and calls nothing: what a hook has to
 * keep across a call costs it as much as all the rest. What else can happen is in trace.c.
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

/* The rest of the inline functions below; `now` is the time of the event, which has been counted. */
APART void trace__enter_code(event_source *source, prof_strand *strand, PyCodeObject *code,
                             uint64_t frame, bool resumes, uint64_t now);
APART void trace__enter_code_slowly(event_source *source, prof_strand *strand, PyCodeObject *code,
                                    uint64_t frame, bool resumes);
APART void trace__enter_builtin(event_source *source, prof_strand *strand, PyObject *callable,
                                uint64_t key, uint64_t frame, uint64_t now);
APART void trace__enter_builtin_slowly(event_source *source, prof_strand *strand,
                                       PyObject *callable, uint64_t key, uint64_t frame);
APART void trace__leave_code_slowly(event_source *source, prof_strand *strand, uint64_t frame);
APART void trace__leave_builtin_slowly(const event_source *source, prof_strand *strand,
                                       PyObject *callable, uint64_t frame);

/* Closes a builtin that `caller` has called and that must have returned, since `caller` runs again. */
APART void trace_close_finished_builtin(prof_strand *strand, uint64_t caller, uint64_t now);

/* A generator or coroutine goes on after a yield or an await. */
void trace_resume_code(event_source *source, prof_strand *strand, PyCodeObject *code,
                       uint64_t frame);

/*
 * An exception is thrown into a generator or coroutine. It goes to the innermost one straight away; those
 * that wait for it are on the interpreter's stack, and have no event before it has ended.
 */
void trace_throw_code(event_source *source, prof_strand *strand, PyCodeObject *code,
                      uint64_t frame);

/* A generator or coroutine hands control back. It awaits, or it delivers an item of its own. */
void trace_suspend_code(prof_strand *strand, PyCodeObject *code, uint64_t frame, bool delivers);

/* An asynchronous generator hands out its items in a wrapper; what it awaits comes bare. */
bool trace_delivers_item(const PyCodeObject *code, PyObject *value);

static inline uint64_t
code_key(const PyCodeObject *code)
{
    return (uint64_t)(uintptr_t)code;
}

static inline uint64_t
builtin_identity(PyObject *callable, uint64_t caller)
{
    return caller | BUILTIN_TAG | (Py_IS_TYPE(callable, &PyMethod_Type) ? UNREPORTED_TAG : 0);
}

/* What begins on its usual course: below a Python call, not for the first time, with room on the stack. */
static inline prof__cct_node *
likely_child(const prof_strand *strand, uint64_t key)
{
    bool usual = strand->beyond == 0 && (strand->top->identity & BUILTIN_TAG) == 0 &&
                 strand->top != strand->limit;
    return __builtin_expect(usual, 1) ? prof__cct_likely_child(strand->top->node, key) : NULL;
}

/* An event of the innermost call had a number that CPython made for it: prof_costs.far. */
static inline void
trace_count_far(const prof_strand *strand)
{
    strand->session->frames.far[strand->top->node->frame_id]++;
}

/* A Python function starts, or a generator or coroutine goes on (`resumes`). */
static inline void
trace_enter_code(event_source *source, prof_strand *strand, PyCodeObject *code, uint64_t frame,
                 bool resumes)
{
    uint64_t now;
    if (__builtin_expect(!prof__strand_try_advance(strand, &now), 0)) {
        trace__enter_code_slowly(source, strand, code, frame, resumes);
        return;
    }
    prof__cct_node *node = likely_child(strand, code_key(code));
    if (__builtin_expect(node == NULL, 0)) {
        trace__enter_code(source, strand, code, frame, resumes, now);
        return;
    }
    prof__cct_count(node, resumes);
    prof__strand_push_within(strand, node, frame, now);
}

/* A function returns or raises, a generator or coroutine ends. */
static inline void
trace_leave_code(event_source *source, prof_strand *strand, uint64_t frame)
{
    uint64_t now;
    bool usual = strand->top->identity == frame;
    if (__builtin_expect(usual, 1) && prof__strand_try_advance(strand, &now)) {
        prof__strand_pop(strand, now);
    } else {
        trace__leave_code_slowly(source, strand, frame);
    }
}

static inline void
trace_enter_builtin(event_source *source, prof_strand *strand, PyObject *callable, uint64_t key,
                    uint64_t frame)
{
    uint64_t now;
    if (__builtin_expect(!prof__strand_try_advance(strand, &now), 0)) {
        trace__enter_builtin_slowly(source, strand, callable, key, frame);
        return;
    }
    prof__cct_node *node = likely_child(strand, key);
    if (__builtin_expect(node == NULL, 0)) {
        trace__enter_builtin(source, strand, callable, key, frame, now);
        return;
    }
    prof__cct_count(node, false);
    prof__strand_push_within(strand, node, builtin_identity(callable, frame), now);
}

/* Something in Python is called, which shows as soon as it starts. */
static inline void
trace_call_python(prof_strand *strand, uint64_t frame)
{
    if (__builtin_expect((strand->top->identity & UNREPORTED_TAG) != 0, 0)) {
        trace_close_finished_builtin(strand, frame, prof__strand_advance(strand));
    }
}

/* The end of any callable's call, also of one that was never pushed: then nothing must be searched. */
static inline void
trace_leave_builtin(const event_source *source, prof_strand *strand, PyObject *callable,
                    uint64_t frame)
{
    uint64_t now;
    bool usual = (strand->top->identity & ~UNREPORTED_TAG) == (frame | BUILTIN_TAG);
    if (__builtin_expect(usual, 1) && prof__strand_try_advance(strand, &now)) {
        strand->yielded = false;
        prof__strand_pop(strand, now);
    } else {
        trace__leave_builtin_slowly(source, strand, callable, frame);
    }
}

#endif
