/* SPDX-License-Identifier: MIT */
/*
 * A membership is the value of the context variable: it says that a context, and whatever context is copied
 * from it, is in a session, and what it was in before.
 */
#ifndef PROF_CPYTHON_MEMBERSHIP_H
#define PROF_CPYTHON_MEMBERSHIP_H

#include "source.h"

/*
 * Holders are the coroutines and generators that were running when the context joined: the session begins
 * inside them. They go on after each await, but they are no part of the session; were they shown then, the
 * same work would stand at one path before an await and at another after it.
 */
struct membership {
    PyObject_VAR_HEAD session_object *session;
    membership *outer;     /* what it replaced, or NULL */
    uint32_t holder_count; /* those that have ended are taken out */
    uint32_t base_count;
    uint64_t holders[]; /* addresses of their interpreter frames; of a sampled session, its base */
};

/* A frame that was on the stack when the context joined, and its code. Compared, never followed. */
typedef struct membership_frame {
    uint64_t frame;
    uint64_t code;
} membership_frame;

/* In a sampled session: the stack at that moment, the outermost frame first, `base_count` of them. */
static inline const membership_frame *
membership_base(const membership *member)
{
    return (const membership_frame *)(const void *)member->holders;
}

extern PyType_Spec membership_spec;

/* A value of the variable, NULL if it is none of ours. Borrowed. */
membership *membership_of(const event_source *source, PyObject *value);

/* The innermost membership of a running, traced session behind this one (or NULL), or NULL. Borrowed. */
membership *membership_traced(membership *member);

/*
 * The innermost membership of a sampled session that runs in this process, behind this one (or NULL), or NULL. Borrowed.
 * Safe in signal handlers.
 */
static inline membership *
membership_sampled(membership *member, pid_t process)
{
    while (member != NULL && (member->session->engine != ENGINE_SAMPLE ||
                              member->session->sample.process != process ||
                              atomic_load(&member->session->sample.gate) == GATE_CLOSED)) {
        member = member->outer;
    }
    return member;
}

/* The current context's, or NULL; clears exceptions. Borrowed. */
membership *membership_current(const event_source *source);

/* Is it, or one that it replaced, a membership in this session? */
bool membership_includes(const membership *member, const prof_session *session);

/* Puts the current context into the session, unless it is in. -1 with an exception set. */
int membership_join(session_object *session);

/* The same for a sampled session, whose stack is to begin above these frames. */
int membership_join_above(session_object *session, const membership_frame *base, uint32_t count);

/* Takes the current context out of the session, if it is in. -1 with an exception set. */
int membership_part(session_object *session);

/* Does this frame hold the session from outside? */
bool membership_holds(const membership *member, uint64_t frame);

/* A frame has ended: its address may be that of another one soon. */
void membership_forget(membership *member, uint64_t frame);

#endif
