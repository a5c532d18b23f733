/* SPDX-License-Identifier: MIT */
/* What sys.monitoring calls: a hook for each event. */
#ifndef PROF_CPYTHON_MONITORING_HOOKS_H
#define PROF_CPYTHON_MONITORING_HOOKS_H

#include "source.h"

#if COMPAT_HAS_MONITORING

/* Which callback serves which event. */
typedef struct monitoring_event {
    const char *name; /* attribute of sys.monitoring.events */
    vectorcallfunc callback;
    bool builtins;
} monitoring_event;

#define MONITORING_EVENTS 9u

extern const monitoring_event monitoring_events[MONITORING_EVENTS];

/* An object to be registered for an event, NULL with an exception set. */
PyObject *monitoring_hook_new(event_source *source, vectorcallfunc callback);

#endif
#endif
