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
 *
 *     index by (context, thread): strands with open calls, and the one that runs
 *     list of the session:        empty strands
 *
 * A strand changes only while it runs, so it is looked at when another one takes its place, and nothing of
 * this is any work on an event.
 */
#include "membership.h"

/* What this OS thread runs; of strands and contexts only compared, never followed: they may be gone. */
static _Thread_local struct {
    uint64_t serial;  /* of the strand that ran last, 0: none */
    uint64_t context; /* the outermost of the contexts entered from each other: one per greenlet */
    uint64_t stack;   /* changes with `context`: then another stack runs */
    prof__cpu_mark cpu; /* the thread's CPU clock at the last event of a session */
} here;

/* ---- sessions ----------------------------------------------------------------------------------- */

/* What the variable says in the context that runs now, borrowed, or NULL. */
static membership *
find_member(const event_source *source, PyThreadState *thread)
{
    PyObject *value = NULL;
    if (thread->context == NULL || source->running_count == 0) {
        return NULL;
    }
    if (PyContextVar_Get(source->variable, NULL, &value) < 0) {
        PyErr_Clear();
        return NULL;
    }
    Py_XDECREF(value); /* the context holds it */
    return membership_of(source, value);
}

/* ---- strands ------------------------------------------------------------------------------------ */

static uint64_t
identity_of(const PyObject *context)
{
    return (uint64_t)(uintptr_t)context;
}

static void
disown(event_source *source, prof_strand *strand)
{
    prof__strand_index_remove(&source->open, strand);
    strand->owner = 0;
    strand->beside = strand->session->empty;
    strand->session->empty = strand;
}

/* Another strand runs, or none: the one that ran so far is anybody's if no call is open on it. */
static void
leave_strand(event_source *source)
{
    prof_strand *strand = source->cache.strand;
    source->cache.strand = NULL;
    if (strand != NULL && is_empty(strand)) {
        disown(source, strand);
    }
}

/* Only a frame's address, without the tags of builtins and spans, names a Python call. */
#define TAGS UINT64_C(7)

/*
 * Calls that ended while another session, or none, had this stack: nobody reported that. They end with the
 * last event that the strand has seen. It is enough to look at the Python calls: what lies between them
 * ends with the one below.
 */
static void
close_ended(prof_strand *strand, const PyThreadState *thread)
{
    prof__entry *ended = NULL;
    for (prof__entry *entry = strand->top; entry > strand->entries; entry--) {
        if ((entry->identity & TAGS) != 0) {
            continue;
        }
        if (compat_is_running(thread, entry->identity, entry->node->key)) {
            break;
        }
        ended = entry;
    }
    if (ended != NULL) {
        strand->counters.resynchronised += (uint64_t)(strand->top - ended) + 1;
        prof__strand_close(strand, ended);
    }
}

/*
 * The context has left sessions in which its calls are open, not by detach() but because somebody has set
 * the variable: frameworks do that when they copy values between contexts. Those calls are over.
 */
static void
close_left(event_source *source, const membership *member, const PyThreadState *thread)
{
    prof_strand *strand =
        prof__strand_index_find(&source->open, identity_of(thread->context), thread->id);
    while (strand != NULL) {
        prof_strand *next = prof__strand_index_next(strand);
        if (!membership_includes(member, strand->session)) {
            strand->counters.resynchronised += (uint64_t)(strand->top - strand->entries);
            prof__strand_close(strand, strand->entries + 1);
            disown(source, strand);
        }
        strand = next;
    }
}

static prof_strand *
find_owned(const event_source *source, const prof_session *session, const PyObject *context,
           const PyThreadState *thread)
{
    prof_strand *strand = prof__strand_index_find(&source->open, identity_of(context), thread->id);
    while (strand != NULL && strand->session != session) {
        strand = prof__strand_index_next(strand);
    }
    return strand;
}

/* The open strand of this context or of one it was entered from. */
static prof_strand *
find_open(event_source *source, const prof_session *session, const PyThreadState *thread)
{
    PyObject *context = thread->context;
    for (; context != NULL; context = compat_context_previous(context)) {
        prof_strand *strand = find_owned(source, session, context, thread);
        if (strand == NULL) {
            continue;
        }
        if (here.serial != strand->serial) {
            close_ended(strand, thread);
        }
        if (!is_empty(strand)) {
            return strand;
        }
        disown(source, strand);
    }
    return NULL;
}

/* An empty strand, the one that was left last: if it was left here, its CPU clock needs no new beginning. */
static prof_strand *
take_empty(session_object *owner)
{
    prof_session *session = owner->session;
    prof_strand *strand = session->empty;
    if (strand != NULL) {
        session->empty = strand->beside;
        return strand;
    }
    prof_status status = prof__session_add_strand(session, owner->tree, &strand);
    if (status != PROF_OK) {
        session->status = status;
        return NULL;
    }
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
    if (here.context != identity_of(outermost)) {
        here.context = identity_of(outermost);
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
        prof__strand_resume_from(strand, &here.cpu);
    }
    strand->thread = thread->id;
    strand->stack = here.stack;
}

/* The strand of this flow, begun if there is none. NULL: no memory, which ends the session. */
static prof_strand *
enter_strand(event_source *source, session_object *session, PyThreadState *thread)
{
    prof_strand *strand = find_open(source, session->session, thread);
    if (strand != NULL) {
        resume_strand(strand, thread);
        return strand;
    }
    strand = take_empty(session);
    if (strand != NULL) {
        resume_strand(strand, thread);
        strand->owner = identity_of(thread->context);
        strand->beyond = 0;
        prof__strand_index_add(&source->open, strand);
    }
    return strand;
}

/* ---- switching ---------------------------------------------------------------------------------- */

prof_strand *
source_switch(event_source *source, PyThreadState *thread)
{
    membership *value = find_member(source, thread);
    membership *member = membership_traced(value);
    if (source->cache.strand != NULL && source->cache.flow.thread_id == thread->id) {
        here.cpu = prof__strand_mark(source->cache.strand);
    }
    leave_strand(source);
    if (source->open.count > 0) {
        close_left(source, value, thread);
    }
    note_stack(thread);
    session_object *session = member == NULL ? NULL : member->session;
    prof_strand *strand = session == NULL ? NULL : enter_strand(source, session, thread);
    here.serial = strand == NULL ? 0 : strand->serial;
    source->cache.flow = compat_flow_of(thread);
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
    leave_strand(source);
    source->cache.flow.thread_id = UINT64_MAX; /* no thread has this id */
    source->cache.session = NULL;
    source->cache.member = NULL;
}

void
source_end_session(event_source *source, prof_session *session)
{
    source_forget(source);
    prof_strand *strand = session == NULL ? NULL : session->strands;
    for (; strand != NULL; strand = strand->next) {
        if (strand->owner != 0) {
            disown(source, strand);
        }
    }
}
