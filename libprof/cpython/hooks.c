/* SPDX-License-Identifier: MIT */
#include "hooks.h"

#include "gc_frames.h"

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
            if (gc_frames_install(source) < 0) {
                backends[i]->remove(source);
                return -1;
            }
            source->hooks->backend = backends[i];
            return 0;
        }
    }
    PyErr_SetString(
        PyExc_RuntimeError,
        "tracing is not possible: no way of getting events is free in this interpreter");
    return -1;
}

/* Installing runs code of others (audit hooks, importlib), which may let another thread come here. */
int
hooks_ensure(event_source *source)
{
    struct hooks *hooks = source->hooks;
    if (hooks->changing) {
        return 0;
    }
    hooks->changing = true;
    bool installed = hooks->backend != NULL || install(source) == 0;
    int result = installed ? hooks->backend->update(source) : -1;
    hooks->changing = false;
    return result;
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

/* Removing runs code of others, too: a session that began meanwhile took the hooks to be there. */
static void
restore_wanted(event_source *source)
{
    if (source->running_count > 0) {
        compat_exception saved = compat_take_exception();
        if (hooks_ensure(source) < 0) {
            PyErr_Clear();
        }
        compat_give_exception(saved);
    }
}

void
hooks_remove(event_source *source)
{
    struct hooks *hooks = source->hooks;
    if (hooks->backend != NULL && !hooks->changing) {
        hooks->changing = true;
        gc_frames_remove(source);
        hooks->backend->remove(source);
        hooks->backend = NULL;
        hooks->changing = false;
        restore_wanted(source);
    }
}

void
hooks_idle_event(event_source *source)
{
    struct hooks *hooks = source->hooks;
    if ((++hooks->idle_events & IDLE_EVENTS_MASK) == 0 && now_ns() - hooks->idle_since > IDLE_NS) {
        hooks_remove(source);
    }
}
