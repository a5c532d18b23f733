/* SPDX-License-Identifier: MIT */
#include "membership.h"

#include <stddef.h>
#include <string.h>

/* Coroutines that await each other when a session begins; what lies further out shows as a frame. */
#define MAX_HOLDERS 256u

static bool
is_running(const session_object *session)
{
    return session->session != NULL && session->session->status == PROF_OK;
}

membership *
membership_of(const event_source *source, PyObject *value)
{
    bool is_member = value != NULL && Py_IS_TYPE(value, source->membership_type);
    return is_member ? (membership *)value : NULL;
}

/* The innermost one of a running session, whatever its engine. */
static membership *
find_running(membership *member)
{
    while (member != NULL && !is_running(member->session)) {
        member = member->outer;
    }
    return member;
}

membership *
membership_traced(membership *member)
{
    while (member != NULL &&
           (member->session->engine != ENGINE_TRACE || !is_running(member->session))) {
        member = member->outer;
    }
    return member;
}

bool
membership_includes(const membership *member, const prof_session *session)
{
    while (member != NULL && member->session->session != session) {
        member = member->outer;
    }
    return member != NULL;
}

/* The variable's value in the current context, borrowed; NULL without one or with an exception. */
static PyObject *
get_variable(const event_source *source)
{
    PyObject *value = NULL;
    if (PyContextVar_Get(source->variable, NULL, &value) < 0) {
        return NULL;
    }
    Py_XDECREF(value); /* the context holds it */
    return value;
}

membership *
membership_current(const event_source *source)
{
    membership *member = membership_of(source, get_variable(source));
    if (member == NULL) {
        PyErr_Clear();
    }
    return member;
}

static int
set_variable(event_source *source, PyObject *value)
{
    PyObject *token = PyContextVar_Set(source->variable, value);
    source_forget(source);
    Py_XDECREF(token);
    return token == NULL ? -1 : 0;
}

/* With room for so many places; the caller fills them in. */
static membership *
new_membership(session_object *session, membership *outer, size_t places)
{
    PyTypeObject *type = session->source->membership_type;
    membership *member = PyObject_GC_NewVar(membership, type, (Py_ssize_t)places);
    if (member == NULL) {
        return NULL;
    }
    member->session = (session_object *)Py_NewRef((PyObject *)session);
    member->outer = (membership *)Py_XNewRef((PyObject *)outer);
    member->holder_count = 0;
    member->base_count = 0;
    PyObject_GC_Track((PyObject *)member);
    return member;
}

static membership *
new_traced(session_object *session, membership *outer)
{
    uint64_t holders[MAX_HOLDERS];
    uint32_t count = compat_suspendable_frames(compat_thread(), holders, MAX_HOLDERS);
    membership *member = new_membership(session, outer, count);
    if (member != NULL) {
        member->holder_count = count;
        memcpy(member->holders, holders, count * sizeof(*holders));
    }
    return member;
}

static membership *
new_sampled(session_object *session, membership *outer, const membership_frame *base,
            uint32_t count)
{
    membership *member =
        new_membership(session, outer, count * sizeof(*base) / sizeof(member->holders[0]));
    if (member != NULL) {
        member->base_count = count;
        memcpy(member->holders, base, count * sizeof(*base));
    }
    return member;
}

int
membership_join(session_object *session)
{
    return membership_join_above(session, NULL, 0);
}

int
membership_join_above(session_object *session, const membership_frame *base, uint32_t count)
{
    event_source *source = session->source;
    PyObject *present = get_variable(source);
    if (present == NULL && PyErr_Occurred()) {
        return -1;
    }
    membership *outer = find_running(membership_of(source, present));
    if (outer != NULL && outer->session == session) {
        return 0;
    }
    membership *member = session->engine == ENGINE_TRACE ? new_traced(session, outer)
                                                         : new_sampled(session, outer, base, count);
    int result = member == NULL ? -1 : set_variable(source, (PyObject *)member);
    Py_XDECREF((PyObject *)member);
    return result;
}

int
membership_part(session_object *session)
{
    event_source *source = session->source;
    membership *member = membership_of(source, get_variable(source));
    if (member == NULL || member->session != session) {
        return PyErr_Occurred()
                   ? -1
                   : 0; /* elsewhere an ended session is passed over when it is found */
    }
    membership *outer = find_running(member->outer);
    return set_variable(source, outer == NULL ? Py_None : (PyObject *)outer);
}

bool
membership_holds(const membership *member, uint64_t frame)
{
    for (uint32_t i = 0; i < member->holder_count; i++) {
        if (member->holders[i] == frame) {
            return true;
        }
    }
    return false;
}

void
membership_forget(membership *member, uint64_t frame)
{
    for (uint32_t i = 0; i < member->holder_count; i++) {
        if (member->holders[i] == frame) {
            member->holders[i] = member->holders[--member->holder_count];
            return;
        }
    }
}

/* Seen by the collector, but never cleared: a session in a cycle gives up what it holds itself. */
static int
membership_traverse(PyObject *object, visitproc visit, void *arg)
{
    membership *self = (membership *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)self->session);
    Py_VISIT((PyObject *)self->outer);
    return 0;
}

static void
membership_dealloc(PyObject *object)
{
    membership *self = (membership *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    Py_DECREF((PyObject *)self->session);
    Py_XDECREF((PyObject *)self->outer);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyType_Slot membership_slots[] = {
    {Py_tp_dealloc, membership_dealloc},
    {Py_tp_traverse, membership_traverse},
    {0, NULL},
};

PyType_Spec membership_spec = {
    .name = "libprof._native.Membership",
    .basicsize = offsetof(membership, holders),
    .itemsize = sizeof(uint64_t),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = membership_slots,
};
