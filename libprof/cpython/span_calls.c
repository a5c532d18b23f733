/* SPDX-License-Identifier: MIT */
/*
 * _native.SpanCalls: what is put around a function that is called often, a statement of SQL for example, to have a span
 * around each call and to count them. As a function in Python that took 15 us in a request that nobody wanted to be
 * profiled in the end, five times as long as in a loop: each function of its own, each object and each lock is a piece of
 * memory that the request has pushed out of the caches.
 */
#include "objects.h"

#include <stddef.h>
#include <structmember.h>

#include "sampled_spans.h"
#include "sampled_thread.h"
#include "sampler_watcher.h"
#include "synthetic.h"
#include "tally.h"

typedef struct span_calls {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    event_source *source;
    PyObject *module; /* keeps the source alive */
    PyObject *variable;
    PyObject *names; /* dict: the call's first argument to the span's name */
    PyObject *name_of;
    prof_kind kind;
} span_calls;

/* A span that is open. */
typedef struct open_span {
    uint64_t identity;
    bool sampled;
} open_span;

/* ---- what the call is ------------------------------------------------------------------------------- */

/* Of the current context, if it counts. NULL: it does not, or an exception is set. */
static tally_object *
current_tally(const span_calls *self)
{
    PyObject *value = NULL;
    if (PyContextVar_Get(self->variable, NULL, &value) < 0 || value == NULL) {
        return NULL;
    }
    if (PyObject_TypeCheck(value, self->source->tally_type) && ((tally_object *)value)->active) {
        return (tally_object *)value;
    }
    Py_DECREF(value);
    return NULL;
}

/* The call is to be made whatever becomes of its span. What is no Exception, as KeyboardInterrupt, stays. */
static void
clear_exception(void)
{
    if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_Exception)) {
        PyErr_Clear();
    }
}

/* A text, NULL without one: then an exception may be set that is not ours to clear. */
static PyObject *
name_for(const span_calls *self, PyObject *key)
{
    PyObject *name = Py_XNewRef(PyDict_GetItemWithError(self->names, key));
    if (name == NULL) {
        clear_exception(); /* the key cannot be one of a dict */
    }
    if (name == NULL && !PyErr_Occurred()) {
        name = PyObject_CallOneArg(self->name_of, key);
    }
    if (name != NULL && (!PyUnicode_Check(name) || PyUnicode_AsUTF8(name) == NULL)) {
        Py_CLEAR(name);
    }
    if (name == NULL) {
        clear_exception();
    }
    return name;
}

/* ---- the span --------------------------------------------------------------------------------------- */

/*
 * No address: where greenlets take turns on one stack two open calls may have the same, and objects on the heap have
 * others.
 */
static uint64_t
new_identity(event_source *source)
{
    return UINT64_C(1) << 63 | ++source->span_calls << 3 | SYNTHETIC_TAG;
}

/* Below what has called us, a builtin for the interpreter, which has not returned. */
static open_span
enter(const span_calls *self, PyObject *name)
{
    event_source *source = self->source;
    const prof_frame frame = {.name = PyUnicode_AsUTF8(name), .file = "", .kind = self->kind};
    open_span span = {.identity = new_identity(source)};
    prof_strand *strand = source_strand(source, compat_thread());
    if (strand != NULL) {
        synthetic_open(source, strand, &frame, span.identity);
    }
    span.sampled = sampled_spans_enter(source, span.identity, &frame);
    if (span.sampled) {
        sampler_watcher_start(); /* a fork has ended it, and spans are what sessions wait in */
    }
    return span;
}

/* An exception may be set. */
static void
leave(const span_calls *self, const open_span *span)
{
    event_source *source = self->source;
    compat_exception saved = compat_take_exception();
    prof_strand *strand = source_strand(source, compat_thread());
    if (strand != NULL) {
        prof__strand_leave(strand, span->identity);
    }
    if (span->sampled) {
        sampled_spans_leave(source, span->identity);
    }
    compat_give_exception(saved);
}

/* ---- the call --------------------------------------------------------------------------------------- */

static PyObject *
pass_on(PyObject *const *args, size_t count, PyObject *keywords)
{
    return PyObject_Vectorcall(args[0], args + 1, count - 1, keywords);
}

