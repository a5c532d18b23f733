/* SPDX-License-Identifier: MIT */
/*
 * Events by sys.monitoring (PEP 669): no frame object, no cost to threads that are not profiled beyond
 * an early way out, and other tools keep working.
 *
 * The callbacks are instances of a type with vectorcall: a third cheaper than C functions, because the
 * interpreter jumps straight into them. Each event has an instance of its own, so none needs a switch.
 */
#include "compat.h"

#if COMPAT_HAS_MONITORING

#include <stddef.h>
#include <structmember.h>

#include "hooks.h"
#include "objects.h"
#include "trace.h"

/* An instance of hook_type. */
typedef struct hook {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    event_source *source;
    PyObject *module; /* keeps the source alive as long as the interpreter may call us */
} hook;

#define SOURCE(self) (((hook *)(self))->source)

static void
on_idle(PyObject *self)
{
    Py_INCREF(self);
    hooks_idle_event(SOURCE(self));
    Py_DECREF(self);
}

/* The strand of this event or the way out. */
#define STRAND_OR_RETURN(self)                                                                     \
    event_source *source = SOURCE(self);                                                           \
    PyThreadState *thread = compat_thread();                                                       \
    prof_strand *strand = source_strand(source, thread);                                           \
    if (strand == NULL) {                                                                          \
        if (source->running_count == 0) {                                                          \
            on_idle(self);                                                                         \
        }                                                                                          \
        Py_RETURN_NONE;                                                                            \
    }

/* Arguments: code, offset. */
static PyObject *
on_start(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    (void)count, (void)names;
    STRAND_OR_RETURN(self);
    trace_enter_code(source, strand, (PyCodeObject *)args[0], compat_current_frame(thread), false);
    Py_RETURN_NONE;
}

/* Arguments: code, offset. */
static PyObject *
on_resume(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    (void)count, (void)names;
    STRAND_OR_RETURN(self);
    trace_resume_code(source, strand, (PyCodeObject *)args[0], compat_current_frame(thread));
    Py_RETURN_NONE;
}

/* Arguments: code, offset, exception. */
static PyObject *
on_throw(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    (void)count, (void)names;
    STRAND_OR_RETURN(self);
    trace_throw_code(source, strand, (PyCodeObject *)args[0], compat_current_frame(thread));
    Py_RETURN_NONE;
}

/* PY_RETURN and PY_UNWIND. */
static PyObject *
on_leave(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    (void)args, (void)count, (void)names;
    STRAND_OR_RETURN(self);
    trace_leave_code(source, strand, compat_current_frame(thread));
    Py_RETURN_NONE;
}

/* PY_YIELD. Arguments: code, offset, value. */
static PyObject *
on_yield(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    (void)count, (void)names;
    STRAND_OR_RETURN(self);
    PyCodeObject *code = (PyCodeObject *)args[0];
    trace_suspend_code(strand, code, compat_current_frame(thread),
                       trace_delivers_item(code, args[2]));
    Py_RETURN_NONE;
}

/* CALL. Arguments: code, offset, callable, first argument. */
static PyObject *
on_call(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    (void)count, (void)names;
    STRAND_OR_RETURN(self);
    uint64_t key = callable_key(source, args[2]);
    if (key == 0) {
        trace_call_python(strand, compat_current_frame(thread));
    } else if (source->cache.builtins) {
        trace_enter_builtin(source, strand, args[2], key, compat_current_frame(thread));
    }
    Py_RETURN_NONE;
}

/* C_RETURN and C_RAISE. Arguments as above. */
static PyObject *
on_call_end(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    (void)count, (void)names;
    STRAND_OR_RETURN(self);
    trace_leave_builtin(source, strand, args[2], compat_current_frame(thread));
    Py_RETURN_NONE;
}

static int
hook_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((hook *)object)->module);
    return 0;
}

static void
hook_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    Py_CLEAR(((hook *)object)->module);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMemberDef hook_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(hook, vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot hook_slots[] = {
    {Py_tp_dealloc, hook_dealloc},
    {Py_tp_traverse, hook_traverse},
    {Py_tp_members, hook_members},
    {Py_tp_call, PyVectorcall_Call},
    {0, NULL},
};

PyType_Spec hook_spec = {
    .name = "libprof._native.Hook",
    .basicsize = sizeof(hook),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = hook_slots,
};

/* Which callback serves which event; installing and removing are loops over this. */
static const struct {
    const char *event; /* attribute of sys.monitoring.events */
    vectorcallfunc callback;
    bool builtins; /* CALL brings C_RETURN and C_RAISE with it */
} events[] = {
    {"PY_START", on_start, false},  {"PY_RESUME", on_resume, false}, {"PY_THROW", on_throw, false},
    {"PY_RETURN", on_leave, false}, {"PY_UNWIND", on_leave, false},  {"PY_YIELD", on_yield, false},
    {"CALL", on_call, true},        {"C_RETURN", on_call_end, true}, {"C_RAISE", on_call_end, true},
};

#define EVENT_COUNT (sizeof(events) / sizeof(events[0]))

/*
 * Tool ids in the order they are tried. 1 belongs to coverage and 2 is what cProfile insists on, so they
 * are left to them as long as another is free; 6 and 7 are CPython's own.
 */
static const int tool_ids[] = {4, 3, 5, 0, 2};

/* What this back end keeps; `state` of struct hooks. */
typedef struct monitoring {
    PyObject *api; /* sys.monitoring */
    int tool_id;
    long python_events;
    long builtin_events;
} monitoring;

static PyObject *
get_api(void)
{
    PyObject *api = PySys_GetObject("monitoring"); /* an import could run code of others */
    if (api == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "sys.monitoring is gone");
    }
    return Py_XNewRef(api);
}

