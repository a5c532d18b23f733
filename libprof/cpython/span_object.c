/* SPDX-License-Identifier: MIT */
/*
 * _native.span: a context manager that opens a frame of its own below whatever runs, a SQL statement for
 * example. Outside a session it does nothing but look.
 */
#include <stddef.h>

#include "objects.h"
#include "sampled_spans.h"
#include "sampler_watcher.h"
#include "synthetic.h"
#include "trace.h"

typedef struct span_object {
    PyObject_HEAD
    event_source *source;
    PyObject *module;
    PyObject *name;
    PyObject *attributes; /* dict or NULL */
    prof_kind kind;
    uint32_t sampled; /* how often it is open in sampled sessions */
} span_object;

static uint64_t
identity_of(const span_object *span)
{
    return (uint64_t)(uintptr_t)span | SYNTHETIC_TAG;
}

/* The name's UTF-8 was made when the span was. */
static prof_frame
frame_of(const span_object *self)
{
    return (prof_frame){.name = PyUnicode_AsUTF8(self->name), .file = "", .kind = self->kind};
}

static void
open_span(span_object *self, prof_strand *strand, PyThreadState *thread)
{
    const prof_frame frame = frame_of(self);
    (void)prof__strand_advance(strand);
    if (strand->beyond > 0) {
        prof__strand_enter_beyond(strand, false);
        return;
    }
    trace_close_finished_builtin(self->source, strand, compat_current_frame(thread));
    synthetic_enter(self->source, strand, &frame, identity_of(self));
}

static PyObject *
span_enter(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    span_object *self = (span_object *)object;
    PyThreadState *thread = compat_thread();
    prof_strand *strand = source_strand(self->source, thread);
    if (strand != NULL) {
        open_span(self, strand, thread);
    }
    const prof_frame frame = frame_of(self);
    if (sampled_spans_enter(self->source, identity_of(self), &frame)) {
        self->sampled++;
        sampler_watcher_start(); /* a fork has ended it, and spans are what sessions wait in */
    }
    return Py_NewRef(object);
}

static void
leave_sampled(span_object *self)
{
    if (self->sampled > 0) {
        self->sampled--;
        sampled_spans_leave(self->source, identity_of(self));
    }
}

static PyObject *
span_exit(PyObject *object, PyObject *arguments)
{
    (void)arguments;
    span_object *self = (span_object *)object;
    prof_strand *strand = source_strand(self->source, compat_thread());
    if (strand != NULL) {
        prof__strand_leave(strand, identity_of(self));
    }
    leave_sampled(self);
    Py_RETURN_NONE;
}

static int
parse_kind(PyObject *value, prof_kind *kind)
{
    const char *text = PyUnicode_Check(value) ? PyUnicode_AsUTF8(value) : "";
    if (text == NULL) {
        return -1;
    }
    if (prof_kind_parse(text, kind) != PROF_OK || *kind == PROF_KIND_ROOT) {
        PyErr_Format(PyExc_ValueError,
                     "unknown kind of span %R; use one of span, sql, template, native", value);
        return -1;
    }
    return 0;
}

/* Takes "kind" out of the keywords; what is left are the attributes. */
static int
take_kind(PyObject *positional, PyObject *attributes, prof_kind *kind)
{
    *kind = PROF_KIND_SPAN;
    if (positional != NULL) {
        return parse_kind(positional, kind);
    }
    PyObject *key = attributes == NULL ? NULL : PyUnicode_FromString("kind");
    PyObject *value = key == NULL ? NULL : PyDict_GetItemWithError(attributes, key);
    int result = PyErr_Occurred() ? -1 : 0;
    if (value != NULL) {
        result = parse_kind(value, kind) < 0 ? -1 : PyDict_DelItem(attributes, key);
    }
    Py_XDECREF(key);
    return result;
}

static PyObject *
span_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *name;
    PyObject *positional = NULL;
    prof_kind kind;
    if (!PyArg_ParseTuple(arguments, "U|U:span", &name, &positional) ||
        PyUnicode_AsUTF8(name) == NULL) {
        return NULL;
    }
    PyObject *attributes = keywords == NULL ? NULL : PyDict_Copy(keywords);
    if ((keywords != NULL && attributes == NULL) || take_kind(positional, attributes, &kind) < 0) {
        Py_XDECREF(attributes);
        return NULL;
    }
    PyObject *module = PyType_GetModule(type);
    span_object *self = module == NULL ? NULL : PyObject_GC_New(span_object, type);
    if (self == NULL) {
        Py_XDECREF(attributes);
        return NULL;
    }
    self->source = PyModule_GetState(module);
    self->module = Py_NewRef(module);
    self->name = Py_NewRef(name);
    self->attributes = attributes;
    self->kind = kind;
    self->sampled = 0;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static PyObject *
span_get_attributes(PyObject *object, void *closure)
{
    (void)closure;
    PyObject *attributes = ((span_object *)object)->attributes;
    return attributes == NULL ? PyDict_New() : Py_NewRef(attributes);
}

static PyObject *
span_get_kind(PyObject *object, void *closure)
{
    (void)closure;
    return PyUnicode_FromString(prof_kind_text(((span_object *)object)->kind));
}

static PyObject *
span_get_name(PyObject *object, void *closure)
{
    (void)closure;
    return Py_NewRef(((span_object *)object)->name);
}

static int
span_traverse(PyObject *object, visitproc visit, void *arg)
{
    span_object *self = (span_object *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->module);
    Py_VISIT(self->attributes);
    return 0;
}

static int
span_clear(PyObject *object)
{
    Py_CLEAR(((span_object *)object)->attributes);
    return 0;
}

static void
span_dealloc(PyObject *object)
{
    span_object *self = (span_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    while (self->sampled > 0) {
        leave_sampled(self); /* its address may be another one's identity soon */
    }
    (void)span_clear(object);
    Py_CLEAR(self->name);
    Py_CLEAR(self->module);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef span_methods[] = {
    {"__enter__", span_enter, METH_NOARGS, NULL},
    {"__exit__", span_exit, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef span_getset[] = {
    {"name", span_get_name, NULL, "The frame's name.", NULL},
    {"kind", span_get_kind, NULL, "The frame's kind.", NULL},
    {"attributes", span_get_attributes, NULL, "The keywords that the span was made with.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static char span_doc[] =
    "span(name, kind='span', /, **attributes)\n--\n\n"
    "A context manager: what runs inside is shown below a frame with this name.\n"
    "Outside a session it does nothing.";

static PyType_Slot span_slots[] = {
    {Py_tp_new, span_new},           {Py_tp_dealloc, span_dealloc},
    {Py_tp_traverse, span_traverse}, {Py_tp_clear, span_clear},
    {Py_tp_methods, span_methods},   {Py_tp_getset, span_getset},
    {Py_tp_doc, span_doc},           {0, NULL},
};

PyType_Spec span_spec = {
    .name = "libprof._native.span",
    .basicsize = sizeof(span_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = span_slots,
};
