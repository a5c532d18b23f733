/* SPDX-License-Identifier: MIT */
/*
 * From what is called to a frame: keys (addresses that are cheap to get in a hook) and identities (names
 * that are worked out once per key).
 */
#ifndef PROF_CPYTHON_CALLABLES_H
#define PROF_CPYTHON_CALLABLES_H

#include "source.h"

/*
 * The key of a callable that is implemented in C, 0 for one that shows as Python frames (functions, bound
 * methods, classes and objects defined in Python) and needs no frame of its own.
 */
uint64_t callable_key(const event_source *source, PyObject *callable);

/* The key of a class: 0 for one defined in Python. */
static inline uint64_t
callable_class_key(const event_source *source, PyObject *type)
{
    bool is_python = ((PyTypeObject *)type)->tp_dealloc == source->python_dealloc;
    return is_python ? 0 : (uint64_t)(uintptr_t)type;
}

/* callable_key of the commonest callables, without a call; false for others. */
static inline bool
callable_try_key(const event_source *source, PyObject *callable, uint64_t *key)
{
    PyTypeObject *type = Py_TYPE(callable);
    if (type == &PyFunction_Type) {
        *key = 0;
    } else if (type == &PyCFunction_Type) {
        *key = (uint64_t)(uintptr_t)((PyCFunctionObject *)callable)->m_ml;
    } else if (type == &PyMethodDescr_Type) {
        *key = (uint64_t)(uintptr_t)((PyMethodDescrObject *)callable)->d_method;
    } else if (type == &PyMethod_Type) {
        *key = 0;
        return Py_IS_TYPE(PyMethod_GET_FUNCTION(callable), &PyFunction_Type);
    } else if (type == &PyType_Type) {
        *key = callable_class_key(source, callable);
    } else {
        return false;
    }
    return true;
}

/* Once per source: learns how types defined in Python look. -1 with an exception. */
int callables_init(event_source *source);

/* Opens a node for a new path: code / callable `object` with this key. NULL: nothing to push. */
prof__cct_node *source_add_code(event_source *source, prof_strand *strand, PyCodeObject *code,
                                bool resumes);
prof__cct_node *source_add_callable(event_source *source, prof_strand *strand, PyObject *callable,
                                    uint64_t key);

#endif
