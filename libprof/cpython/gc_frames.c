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
        prof__strand_enter_beyond(strand);
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

/* gc.callbacks, NULL with an exception. */
static PyObject *
get_callbacks(void)
{
    PyObject *gc = PyImport_ImportModule("gc");
    PyObject *callbacks = gc == NULL ? NULL : PyObject_GetAttrString(gc, "callbacks");
    Py_XDECREF(gc);
    return callbacks;
}

static void
call_with_callback(const char *name, PyObject *callback)
{
    PyObject *callbacks = get_callbacks();
    PyObject *result =
        callbacks == NULL ? NULL : PyObject_CallMethod(callbacks, name, "O", callback);
    Py_XDECREF(result);
    Py_XDECREF(callbacks);
}

void
gc_frames_install(event_source *source)
{
    PyObject *module = PyType_GetModule(source->session_type);
    source->hooks->on_collection = PyCFunction_NewEx(&method, module, NULL);
    if (source->hooks->on_collection != NULL) {
        call_with_callback("append", source->hooks->on_collection);
    }
    PyErr_Clear();
}

void
gc_frames_remove(event_source *source)
{
    if (source->hooks->on_collection != NULL) {
        compat_exception saved = compat_take_exception();
        call_with_callback("remove", source->hooks->on_collection);
        PyErr_Clear(); /* somebody has emptied the list, or the interpreter ends */
        Py_CLEAR(source->hooks->on_collection);
        compat_give_exception(saved);
    }
}
