/* SPDX-License-Identifier: MIT */
/*
 * _native.Session: a tracing session. Python's Profiler drives it; only here are sessions linked to the
 * source and to the context variable.
 */
#include "hooks.h"
#include "lent_names.h"
#include "membership.h"
#include "objects.h"

PyObject *
raise_status(prof_status status)
{
    if (status == PROF_NO_MEMORY) {
        return PyErr_NoMemory();
    }
    PyErr_SetString(PyExc_RuntimeError, prof_status_text(status));
    return NULL;
}

static bool
is_running(const session_object *self)
{
    return self->session != NULL;
}

static PyObject *
raise_not_running(void)
{
    PyErr_SetString(PyExc_RuntimeError, "the session is not running");
    return NULL;
}

/* ---- linking ------------------------------------------------------------------------------------ */

static void
session_link(session_object *self)
{
    event_source *source = self->source;
    self->hooks_lost = 0;
    self->next = source->running;
    source->running = self;
    if (source->running_count++ == 0) {
        source->unreported = 0;
    }
    source->running_builtins += self->builtins;
}

/* What points to the session among the running ones; to NULL, at their end, if it is not one of them. */
static session_object **
find_link(session_object *self)
{
    session_object **link = &self->source->running;
    while (*link != NULL && *link != self) {
        link = &(*link)->next;
    }
    return link;
}

void
session_unlink(session_object *self)
{
    event_source *source = self->source;
    session_object **link = find_link(self);
    if (*link == NULL) {
        return;
    }
    *link = self->next;
    source->running_count--;
    source->running_builtins -= self->builtins;
    source_end_session(source, self->session);
    if (source->running_count == 0) {
        hooks_idle(source);
    }
}

/* ---- methods ------------------------------------------------------------------------------------ */

static int
create_session(session_object *self, const prof_options *options)
{
    self->names = lent_names_take(self->source);
    prof__frame_table *lent = self->names == NULL ? NULL : &self->names->frames;
    prof_status status = prof__session_create_with(options, lent, &self->session);
    if (status == PROF_OK) {
        status = prof__session_add_tree(self->session, &self->tree);
    }
    if (status != PROF_OK) {
        (void)raise_status(status);
        return -1;
    }
    return 0;
}

/* Its names go to the next one. */
static void
destroy_session(session_object *self)
{
    prof_session *session = self->session;
    self->session = NULL;
    prof_session_destroy(session);
    lent_names_give(self->source, self->names);
    self->names = NULL;
}

/*
 * The session that the current context is in so far sees no event of it from now on, and it was in the
 * profiler's own code when that began. Time that passes until it is back belongs to who called that code.
 */
static void
leave_profiler(const session_object *self)
{
    prof_strand *strand = source_strand(self->source, compat_thread());
    if (strand == NULL || strand->session == self->session) {
        return;
    }
    (void)prof__strand_advance(strand);
    while (!is_empty(strand) && strand->top->node->frame_id == PROF__FRAME_HIDDEN) {
        prof__strand_pop(strand);
    }
}

/* Puts the current context into the session. -1 with an exception set. */
static int
enter_context(session_object *self)
{
    leave_profiler(self);
    return membership_join(self);
}

PyDoc_STRVAR(start_doc, "start(name, max_nodes): begin to trace the current context.");

static PyObject *
session_start(PyObject *object, PyObject *arguments)
{
    session_object *self = (session_object *)object;
    const char *name;
    unsigned int max_nodes;
    if (!PyArg_ParseTuple(arguments, "sI:start", &name, &max_nodes)) {
        return NULL;
    }
    /* Linked before it runs, as another thread may be starting it; it has no references once stopped. */
    if (*find_link(self) != NULL || self->code_refs == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the session has been started already");
        return NULL;
    }
    session_link(self);
    const prof_memory memory = prof__pool_memory(&self->source->pool);
    const prof_options options = {
        .name = name, .engine = "trace", .memory = &memory, .max_nodes = max_nodes};
    if (hooks_ensure(self->source) < 0 || create_session(self, &options) < 0 ||
        enter_context(self) < 0) {
        session_unlink(self);
        destroy_session(self);
        return NULL;
    }
    self->pays_builtins = self->source->hooks->builtins;
    Py_RETURN_NONE;
}

/* The time since the last event of the strand that runs now belongs to the session as well. */
static void
advance_current(session_object *self)
{
    prof_strand *strand = source_strand(self->source, compat_thread());
    if (strand != NULL && strand->session == self->session) {
        (void)prof__strand_advance(strand);
    }
}

/* Of hooks with builtins, or without: as they were measured, for some back ends that is the same. */
static prof_costs
costs_of_hooks(const session_object *self)
{
    const event_source *source = self->source;
    bool builtins = self->builtins || (self->pays_builtins && source->calibrated[true].known);
    return source->calibrated[builtins].costs;
}

PyDoc_STRVAR(stop_doc, "stop() -> Profile: end the session, from any thread or context.");

