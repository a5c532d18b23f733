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
#include "source.h"

/*
 * The strand that ran last on this OS thread. A strand that comes back after another has run must not
 * count the other's CPU time as its own. Only compared, never followed: the strand may be gone.
 */
static _Thread_local uint64_t last_serial;

session_object *
source_session(event_source *source, PyThreadState *thread)
{
    PyObject *value = NULL;
    if (thread->context == NULL || source->running_count == 0) {
        return NULL;
    }
    if (PyContextVar_Get(source->variable, NULL, &value) < 0) {
        PyErr_Clear();
        return NULL;
    }
    if (value == NULL) {
        return NULL;
    }
    session_object *session = NULL;
    if (Py_IS_TYPE(value, source->session_type)) {
        session = (session_object *)value;
    }
    Py_DECREF(value); /* the context holds it */
    bool usable =
        session != NULL && session->session != NULL && session->session->status == PROF_OK;
    return usable ? session : NULL;
}

static bool
is_empty(const prof_strand *strand)
{
    return strand->top == strand->entries;
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
resume_strand(prof_strand *strand, PyThreadState *thread)
{
    if (strand == NULL) {
        last_serial = 0;
    } else if (last_serial != strand->serial || strand->thread != thread->id) {
        prof__strand_resume(strand);
        strand->thread = thread->id;
        last_serial = strand->serial;
    }
}

prof_strand *
source_switch(event_source *source, PyThreadState *thread)
{
    session_object *session = source_session(source, thread);
    prof_strand *strand = session == NULL ? NULL : find_strand(session, thread);
    resume_strand(strand, thread);
    source->cache.thread_id = thread->id;
    source->cache.context_ver = thread->context_ver;
    source->cache.variable = *source->memory;
    source->cache.strand = strand;
    source->cache.session = session;
    return strand;
}

void
source_forget(event_source *source)
{
    source->cache.thread_id = UINT64_MAX; /* no thread has this id */
    source->cache.strand = NULL;
    source->cache.session = NULL;
}
