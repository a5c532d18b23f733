/* SPDX-License-Identifier: MIT */
/* The extension's types; module.c makes them from these specs. */
#ifndef PROF_CPYTHON_OBJECTS_H
#define PROF_CPYTHON_OBJECTS_H

#include "source.h"

extern PyType_Spec session_spec;
extern PyType_Spec sample_session_spec;
extern PyType_Spec span_spec;
extern PyType_Spec span_calls_spec;
extern PyType_Spec profile_spec;
extern PyType_Spec hook_spec;
extern PyType_Spec thread_hook_spec;

/* session_object.c */

/* Unlinks a session from the running ones; its hooks' events are ignored from now on. */
void session_unlink(session_object *session);

/* profile_object.c */

/* A Profile that owns `profile`, which is destroyed on failure. */
PyObject *profile_wrap(event_source *source, prof_profile *profile);
PyObject *profile_read(PyObject *module, PyObject *document);
PyObject *profile_merge(PyObject *module, PyObject *profiles);
PyObject *profile_diff(PyObject *module, PyObject *arguments);

/* Raises what fits the status. Always NULL. */
PyObject *raise_status(prof_status status);

#endif
