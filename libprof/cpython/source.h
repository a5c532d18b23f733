/* SPDX-License-Identifier: MIT */
/*
 * The event source: what all hooks of one interpreter share. One exists per interpreter, in the state of
 * the module, so nothing here is global.
 *
 *     hook ──► source_strand (one branch) ──► strand ──► prof__strand_push / prof__strand_leave
 *                    │ context or thread changed
 *                    ▼
 *              ownership.c: context variable ──► session ──► strand of this flow
 *
 * All of it runs under the interpreter's GIL; that is what lets sessions share one tree between threads
 * and the cache be a plain struct.
 */
#ifndef PROF_CPYTHON_SOURCE_H
#define PROF_CPYTHON_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

#include "compat.h"

#include "pool.h"
#include "reserve.h"
#include "session.h"
#include "strand_index.h"
#include "thread_slot.h"

typedef struct event_source event_source;
typedef struct session_object session_object;
typedef struct membership membership;

/* Files that begin with this are the profiler's own. Never freed while the source exists: handlers read it. */
typedef struct hidden_prefix hidden_prefix;

struct hidden_prefix {
    hidden_prefix *next;
    size_t length;
    char text[];
};

typedef enum session_engine {
    ENGINE_TRACE,
    ENGINE_SAMPLE,
} session_engine;

/* Who works on a sampled session: handlers of several threads, and stop(). Nobody waits for a handler but stop(). */
typedef enum session_gate {
    GATE_CLOSED, /* not started, or stopped */
    GATE_OPEN,
    GATE_BUSY, /* a handler is inside */
} session_gate;

/* A running or ended session as Python sees it. */
struct session_object {
    PyObject_HEAD
    session_engine engine;
    prof_session *session; /* NULL once stopped */
    prof__tree *tree;      /* the one tree of all its strands */
    event_source *source;
    PyObject *module;    /* keeps the source alive */
    PyObject *code_refs; /* list: keys are addresses, so what they belong to must stay alive; NULL
                             once stopped */
    struct lent_names *names; /* with those of earlier sessions; NULL: it has its own only */
    session_object *next;     /* of the running sessions */
    uint64_t hooks_lost;      /* how often hooks were missing that could not be had back at once */
    bool builtins;
    bool pays_builtins; /* events of builtins were on when it began */
    struct {
        _Atomic(session_gate) gate;
        struct sampled_memory *memory; /* what the session lives in */
        uint64_t interval_ns;          /* that its threads are held at */
        uint64_t quick_ns;             /* so long that is its only one; 0: always */
        uint64_t later_interval_ns;    /* and this one afterwards, which is shorter */
        pid_t process;                 /* it does not live on in the child of a fork */
        struct held_thread *held;      /* threads that are interrupted because of it */
        uint32_t held_count;
    } sample;
};

/* First what every event touches, so that it fills few lines of the cache. */
struct event_source {
    /* Which strand runs, as long as nothing of this has changed: see source_strand. */
    struct {
        compat_flow flow;
        compat_variable_memory variable; /* changes when the variable is set in this context */
        prof_strand *strand;             /* NULL: this flow is in no session */
        session_object *session;
        bool builtins;      /* the session wants them */
        membership *member; /* of the context: what made it part of the session */
    } cache;
    const compat_variable_memory *memory; /* of the variable */
    thread_slot slot;                     /* where hooks read which thread runs; 0: they ask */
    uint32_t running_count;               /* of sessions */
    uint32_t unreported; /* at most so many open builtins, of all flows, may not tell their end */
    PyObject *variable;  /* the context variable that owns sessions */
    PyTypeObject *session_type;
    PyTypeObject *sample_session_type;
    PyTypeObject *membership_type;
    PyTypeObject *profile_type;
    PyTypeObject *span_type;
    PyTypeObject *span_calls_type;
    PyTypeObject *tally_type;
    PyTypeObject *hook_type;
    PyTypeObject *thread_hook_type;
    PyObject *thread_hooks;  /* list: of all threads that have had one, see backend_setprofile.c */
    PyObject *thread_joiner; /* what threading.setprofile is given, NULL until then */
    destructor python_dealloc; /* of classes defined in Python */
    ternaryfunc python_call;   /* of classes that define __call__ in Python */
    PyObject *monitoring;      /* sys.monitoring, NULL before 3.12 */
    PyObject *gc_callbacks;    /* gc.callbacks */
    struct {
        PyObject *callback;  /* what gc.callbacks has of us, see gc_frames.c */
        unsigned int wanted; /* by which engines */
        bool sampled;        /* the collection that runs shows in samples */
    } collections;
    _Atomic(hidden_prefix *) hidden; /* code from such files never shows in profiles */
    session_object *running;
    uint32_t running_builtins; /* how many of the running sessions want builtins */
    /* Strands with an owner: those with open calls, the one in the cache. */
    prof__strand_index open;
    /* What hooks cost, without and with events of builtins; measured by calibration.py. */
    struct {
        prof_costs costs;
        bool known;
    } calibrated[2];
    prof__pool pool;             /* memory of sessions, kept between them */
    struct lent_names *names[4]; /* that traced sessions have left */
    uint64_t span_calls;         /* of SpanCalls so far */
    int code_watcher;            /* of code that dies; < 0: none yet */
    struct hooks *hooks;         /* of the installed back end, see hooks.h */
    struct sampler *sampler;     /* see sampler.h */
};

/* No call is open: what runs is what the session began in. */
static inline bool
is_empty(const prof_strand *strand)
{
    return strand->top == strand->entries;
}

/* Is this the profiler's own file? Safe in signal handlers. */
static inline bool
source_hides(const event_source *source, const char *file)
{
    const hidden_prefix *prefix = source->hidden;
    while (prefix != NULL && strncmp(file, prefix->text, prefix->length) != 0) {
        prefix = prefix->next;
    }
    return prefix != NULL;
}

/* ownership.c */

/* Finds the strand of the flow that runs now, and remembers it. NULL: not in a running session. */
prof_strand *source_switch(event_source *source, PyThreadState *thread);

/* Forgets the remembered strand; needed whenever a session begins, ends or fails. */
void source_forget(event_source *source);

/* A session ends: none of its strands will be found again. */
void source_end_session(event_source *source, prof_session *session);

/* Neither thread nor context has changed: what runs is the remembered strand, or what has none. One branch. */
static inline bool
source_remembers(const event_source *source, const PyThreadState *thread)
{
    const compat_flow flow = compat_flow_of(thread);
    const compat_variable_memory *now = source->memory;
    const compat_variable_memory *then = &source->cache.variable;
    uint64_t difference = (flow.context_ver ^ source->cache.flow.context_ver) |
                          (flow.thread_id ^ source->cache.flow.thread_id) |
                          ((uintptr_t)now->value ^ (uintptr_t)then->value) |
                          (now->thread_id ^ then->thread_id) |
                          (now->context_ver ^ then->context_ver);
    return __builtin_expect(difference == 0, 1);
}

/* The strand of the flow that runs now. */
static inline prof_strand *
source_strand(event_source *source, PyThreadState *thread)
{
    return source_remembers(source, thread) ? source->cache.strand : source_switch(source, thread);
}

#endif