static PyObject *
session_stop(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    session_object *self = (session_object *)object;
    if (!is_running(self)) {
        return raise_not_running();
    }
    advance_current(self);
    prof_session *session = self->session;
    lent_names *names = self->names;
    prof__suspended_sift(&session->suspended, compat_is_suspended);
    session->counters.hooks_lost = hooks_missing(self) + self->hooks_lost;
    PyObject *code_refs = self->code_refs;
    session_unlink(self);
    self->session = NULL; /* from here on no hook finds it, so the GIL is not needed */
    self->code_refs = NULL;
    self->names = NULL;
    session->costs = costs_of_hooks(self);
    prof_profile *profile = NULL;
    prof_status status;
    Py_BEGIN_ALLOW_THREADS
    status = prof_session_stop(session, &profile);
    prof_session_destroy(session);
    Py_END_ALLOW_THREADS
    lent_names_give(self->source, names);
    Py_XDECREF(code_refs);
    if (membership_part(self) < 0) {
        prof_profile_destroy(profile);
        return NULL;
    }
    return status == PROF_OK ? profile_wrap(self->source, profile) : raise_status(status);
}

/* The references to code stay until the session has ended: its keys are their addresses. */
static void
end_session(session_object *self)
{
    if (self->session != NULL) {
        session_unlink(self);
        destroy_session(self);
    }
}

PyDoc_STRVAR(cancel_doc, "cancel(): end the session without a profile.");

static PyObject *
session_cancel(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    session_object *self = (session_object *)object;
    if (!is_running(self)) {
        return raise_not_running();
    }
    end_session(self);
    Py_CLEAR(self->code_refs);
    return membership_part(self) < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(attach_doc, "attach(): put the current context into the running session.");

static PyObject *
session_attach(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    session_object *self = (session_object *)object;
    if (!is_running(self)) {
        return raise_not_running();
    }
    if (hooks_ensure(self->source) < 0 || enter_context(self) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/*
 * Calls that are open in this context end for the session: their leave events will not come, or come after
 * time that is not the session's. Calls of a context that this one was entered from go on.
 */
static void
close_current(session_object *self)
{
    PyThreadState *thread = compat_thread();
    prof_strand *strand = source_strand(self->source, thread);
    if (strand != NULL && strand->session == self->session) {
        (void)prof__strand_advance(strand);
        if (strand->owner == (uint64_t)(uintptr_t)thread->context) {
            prof__strand_close(strand, strand->entries + 1);
        }
    }
}

PyDoc_STRVAR(detach_doc, "detach(): take the current context out of the session.");

static PyObject *
session_detach(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    if (is_running((session_object *)object)) {
        close_current((session_object *)object);
    }
    if (membership_part((session_object *)object) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
session_get_running(PyObject *object, void *closure)
{
    (void)closure;
    return PyBool_FromLong(is_running((session_object *)object));
}

/* ---- type --------------------------------------------------------------------------------------- */

static PyObject *
session_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"builtins", NULL};
    int builtins = 1;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|p:Session", names, &builtins)) {
        return NULL;
    }
    PyObject *module = PyType_GetModule(type);
    session_object *self = module == NULL ? NULL : PyObject_GC_New(session_object, type);
    if (self == NULL) {
        return NULL;
    }
    self->engine = ENGINE_TRACE;
    self->session = NULL;
    self->tree = NULL;
    self->names = NULL;
    self->source = PyModule_GetState(module);
    self->module = Py_NewRef(module);
    self->next = NULL;
    self->builtins = builtins != 0;
    self->pays_builtins = false;
    self->code_refs = PyList_New(0);
    PyObject_GC_Track(self);
    if (self->code_refs == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static int
session_traverse(PyObject *object, visitproc visit, void *arg)
{
    session_object *self = (session_object *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->module);
    Py_VISIT(self->code_refs);
    return 0;
}

static int
session_clear(PyObject *object)
{
    session_object *self = (session_object *)object;
    end_session(self);
    Py_CLEAR(self->code_refs);
    return 0;
}

static void
session_dealloc(PyObject *object)
{
    session_object *self = (session_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    (void)session_clear(object);
    Py_CLEAR(self->module);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef session_methods[] = {
    {"start", session_start, METH_VARARGS, start_doc},
    {"stop", session_stop, METH_NOARGS, stop_doc},
    {"cancel", session_cancel, METH_NOARGS, cancel_doc},
    {"attach", session_attach, METH_NOARGS, attach_doc},
    {"detach", session_detach, METH_NOARGS, detach_doc},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef session_getset[] = {
    {"running", session_get_running, NULL, "Whether the session has been started and not stopped.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot session_slots[] = {
    {Py_tp_new, session_new},
    {Py_tp_dealloc, session_dealloc},
    {Py_tp_traverse, session_traverse},
    {Py_tp_clear, session_clear},
    {Py_tp_methods, session_methods},
    {Py_tp_getset, session_getset},
    {0, NULL},
};

PyType_Spec session_spec = {
    .name = "libprof._native.Session",
    .basicsize = sizeof(session_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = session_slots,
};
