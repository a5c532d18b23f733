/* SPDX-License-Identifier: MIT */
#include "gc_frames.h"

#include "hooks.h"
#include "synthetic.h"

/* The interpreter never collects inside a collection, so one identity serves them all. */
static uint64_t
identity_of(const event_source *source)
{
    return (uint64_t)(uintptr_t)source | SYNTHETIC_TAG;
}

static void
begin_collection(event_source *source, prof_strand *strand)
{
    static const prof_frame frame = {.name = "<gc>", .file = "", .kind = PROF_KIND_GC};
    uint64_t now = prof__strand_advance(strand);
    if (strand->beyond > 0) {
        prof__strand_enter_beyond(strand, false);
    } else {
        synthetic_enter(source, strand, &frame, identity_of(source), now);
    }
}

/* Called with the phase, "start" or "stop", and a dict about the collection. */
static PyObject *
on_collection(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    event_source *source = PyModule_GetState(module);
    prof_strand *strand = source_strand(source, compat_thread());
    if (strand != NULL && count > 0 && PyUnicode_Check(arguments[0])) {
        if (PyUnicode_CompareWithASCIIString(arguments[0], "start") == 0) {
            begin_collection(source, strand);
        } else {
            prof__strand_leave(strand, identity_of(source));
        }
    }
    Py_RETURN_NONE;
}

static PyMethodDef method = {
    "on_collection",
    /* Through a void pointer: METH_FASTCALL says that the function has this other type. */
    (PyCFunction)(void (*)(void))on_collection, METH_FASTCALL, NULL};

int
gc_frames_init(event_source *source)
{
    PyObject *gc = PyImport_ImportModule("gc");
    source->gc_callbacks = gc == NULL ? NULL : PyObject_GetAttrString(gc, "callbacks");
    Py_XDECREF(gc);
    return source->gc_callbacks == NULL ? -1 : 0;
}

int
gc_frames_install(event_source *source)
{
    PyObject *callbacks = source->gc_callbacks;
    PyObject *module = PyType_GetModule(source->session_type);
    PyObject *callback = PyList_Check(callbacks) ? PyCFunction_NewEx(&method, module, NULL) : NULL;
    if (callback == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    if (PyList_Append(callbacks, callback) < 0) {
        Py_DECREF(callback);
        return -1;
    }
    source->hooks->on_collection = callback;
    return 0;
}

void
gc_frames_remove(event_source *source)
{
    PyObject *callbacks = source->gc_callbacks;
    compat_exception saved = compat_take_exception();
    for (Py_ssize_t i = 0; source->hooks->on_collection != NULL && i < PyList_GET_SIZE(callbacks);
         i++) {
        if (PyList_GET_ITEM(callbacks, i) == source->hooks->on_collection) {
            (void)PySequence_DelItem(callbacks, i);
            break;
        }
    }
    PyErr_Clear();
    Py_CLEAR(source->hooks->on_collection); /* elsewhere if the program has emptied the list */
    compat_give_exception(saved);
}
