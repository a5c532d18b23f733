/* SPDX-License-Identifier: MIT */
/*
 * Events by sys.monitoring (PEP 669): no frame object, no cost to threads that are not profiled beyond
 * an early way out, and other tools keep working.
 */
#include "monitoring_hooks.h"

#if COMPAT_HAS_MONITORING

#include "hooks.h"
#include "objects.h"

/*
 * Tool ids in the order they are tried. 1 belongs to coverage and 2 is what cProfile insists on, so they
 * are left to them as long as another is free; 6 and 7 are CPython's own.
 */
static const int tool_ids[] = {4, 3, 5, 0, 2};

#define TOOL_NAME "libprof"

/* What this back end keeps; `state` of struct hooks. */
typedef struct monitoring {
    PyObject *api;        /* sys.monitoring */
    PyObject *get_events; /* a function of it */
    PyObject *tool_id;    /* NULL until one is ours */
    long python_events;
    long builtin_events;
    long present_events; /* what get_events said when all were set: less, as some imply others */
} monitoring;

/* 0; 1 when all ids are taken. */
static int
claim_tool_id(monitoring *state)
{
    for (size_t i = 0; i < sizeof(tool_ids) / sizeof(tool_ids[0]); i++) {
        PyObject *tool_id = PyLong_FromLong(tool_ids[i]);
        PyObject *result = tool_id == NULL ? NULL
                                           : PyObject_CallMethod(state->api, "use_tool_id", "Os",
                                                                 tool_id, TOOL_NAME);
        if (result != NULL) {
            Py_DECREF(result);
            state->tool_id = tool_id;
            return 0;
        }
        Py_XDECREF(tool_id);
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

static int
register_callback(event_source *source, monitoring *state, size_t index)
{
    long bit = event_bit(state->api, monitoring_events[index].name);
    PyObject *callback =
        bit < 0 ? NULL : monitoring_hook_new(source, monitoring_events[index].callback);
    if (callback == NULL) {
        return -1;
    }
    if (monitoring_events[index].builtins) {
        state->builtin_events |= bit;
    } else {
        state->python_events |= bit;
    }
    PyObject *previous =
        PyObject_CallMethod(state->api, "register_callback", "OlO", state->tool_id, bit, callback);
    Py_DECREF(callback);
    Py_XDECREF(previous);
    return previous == NULL ? -1 : 0;
}

static int
set_events(monitoring *state, long mask)
{
    PyObject *result = PyObject_CallMethod(state->api, "set_events", "Ol", state->tool_id, mask);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* -1 with an exception, for example when the id is not in use. */
static long
get_events(const monitoring *state)
{
    PyObject *result = PyObject_CallOneArg(state->get_events, state->tool_id);
    long mask = result == NULL ? -1 : PyLong_AsLong(result);
    Py_XDECREF(result);
    return mask;
}

static int
set_wanted_events(event_source *source, monitoring *state)
{
    long builtin_events = source->hooks->builtins ? state->builtin_events : 0;
    if (set_events(state, state->python_events | builtin_events) < 0) {
        return -1;
    }
    state->present_events = get_events(state);
    return state->present_events < 0 ? -1 : 0;
}

/* Takes a callback away if it is ours; another's is given back. */
static void
unregister_callback(const event_source *source, const monitoring *state, const char *event)
{
    long bit = event_bit(state->api, event);
    PyObject *previous =
        PyObject_CallMethod(state->api, "register_callback", "OlO", state->tool_id, bit, Py_None);
    if (previous != NULL && previous != Py_None && !Py_IS_TYPE(previous, source->hook_type)) {
        Py_XDECREF(PyObject_CallMethod(state->api, "register_callback", "OlO", state->tool_id, bit,
                                       previous));
    }
    Py_XDECREF(previous);
}

/*
 * Our id may have been freed behind our back, and be nobody's or somebody else's. Before 3.14 its events
 * and callbacks stay what they are: no callback of ours may be left, it would be called beside new ones.
 */
static bool
take_id_back(const monitoring *state)
{
    PyObject *name = PyObject_CallMethod(state->api, "get_tool", "O", state->tool_id);
    bool ours = name != NULL && PyUnicode_Check(name) &&
                PyUnicode_CompareWithASCIIString(name, TOOL_NAME) == 0;
    if (name == Py_None) {
        PyObject *result =
            PyObject_CallMethod(state->api, "use_tool_id", "Os", state->tool_id, TOOL_NAME);
        ours = result != NULL;
        Py_XDECREF(result);
    }
    Py_XDECREF(name);
    PyErr_Clear();
    return ours;
}

static void
unregister_all(const event_source *source, monitoring *state)
{
    bool ours = take_id_back(state);
    if (ours && set_events(state, 0) < 0) {
        PyErr_Clear();
    }
    for (size_t i = 0; i < MONITORING_EVENTS; i++) {
        unregister_callback(source, state, monitoring_events[i].name);
        PyErr_Clear(); /* an audit hook refuses, or the interpreter ends */
    }
    if (ours) {
        Py_XDECREF(PyObject_CallMethod(state->api, "free_tool_id", "O", state->tool_id));
        PyErr_Clear();
    }
}

/* Leaves the exception for which the hooks are given up as it is. */
static void
monitoring_remove(event_source *source)
{
    monitoring *state = source->hooks->state;
    if (state == NULL) {
        return;
    }
    compat_exception saved = compat_take_exception();
    if (state->tool_id != NULL) {
        unregister_all(source, state);
    }
    source->hooks->state = NULL;
    Py_XDECREF(state->api);
    Py_XDECREF(state->get_events);
    Py_XDECREF(state->tool_id);
    PyMem_Free(state);
    compat_give_exception(saved);
}

static int
register_all(event_source *source, monitoring *state)
{
    for (size_t i = 0; i < MONITORING_EVENTS; i++) {
        if (register_callback(source, state, i) < 0) {
            return -1;
        }
    }
    source->hooks->builtins = source->running_builtins > 0;
    return set_wanted_events(source, state);
}

static int
monitoring_install(event_source *source)
{
    monitoring *state = PyMem_Calloc(1, sizeof(*state));
    if (state == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    source->hooks->state = state;
    state->api = Py_NewRef(source->monitoring);
    state->get_events = PyObject_GetAttrString(state->api, "get_events");
    int result = state->get_events == NULL ? -1 : claim_tool_id(state);
    if (result == 0) {
        result = register_all(source, state);
    }
    if (result != 0) {
        monitoring_remove(source);
    }
    return result;
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

/* 1 if somebody has freed our id or changed its events. */
static uint64_t
monitoring_missing(event_source *source, const prof_session *session)
{
    (void)session;
    const monitoring *state = source->hooks->state;
    long mask = get_events(state);
    if (mask < 0) {
        PyErr_Clear();
        return 1;
    }
    return (mask & state->present_events) != state->present_events;
}

const event_backend backend_monitoring = {
    .name = "sys.monitoring",
    .install = monitoring_install,
    .update = monitoring_update,
    .remove = monitoring_remove,
    .missing = monitoring_missing,
};

#endif
