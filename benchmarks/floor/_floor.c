/* SPDX-License-Identifier: MIT */
/*
 * The floor of CPython: hooks in C that count events and do nothing else. What a program loses to them,
 * every tracer in this interpreter loses as well. One that measures time must read a clock besides: a counter
 * with `clock` does that too, and keeps nothing but the last reading.
 *
 * A Counter serves both ways of getting events: sys.monitoring calls it through vectorcall (3.12 and newer),
 * and hook_thread() hands it to PyEval_SetProfile.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <structmember.h>
#include <time.h>

typedef struct counter {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    unsigned long long events;
    unsigned long long ticks; /* of the last event */
    bool clock;
} counter;

/* The cheapest clock there is. */
static inline unsigned long long
read_ticks(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * 1000000000u + (unsigned long long)now.tv_nsec;
#endif
}

static PyObject *
count_monitored(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    (void)args, (void)count, (void)names;
    ((counter *)self)->events++;
    Py_RETURN_NONE;
}

static PyObject *
time_monitored(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    ((counter *)self)->ticks = read_ticks();
    return count_monitored(self, args, count, names);
}

static int
count_profiled(PyObject *self, PyFrameObject *frame, int what, PyObject *argument)
{
    (void)frame, (void)what, (void)argument;
    ((counter *)self)->events++;
    return 0;
}

static int
time_profiled(PyObject *self, PyFrameObject *frame, int what, PyObject *argument)
{
    ((counter *)self)->ticks = read_ticks();
    return count_profiled(self, frame, what, argument);
}

static PyObject *
counter_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"clock", NULL};
    int clock = 0;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|p:Counter", names, &clock)) {
        return NULL;
    }
    counter *self = (counter *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->clock = clock != 0;
        self->vectorcall = clock ? time_monitored : count_monitored;
    }
    return (PyObject *)self;
}

static void
counter_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef counter_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(counter, vectorcall), READONLY, NULL},
    {"events", T_ULONGLONG, offsetof(counter, events), 0, "Events so far."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot counter_slots[] = {
    {Py_tp_new, counter_new},
    {Py_tp_dealloc, counter_dealloc},
    {Py_tp_members, counter_members},
    {Py_tp_call, PyVectorcall_Call},
    {0, NULL},
};

static PyType_Spec counter_spec = {
    .name = "_floor.Counter",
    .basicsize = sizeof(counter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = counter_slots,
};

static PyObject *
hook_thread(PyObject *module, PyObject *object)
{
    (void)module;
    PyEval_SetProfile(((counter *)object)->clock ? time_profiled : count_profiled, object);
    Py_RETURN_NONE;
}

static PyObject *
unhook_thread(PyObject *module, PyObject *ignored)
{
    (void)module, (void)ignored;
    PyEval_SetProfile(NULL, NULL);
    Py_RETURN_NONE;
}

static PyMethodDef floor_methods[] = {
    {"hook_thread", hook_thread, METH_O,
     "hook_thread(counter): by PyEval_SetProfile, this thread."},
    {"unhook_thread", unhook_thread, METH_NOARGS, "unhook_thread(): the end of hook_thread."},
    {NULL, NULL, 0, NULL},
};

static int
floor_exec(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&counter_spec);
    int result = type == NULL ? -1 : PyModule_AddType(module, (PyTypeObject *)type);
    Py_XDECREF(type);
    return result;
}

static PyModuleDef_Slot floor_slots[] = {
    {Py_mod_exec, floor_exec},
    {0, NULL},
};

static PyModuleDef floor_module = {
    PyModuleDef_HEAD_INIT,      .m_name = "_floor",     .m_doc = "Hooks that only count.",
    .m_methods = floor_methods, .m_slots = floor_slots,
};

PyMODINIT_FUNC
PyInit__floor(void)
{
    return PyModuleDef_Init(&floor_module);
}
