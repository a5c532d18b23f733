/* SPDX-License-Identifier: MIT */
/*
 * Who works on a sampled session: one at a time, a handler or who gives a wait its time, and none after stop(). A handler does
 * not wait. Others may, as no handler stays inside for longer than some microseconds. Safe in signal handlers but for
 * session_gate_wait and session_gate_close.
 */
#ifndef PROF_CPYTHON_SESSION_GATE_H
#define PROF_CPYTHON_SESSION_GATE_H

#include <sched.h>

#include "source.h"

static inline bool
session_gate_try(session_object *session)
{
    session_gate open = GATE_OPEN;
    return atomic_compare_exchange_strong(&session->sample.gate, &open, GATE_BUSY);
}

static inline void
session_gate_leave(session_object *session)
{
    atomic_store_explicit(&session->sample.gate, GATE_OPEN, memory_order_release);
}

/* Changes the gate as soon as nobody is inside. False: it is closed. */
static inline bool
session_gate_change(session_object *session, session_gate to)
{
    session_gate seen = GATE_OPEN;
    while (!atomic_compare_exchange_weak(&session->sample.gate, &seen, to)) {
        if (seen == GATE_CLOSED) {
            return false;
        }
        if (seen == GATE_BUSY) {
            (void)sched_yield();
        }
        seen = GATE_OPEN;
    }
    return true;
}

/* Enters when nobody is inside any more. False: the session has been stopped. */
static inline bool
session_gate_wait(session_object *session)
{
    return session_gate_change(session, GATE_BUSY);
}

/* Nobody comes in any more; who is inside ends soon. */
static inline void
session_gate_close(session_object *session)
{
    (void)session_gate_change(session, GATE_CLOSED);
}

#endif