/* The call's own time: without what its name and its span take. */
static PyObject *
call_counted(tally_object *tally, PyObject *const *args, size_t count, PyObject *keywords)
{
    uint64_t began_ns = sampled_thread_clock(CLOCK_MONOTONIC);
    PyObject *result = pass_on(args, count, keywords);
    tally_add(tally, sampled_thread_clock(CLOCK_MONOTONIC) - began_ns);
    return result;
}

static PyObject *
call_in_span(const span_calls *self, tally_object *tally, PyObject *const *args, size_t count,
             PyObject *keywords)
{
    PyObject *name = name_for(self, args[1]);
    if (name == NULL) {
        return PyErr_Occurred() ? NULL : call_counted(tally, args, count, keywords);
    }
    const open_span span = enter(self, name);
    PyObject *result = call_counted(tally, args, count, keywords);
    leave(self, &span);
    Py_DECREF(name);
    return result;
}

static PyObject *
span_calls_call(PyObject *object, PyObject *const *args, size_t flags, PyObject *keywords)
{
    const span_calls *self = (const span_calls *)object;
    size_t count = (size_t)PyVectorcall_NARGS(flags);
    if (count < 2) {
        PyErr_SetString(PyExc_TypeError, "needs a callable, and the argument that names its span");
        return NULL;
    }
    tally_object *tally = current_tally(self);
    if (tally == NULL) {
        return PyErr_Occurred() ? NULL : pass_on(args, count, keywords);
    }
    PyObject *result = call_in_span(self, tally, args, count, keywords);
    Py_DECREF(tally);
    return result;
}

/* ---- type ------------------------------------------------------------------------------------------- */

static PyObject *
span_calls_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"", "", "", "", NULL};
    PyObject *variable;
    PyObject *known;
    PyObject *name_of;
    const char *kind_text;
    prof_kind kind;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O!O!Os:SpanCalls", names,
                                     &PyContextVar_Type, &variable, &PyDict_Type, &known, &name_of,
                                     &kind_text)) {
        return NULL;
    }
    if (prof_kind_parse(kind_text, &kind) != PROF_OK || kind == PROF_KIND_ROOT) {
        return PyErr_Format(PyExc_ValueError, "unknown kind of span '%s'", kind_text);
    }
    PyObject *module = PyType_GetModule(type);
    span_calls *self = module == NULL ? NULL : PyObject_GC_New(span_calls, type);
    if (self == NULL) {
        return NULL;
    }
    self->vectorcall = span_calls_call;
    self->source = PyModule_GetState(module);
    self->module = Py_NewRef(module);
    self->variable = Py_NewRef(variable);
    self->names = Py_NewRef(known);
    self->name_of = Py_NewRef(name_of);
    self->kind = kind;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static int
span_calls_traverse(PyObject *object, visitproc visit, void *arg)
{
    span_calls *self = (span_calls *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->module);
    Py_VISIT(self->variable);
    Py_VISIT(self->names);
    Py_VISIT(self->name_of);
    return 0;
}

/* Never cleared by the collector: a call may still come, and what it needs is cleared by those it points to. */
static void
span_calls_dealloc(PyObject *object)
{
    span_calls *self = (span_calls *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    Py_DECREF(self->name_of);
    Py_DECREF(self->names);
    Py_DECREF(self->variable);
    Py_DECREF(self->module);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMemberDef span_calls_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(span_calls, vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static char span_calls_doc[] = "SpanCalls(variable, names, name_of, kind, /)\n--\n\n"
                               "Called as (call, key, ...) it returns call(key, ...), in a span of "
                               "this kind and counted, where the\n"
                               "context variable has a Tally for a value. The span's name is "
                               "names[key], a dict, or name_of(key).\n"
                               "Without a name (an exception, or no text) there is no span.";

static PyType_Slot span_calls_slots[] = {
    {Py_tp_new, span_calls_new},
    {Py_tp_dealloc, span_calls_dealloc},
    {Py_tp_traverse, span_calls_traverse},
    {Py_tp_members, span_calls_members},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_doc, span_calls_doc},
    {0, NULL},
};

PyType_Spec span_calls_spec = {
    .name = "libprof._native.SpanCalls",
    .basicsize = sizeof(span_calls),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = span_calls_slots,
};
