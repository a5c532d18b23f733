/* SPDX-License-Identifier: MIT */
#include "hooks.h"

/* A page's requests come in bursts: long enough to bridge them, short enough that a forgotten session's
 * cost (an early way out of each event) is not felt for long. */
#define IDLE_NS UINT64_C(3000000000)

/* The clock is read once in this many idle events. */
#define IDLE_EVENTS_MASK 0xFFFu

static const event_backend *const backends[] = {
#if COMPAT_HAS_MONITORING
    &backend_monitoring,
#endif
    &backend_setprofile,
};

static int
install(event_source *source)
{
    for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
        int result = backends[i]->install(source);
        if (result < 0) {
            return -1;
        }
        if (result == 0) {
            source->hooks->backend = backends[i];
            return 0;
        }
    }
    PyErr_SetString(
        PyExc_RuntimeError,
        "tracing is not possible: no way of getting events is free in this interpreter");
    return -1;
}

int
hooks_ensure(event_source *source)
{
    if (source->hooks->backend == NULL && install(source) < 0) {
        return -1;
    }
    return source->hooks->backend->update(source);
}

static uint64_t
now_ns(void)
{
    prof_clock clock = prof_clock_posix();
    return clock.wall_ns(clock.context);
}

void
hooks_idle(event_source *source)
{
    source->hooks->idle_since = now_ns();
    source->hooks->idle_events = 0;
}

void
hooks_remove(event_source *source)
{
    if (source->hooks->backend != NULL) {
        source->hooks->backend->remove(source);
        source->hooks->backend = NULL;
    }
}

/*
 * Runs between two instructions of the main thread. The interpreter is not in a hook then, so removing
 * them is safe. A session may have started meanwhile.
 */
static int
remove_when_idle(void *argument)
{
    event_source *source = argument;
    source->hooks->removal_pending = false;
    if (source->running_count == 0 && now_ns() - source->hooks->idle_since > IDLE_NS) {
        hooks_remove(source);
    }
    return 0;
}

void
hooks_idle_event(event_source *source)
{
    struct hooks *hooks = source->hooks;
    if ((++hooks->idle_events & IDLE_EVENTS_MASK) != 0 || hooks->removal_pending ||
        now_ns() - hooks->idle_since <= IDLE_NS) {
        return;
    }
    hooks->removal_pending = Py_AddPendingCall(remove_when_idle, source) == 0;
}
