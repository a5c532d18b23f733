/* SPDX-License-Identifier: MIT */
/*
 * Which session, and which strand of it, does the code that runs now belong to?
 *
 * The session is the value of one context variable and nothing else: tasks, executor threads and greenlets
 * inherit it as they copy the context, and no thread or frame can hand it to a stranger.
 *
 * The strand is the flow with a stack of its own. A context entered from another (Context.run, a task's
 * step) continues the stack of the one below it; a context beside it (another greenlet or thread) has its
 * own. So strands are found along the chain of entered contexts. A strand whose stack is empty belongs to
 * nobody and is used again: their number is that of the stacks open at once, not of tasks.
 */
#include "membership.h"

/* What this OS thread runs; of strands and contexts only compared, never followed: they may be gone. */
static _Thread_local struct {
    uint64_t serial;  /* of the strand that ran last, 0: none */
    uint64_t context; /* the outermost of the contexts entered from each other: one per greenlet */
    uint64_t stack;   /* changes with `context`: then another stack runs */
} here;

/* What makes the context that runs now part of a running session, borrowed, or NULL. */
static membership *
find_member(event_source *source, PyThreadState *thread)
{
    PyObject *value = NULL;
    if (thread->context == NULL || source->running_count == 0) {
        return NULL;
    }
    if (PyContextVar_Get(source->variable, NULL, &value) < 0) {
        PyErr_Clear();
        return NULL;
    }
    membership *member = membership_running(source, value);
    Py_XDECREF(value); /* the context holds it */
    return member;
}

/* The open strand of this context or of one it was entered from. */
static prof_strand *
find_open(session_object *session, PyThreadState *thread)
{
    PyObject *context = thread->context;
    for (; context != NULL; context = compat_context_previous(context)) {
        prof_strand *strand = session->session->strands;
        for (; strand != NULL; strand = strand->next) {
            if (strand->owner == (uint64_t)(uintptr_t)context && strand->thread == thread->id &&
                !is_empty(strand)) {
                return strand;
            }
        }
    }
    return NULL;
}

/* An empty strand, this thread's own if there is one: its CPU clock needs no new beginning. */
static prof_strand *
find_empty(session_object *session, PyThreadState *thread)
{
    prof_strand *found = NULL;
    prof_strand *strand = session->session->strands;
    for (; strand != NULL; strand = strand->next) {
        if (is_empty(strand) && (found == NULL || strand->thread == thread->id)) {
            found = strand;
        }
    }
    return found;
}

static prof_strand *
find_strand(session_object *session, PyThreadState *thread)
{
    prof_strand *strand = find_open(session, thread);
    if (strand != NULL) {
        return strand;
    }
    strand = find_empty(session, thread);
    if (strand == NULL) {
        prof_status status = prof__session_add_strand(session->session, session->tree, &strand);
        if (status != PROF_OK) {
            session->session->status = status;
            return NULL;
        }
    }
    strand->owner = (uint64_t)(uintptr_t)thread->context;
    strand->beyond = 0;
    return strand;
}

static void
note_stack(PyThreadState *thread)
{
    PyObject *outermost = NULL;
    for (PyObject *context = thread->context; context != NULL;
         context = compat_context_previous(context)) {
        outermost = context;
    }
    if (here.context != (uint64_t)(uintptr_t)outermost) {
        here.context = (uint64_t)(uintptr_t)outermost;
        here.stack++;
    }
}

/*
 * Its CPU time goes on from here unless it never stopped: calls that are open on a stack that this thread
 * has not left have spent what passed meanwhile, in a context outside the session for example.
 */
static void
resume_strand(prof_strand *strand, PyThreadState *thread)
{
    bool same_stack = strand->thread == thread->id && strand->stack == here.stack;
    bool went_on = same_stack && (here.serial == strand->serial || !is_empty(strand));
    if (!went_on) {
        prof__strand_resume(strand);
    }
    strand->thread = thread->id;
    strand->stack = here.stack;
}

prof_strand *
source_switch(event_source *source, PyThreadState *thread)
{
    membership *member = find_member(source, thread);
    session_object *session = member == NULL ? NULL : member->session;
    prof_strand *strand = session == NULL ? NULL : find_strand(session, thread);
    note_stack(thread);
    if (strand != NULL) {
        resume_strand(strand, thread);
    }
    here.serial = strand == NULL ? 0 : strand->serial;
    source->cache.thread_id = thread->id;
    source->cache.context_ver = thread->context_ver;
    source->cache.variable = *source->memory;
    source->cache.strand = strand;
    source->cache.session = session;
    source->cache.builtins = session != NULL && session->builtins;
    source->cache.member = member;
    return strand;
}

void
source_forget(event_source *source)
{
    source->cache.thread_id = UINT64_MAX; /* no thread has this id */
    source->cache.strand = NULL;
    source->cache.session = NULL;
    source->cache.member = NULL;
}
