/* SPDX-License-Identifier: MIT */
#include "gc_frames.h"

#include "sampled_spans.h"
#include "synthetic.h"

/* The interpreter never collects inside a collection, so one identity serves them all. */
static uint64_t
identity_of(const event_source *source)
{
    return (uint64_t)(uintptr_t)source | SYNTHETIC_TAG;
}

static const prof_frame collection = {.name = "<gc>", .file = "", .kind = PROF_KIND_GC};

static void
begin_collection(event_source *source)
{
    prof_strand *strand = source_strand(source, compat_thread());
    if (strand != NULL) {
        synthetic_open(source, strand, &collection, identity_of(source));
    }
    source->collections.sampled = sampled_spans_enter(source, identity_of(source), &collection);
}

static void
end_collection(event_source *source)
{
    prof_strand *strand = source_strand(source, compat_thread());
    if (strand != NULL) {
        prof__strand_leave(strand, identity_of(source));
    }
    if (source->collections.sampled) {
        source->collections.sampled = false;
        sampled_spans_leave(source, identity_of(source));
    }
}

/* Called with the phase, "start" or "stop", and a dict about the collection. */
static PyObject *
on_collection(PyObject *module, PyObject *const *arguments, Py_ssize_t count)
{
    event_source *source = PyModule_GetState(module);
    if (count > 0 && PyUnicode_Check(arguments[0])) {
        if (PyUnicode_CompareWithASCIIString(arguments[0], "start") == 0) {
            begin_collection(source);
        } else {
            end_collection(source);
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

static int
install(event_source *source)
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
    source->collections.callback = callback;
    return 0;
}

int
gc_frames_install(event_source *source, session_engine engine)
{
    if (source->collections.callback == NULL && install(source) < 0) {
        return -1;
    }
    source->collections.wanted |= 1u << engine;
    return 0;
}

static void
take_away(event_source *source)
{
    PyObject *callbacks = source->gc_callbacks;
    PyObject *callback = source->collections.callback;
    compat_exception saved = compat_take_exception();
    for (Py_ssize_t i = 0; callback != NULL && i < PyList_GET_SIZE(callbacks); i++) {
        if (PyList_GET_ITEM(callbacks, i) == callback) {
            (void)PySequence_DelItem(callbacks, i);
            break;
        }
    }
    PyErr_Clear();
    Py_CLEAR(source->collections.callback); /* elsewhere if the program has emptied the list */
    compat_give_exception(saved);
}

void
gc_frames_remove(event_source *source, session_engine engine)
{
    source->collections.wanted &= ~(1u << engine);
    if (source->collections.wanted == 0) {
        take_away(source);
    }
}