/* 0 and the id in `tool_id`; 1 when all are taken. */
static int
claim_tool_id(PyObject *api, int *tool_id)
{
    for (size_t i = 0; i < sizeof(tool_ids) / sizeof(tool_ids[0]); i++) {
        PyObject *result = PyObject_CallMethod(api, "use_tool_id", "is", tool_ids[i], "libprof");
        if (result != NULL) {
            Py_DECREF(result);
            *tool_id = tool_ids[i];
            return 0;
        }
        if (!PyErr_ExceptionMatches(PyExc_ValueError)) {
            return -1;
        }
        PyErr_Clear();
    }
    return 1;
}

/* The bit of an event, -1 with an exception. */
static long
event_bit(PyObject *api, const char *name)
{
    PyObject *namespace = PyObject_GetAttrString(api, "events");
    PyObject *value = namespace == NULL ? NULL : PyObject_GetAttrString(namespace, name);
    long bit = value == NULL ? -1 : PyLong_AsLong(value);
    Py_XDECREF(namespace);
    Py_XDECREF(value);
    return bit;
}

static PyObject *
new_hook(event_source *source, vectorcallfunc callback)
{
    hook *object = PyObject_GC_New(hook, source->hook_type);
    if (object == NULL) {
        return NULL;
    }
    object->vectorcall = callback;
    object->source = source;
    object->module = Py_NewRef(PyType_GetModule(source->hook_type));
    PyObject_GC_Track(object);
    return (PyObject *)object;
}

static int
register_callback(event_source *source, monitoring *state, size_t index)
{
    long bit = event_bit(state->api, events[index].event);
    PyObject *callback = bit < 0 ? NULL : new_hook(source, events[index].callback);
    if (callback == NULL) {
        return -1;
    }
    if (events[index].builtins) {
        state->builtin_events |= bit;
    } else {
        state->python_events |= bit;
    }
    PyObject *previous =
        PyObject_CallMethod(state->api, "register_callback", "ilO", state->tool_id, bit, callback);
    Py_DECREF(callback);
    Py_XDECREF(previous);
    return previous == NULL ? -1 : 0;
}

static int
set_events(monitoring *state, long mask)
{
    PyObject *result = PyObject_CallMethod(state->api, "set_events", "il", state->tool_id, mask);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

static int
set_wanted_events(event_source *source, monitoring *state)
{
    long builtin_events = source->hooks->builtins ? state->builtin_events : 0;
    return set_events(state, state->python_events | builtin_events);
}

/* Leaves the exception for which the hooks are given up as it is. */
static void
release(monitoring *state)
{
    compat_exception saved = compat_take_exception();
    PyObject *result = PyObject_CallMethod(state->api, "free_tool_id", "i", state->tool_id);
    if (result == NULL) {
        PyErr_Clear(); /* the interpreter ends, or somebody freed it for us */
    }
    Py_XDECREF(result);
    Py_DECREF(state->api);
    PyMem_Free(state);
    compat_give_exception(saved);
}

static int
monitoring_install(event_source *source)
{
    monitoring *state = PyMem_Calloc(1, sizeof(*state));
    if (state == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    state->api = get_api();
    int claimed = state->api == NULL ? -1 : claim_tool_id(state->api, &state->tool_id);
    if (claimed != 0) {
        Py_XDECREF(state->api);
        PyMem_Free(state);
        return claimed;
    }
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        if (register_callback(source, state, i) < 0) {
            release(state);
            return -1;
        }
    }
    source->hooks->state = state;
    source->hooks->builtins = source->running_builtins > 0;
    if (set_wanted_events(source, state) < 0) {
        source->hooks->state = NULL;
        release(state);
        return -1;
    }
    return 0;
}

/* Events of builtins are added when a session first wants them and stay until the hooks go. */
static int
monitoring_update(event_source *source)
{
    monitoring *state = source->hooks->state;
    if (source->hooks->builtins || source->running_builtins == 0) {
        return 0;
    }
    source->hooks->builtins = true;
    if (set_wanted_events(source, state) < 0) {
        source->hooks->builtins = false; /* the next session asks again */
        return -1;
    }
    return 0;
}

static void
monitoring_remove(event_source *source)
{
    monitoring *state = source->hooks->state;
    compat_exception saved = compat_take_exception();
    if (set_events(state, 0) < 0) {
        PyErr_Clear();
    }
    for (size_t i = 0; i < EVENT_COUNT; i++) {
        long bit = event_bit(state->api, events[i].event);
        PyObject *result = PyObject_CallMethod(state->api, "register_callback", "ilO",
                                               state->tool_id, bit, Py_None);
        if (result == NULL) {
            PyErr_Clear();
        }
        Py_XDECREF(result);
    }
    release(state);
    source->hooks->state = NULL;
    compat_give_exception(saved);
}

const event_backend backend_monitoring = {
    .name = "sys.monitoring",
    .install = monitoring_install,
    .update = monitoring_update,
    .remove = monitoring_remove,
};

#endif
