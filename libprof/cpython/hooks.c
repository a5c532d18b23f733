/* SPDX-License-Identifier: MIT */
#include "hooks.h"

#include "gc_frames.h"
#include "process.h"

/*
 * Events without a session until the hooks go. Both keeping them and bringing them back costs: these cost less than what
 * a page's functions cost to be instrumented anew, as it is the next request that pays for them (docs/decisions/0008).
 */
#define PATIENCE_EVENTS UINT64_C(2000)

/*
 * CPython 3.12 and 3.13 survive 2^24 changes, of which an installation and its end are three at most: so many
 * installations and one each so many ns last for more than a year. Whoever has more waits longer each time.
 */
#define FREE_INSTALLATIONS UINT64_C(1000)
#define NS_PER_INSTALLATION UINT64_C(10000000000)
#define PATIENCE_GROWTH UINT64_C(100)

static const event_backend *const backends[] = {
#if COMPAT_HAS_MONITORING
    &backend_monitoring,
#endif
    &backend_setprofile,
};

/* Looks that a change takes for those who ask meanwhile. More than one of them has come each time. */
#define MAX_LOOKS 3

static uint64_t
now_ns(void)
{
    prof_clock clock = prof_clock_posix();
    return clock.wall_ns(clock.context);
}

void
hooks_init(struct hooks *hooks)
{
    hooks->since_ns = now_ns();
}

static uint64_t
patience(const struct hooks *hooks)
{
    uint64_t allowed = FREE_INSTALLATIONS + (now_ns() - hooks->since_ns) / NS_PER_INSTALLATION;
    uint64_t more = hooks->installations > allowed ? hooks->installations - allowed : 0;
    return PATIENCE_EVENTS + more * PATIENCE_GROWTH;
}

static int
install(event_source *source)
{
    struct hooks *hooks = source->hooks;
    for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
        hooks->backend = backends[i];
        int result = backends[i]->install(source);
        if (result == 0 && gc_frames_install(source, ENGINE_TRACE) < 0) {
            backends[i]->remove(source);
            result = -1;
        }
        if (result == 0) {
            hooks->installations++;
            hooks->patience = patience(hooks);
            return 0;
        }
        hooks->backend = NULL;
        if (result < 0) {
            return -1;
        }
    }
    PyErr_SetString(
        PyExc_RuntimeError,
        "tracing is not possible: no way of getting events is free in this interpreter");
    return -1;
}

static void
take_down(event_source *source)
{
    struct hooks *hooks = source->hooks;
    if (hooks->backend != NULL) {
        gc_frames_remove(source, ENGINE_TRACE);
        hooks->backend->remove(source);
        hooks->backend = NULL;
    }
}

/* Those that are about to start have lost nothing, unless they have been told that all is well. */
static void
count_lost(event_source *source, bool all)
{
    for (session_object *session = source->running; session != NULL; session = session->next) {
        session->hooks_lost += all || session->session != NULL;
    }
}

/* Hooks for all running sessions. */
static int
bring(event_source *source)
{
    struct hooks *hooks = source->hooks;
    if (hooks->backend != NULL && hooks->backend->missing(source, NULL) > 0) {
        count_lost(source, false);
        take_down(source);
    }
    if (hooks->backend == NULL && install(source) < 0) {
        return -1;
    }
    return hooks->backend->update(source);
}

/*
 * Changing hooks runs code of others (audit hooks, importlib), which may let another thread come here, or
 * come here itself. One change at a time: false while there is one. A process that has forked during a
 * change has no thread that would end it, if it was not the one that forked.
 */
static bool
begin_change(event_source *source)
{
    struct hooks *hooks = source->hooks;
    uint64_t me = compat_thread()->id;
    pid_t process = process_current();
    bool changing = hooks->changer != 0;
    if (changing && (hooks->changer == me || hooks->process == process)) {
        return false;
    }
    hooks->changer = me;
    hooks->process = process;
    if (changing) {
        take_down(source);
    }
    return true;
}

/* Who asked for hooks meanwhile runs already and cannot be told that there are none: it counts them as lost. */
static void
end_change(event_source *source)
{
    struct hooks *hooks = source->hooks;
    compat_exception saved = compat_take_exception();
    bool failed = false;
    for (int look = 0; look < MAX_LOOKS && hooks->asked; look++) {
        hooks->asked = false;
        failed = bring(source) < 0;
        PyErr_Clear();
    }
    if (failed || hooks->asked) {
        count_lost(source, true);
    }
    hooks->asked = false;
    hooks->changer = 0;
    compat_give_exception(saved);
}

int
hooks_ensure(event_source *source)
{
    if (!begin_change(source)) {
        source->hooks->asked = true;
        return 0;
    }
    int result = bring(source);
    end_change(source);
    return result;
}

uint64_t
hooks_missing(session_object *session)
{
    const event_backend *backend = session->source->hooks->backend;
    if (backend == NULL) {
        return session->hooks_lost == 0 ? 1 : 0; /* else somebody has counted that */
    }
    return backend->missing(session->source, session->session);
}

void
hooks_idle(event_source *source)
{
    source->hooks->idle_events = 0;
}

void
hooks_remove(event_source *source)
{
    if (source->hooks->backend != NULL && begin_change(source)) {
        take_down(source);
        end_change(source);
    }
}

void
hooks_idle_event(event_source *source)
{
    struct hooks *hooks = source->hooks;
    if (++hooks->idle_events > hooks->patience) {
        hooks_remove(source);
    }
}
