/* SPDX-License-Identifier: MIT */
/*
 * Hooks of the interpreter, shared by all sessions. They are installed when the first session starts and
 * stay for a while after the last one: every change makes the interpreter instrument its code anew, and
 * CPython 3.13.0 can do that only 2^24 times in the life of a process.
 */
#ifndef PROF_CPYTHON_HOOKS_H
#define PROF_CPYTHON_HOOKS_H

#include <sys/types.h>

#include "source.h"

/* A way to get events. All functions run under the GIL; int results are -1 with an exception set. */
typedef struct event_backend {
    const char *name;
    int (*install)(event_source *source); /* 1: not available now, try the next back end */
    int (*update)(event_source *source);  /* running_builtins has changed, or a thread has joined */
    void (*remove)(event_source *source); /* also what a change that nobody ended has left */

    /* How many hooks the session lacks that were there: somebody has taken them away. NULL: of all. */
    uint64_t (*missing)(event_source *source, const prof_session *session);
} event_backend;

extern const event_backend backend_monitoring; /* 3.12 and newer */
extern const event_backend backend_setprofile; /* any version, thread by thread */

struct hooks;

/* Once, of memory that is all 0. */
void hooks_init(struct hooks *hooks);

/*
 * A session starts, or a thread joins one. Call after it was linked. While another thread changes the hooks
 * this asks it to look again when it is done; should that fail, the session counts it in `hooks_lost`.
 */
int hooks_ensure(event_source *source);

/* A session stops: how many hooks does it lack? To be called before it is unlinked. */
uint64_t hooks_missing(session_object *session);

/* The last session has ended: the hooks go when enough events have come without one. */
void hooks_idle(event_source *source);

/* Removes the hooks now. */
void hooks_remove(event_source *source);

/* For hooks to call when no session runs. May remove the hooks: the caller must hold a reference to itself. */
void hooks_idle_event(event_source *source);

/* What a back end keeps between install and remove. */
struct hooks {
    const event_backend *backend; /* installed, or being installed or removed */
    void *state;                  /* the back end's own */
    uint64_t idle_events;         /* since the last session ended */
    uint64_t patience;            /* how many of them are too many */
    uint64_t installations;
    uint64_t since_ns; /* of the monotonic clock, at hooks_init() */
    uint64_t changer;  /* id of the thread that installs or removes hooks now; 0: none */
    pid_t process;     /* and its process */
    bool builtins;     /* events of builtins are on */
    bool asked;        /* hooks were wanted while they were being changed */
};

#endif
