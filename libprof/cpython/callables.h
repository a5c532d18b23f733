/* SPDX-License-Identifier: MIT */
/*
 * From what is called to a frame: keys (addresses that are cheap to get in a hook) and identities (names
 * that are worked out once per key).
 */
#ifndef PROF_CPYTHON_CALLABLES_H
#define PROF_CPYTHON_CALLABLES_H

#include "source.h"

/* Other callables than those below. */
uint64_t callable_key_rare(const event_source *source, PyObject *callable);

/*
 * The key of a callable that is implemented in C, 0 for one that shows as Python frames (functions, bound
 * methods, classes and objects defined in Python) and needs no frame of its own.
 */
static inline uint64_t
callable_key(const event_source *source, PyObject *callable)
{
    PyTypeObject *type = Py_TYPE(callable);
    if (type == &PyFunction_Type) {
        return 0;
    }
    if (type == &PyCFunction_Type) {
        return (uint64_t)(uintptr_t)((PyCFunctionObject *)callable)->m_ml;
    }
    if (type == &PyMethodDescr_Type) {
        return (uint64_t)(uintptr_t)((PyMethodDescrObject *)callable)->d_method;
    }
    return callable_key_rare(source, callable);
}

/* Once per source: learns how types defined in Python look. -1 with an exception. */
int callables_init(event_source *source);

/* Opens a node for a new path: code / callable `object` with this key. NULL: nothing to push. */
prof__cct_node *source_add_code(event_source *source, prof_strand *strand, PyCodeObject *code,
                                bool resumes);
prof__cct_node *source_add_callable(event_source *source, prof_strand *strand, PyObject *callable,
                                    uint64_t key);

#endif
