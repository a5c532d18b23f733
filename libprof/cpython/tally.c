/* SPDX-License-Identifier: MIT */
#include "tally.h"

#include <stddef.h>
#include <structmember.h>

static PyObject *
tally_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    (void)arguments, (void)keywords; /* they are a subclass's */
    tally_object *self = (tally_object *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->active = 1;
    }
    return (PyObject *)self;
}

static void
tally_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMemberDef tally_members[] = {
    {"active", T_BOOL, offsetof(tally_object, active), 0, "Whether calls are counted."},
    {"count", T_ULONGLONG, offsetof(tally_object, count), READONLY, "Calls that have ended."},
    {"wall_ns", T_ULONGLONG, offsetof(tally_object, wall_ns), READONLY, "Their time in all."},
    {NULL, 0, 0, 0, NULL},
};

static char tally_doc[] =
    "Tally()\n--\n\n"
    "Counts and times the calls of a SpanCalls in the contexts where this is its variable's value.";

static PyType_Slot tally_slots[] = {
    {Py_tp_new, tally_new},
    {Py_tp_dealloc, tally_dealloc},
    {Py_tp_members, tally_members},
    {Py_tp_doc, tally_doc},
    {0, NULL},
};

PyType_Spec tally_spec = {
    .name = "libprof._native.Tally",
    .basicsize = sizeof(tally_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = tally_slots,
};
