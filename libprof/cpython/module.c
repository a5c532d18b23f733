/* SPDX-License-Identifier: MIT */
/*
 * The module _native: one source per interpreter in the module's state, and the types made from it. No
 * static state, so every sub-interpreter profiles on its own.
 */
#include "callables.h"
#include "gc_frames.h"
#include "hooks.h"
#include "lent_names.h"
#include "membership.h"
#include "metadata.h"
#include "objects.h"
#include "process.h"
#include "sampler_python.h"
#include "tally.h"

static event_source *
source_of(PyObject *module)
{
    return PyModule_GetState(module);
}

static int
add_hidden(event_source *source, const char *text)
{
    if (source_hides(source, text)) {
        return 0;
    }
    size_t length = strlen(text);
    hidden_prefix *prefix = PyMem_Malloc(sizeof(*prefix) + length);
    if (prefix == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    prefix->next = source->hidden;
    prefix->length = length;
    memcpy(prefix->text, text, length);
    source->hidden = prefix;
    return 0;
}

static void
free_hidden(event_source *source)
{
    for (hidden_prefix *prefix = source->hidden; prefix != NULL;) {
        hidden_prefix *next = prefix->next;
        PyMem_Free(prefix);
        prefix = next;
    }
    source->hidden = NULL;
}

PyDoc_STRVAR(hide_doc,
             "hide(prefix): code from files that start with this never shows in profiles; what it\n"
             "computes is the profiler's own cost.");

static PyObject *
module_hide(PyObject *module, PyObject *prefix)
{
    if (!PyUnicode_Check(prefix) || PyUnicode_GET_LENGTH(prefix) == 0) {
        return PyErr_Format(PyExc_ValueError, "expected the beginning of a path, not %R", prefix);
    }
    const char *text = PyUnicode_AsUTF8(prefix);
    return text == NULL || add_hidden(source_of(module), text) < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(unhook_doc, "unhook(): remove idle hooks now instead of after a while.");

static PyObject *
module_unhook(PyObject *module, PyObject *ignored)
{
    (void)ignored;
    event_source *source = source_of(module);
    if (source->running_count != 0) {
        PyErr_Format(PyExc_RuntimeError, "%u sessions are running", source->running_count);
        return NULL;
    }
    hooks_remove(source);
    Py_RETURN_NONE;
}

PyDoc_STRVAR(status_doc, "status() -> (back end's name or None, running sessions)");

static PyObject *
module_status(PyObject *module, PyObject *ignored)
{
    (void)ignored;
    event_source *source = source_of(module);
    const event_backend *backend = source->hooks->backend;
    return Py_BuildValue("(zI)", backend == NULL ? NULL : backend->name, source->running_count);
}

PyDoc_STRVAR(
    thread_slot_doc,
    "thread_slot() -> where hooks read which thread runs, in bytes from its thread pointer;\n"
    "0: they ask the interpreter.");

static PyObject *
module_thread_slot(PyObject *module, PyObject *ignored)
{
    (void)ignored;
    return PyLong_FromSsize_t(source_of(module)->slot);
}

static PyObject *
module_pace(PyObject *module, PyObject *ignored)
{
    (void)module, (void)ignored;
    return PyFloat_FromDouble(prof_pace());
}

PyDoc_STRVAR(costs_doc,
             "costs(builtins) -> (inner, outer, ..., pace) or None: what hooks cost, in ns.");

static PyObject *
module_costs(PyObject *module, PyObject *builtins)
{
    int index = PyObject_IsTrue(builtins);
    if (index < 0) {
        return NULL;
    }
    event_source *source = source_of(module);
    if (!source->calibrated[index].known) {
        Py_RETURN_NONE;
    }
    const prof_costs *costs = &source->calibrated[index].costs;
    return Py_BuildValue("(ddddddddddd)", costs->call.inner_ns, costs->call.outer_ns,
                         costs->resume.inner_ns, costs->resume.outer_ns, costs->builtin.inner_ns,
                         costs->builtin.outer_ns, costs->span.inner_ns, costs->span.outer_ns,
                         costs->far.inner_ns, costs->far.outer_ns, costs->pace_ns);
}

PyDoc_STRVAR(
    set_costs_doc,
    "set_costs(builtins, inner, outer, ..., pace): of calls, resumptions, builtins, spans, and "
    "events that cost more, in ns,\n"
    "when pace() was so; taken out of the times of sessions that stop from now on.");

static PyObject *
module_set_costs(PyObject *module, PyObject *arguments)
{
    event_source *source = source_of(module);
    int index;
    prof_costs costs;
    if (!PyArg_ParseTuple(arguments, "pddddddddddd:set_costs", &index, &costs.call.inner_ns,
                          &costs.call.outer_ns, &costs.resume.inner_ns, &costs.resume.outer_ns,
                          &costs.builtin.inner_ns, &costs.builtin.outer_ns, &costs.span.inner_ns,
                          &costs.span.outer_ns, &costs.far.inner_ns, &costs.far.outer_ns,
                          &costs.pace_ns)) {
        return NULL;
    }
    source->calibrated[index].costs = costs;
    source->calibrated[index].known = true;
    Py_RETURN_NONE;
}

PyDoc_STRVAR(check_metadata_doc, "check_metadata(json): ValueError if no profile can hold it.");

static PyObject *
module_check_metadata(PyObject *module, PyObject *text)
{
    (void)module;
    const char *json = PyUnicode_AsUTF8(text);
    if (json == NULL) {
        return NULL;
    }
    cJSON *object = NULL;
    prof_status status = prof__metadata_parse(json, &object);
    cJSON_Delete(object);
    if (status == PROF_LIMIT) {
        return PyErr_Format(PyExc_ValueError,
                            "metadata must be at most %u bytes of JSON, nested at most %d deep",
                            PROF__MAX_METADATA_BYTES, PROF__MAX_METADATA_DEPTH);
    }
    return status == PROF_OK ? Py_NewRef(Py_None) : raise_status(status);
}

static PyMethodDef module_methods[] = {
    {"check_metadata", module_check_metadata, METH_O, check_metadata_doc},
    {"pace", module_pace, METH_NOARGS, "pace() -> float: ns of a fixed piece of work now, or 0."},
    {"costs", module_costs, METH_O, costs_doc},
    {"set_costs", module_set_costs, METH_VARARGS, set_costs_doc},
    {"hide", module_hide, METH_O, hide_doc},
    {"unhook", module_unhook, METH_NOARGS, unhook_doc},
    SAMPLER_METHODS,
    {"status", module_status, METH_NOARGS, status_doc},
    {"thread_slot", module_thread_slot, METH_NOARGS, thread_slot_doc},
    {"read", profile_read, METH_O, "read(document) -> Profile: ValueError names what is wrong"},
    {"merge", profile_merge, METH_O, "merge(list of Profile) -> Profile"},
    {"diff", profile_diff, METH_VARARGS, "diff(before, after) -> [(parent, frame, before, after)]"},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject *
add_type(PyObject *module, PyType_Spec *spec)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    if (type != NULL && PyModule_AddType(module, type) < 0) {
        Py_CLEAR(type);
    }
    return type;
}

static int
add_types(PyObject *module, event_source *source)
{
    source->session_type = add_type(module, &session_spec);
    source->sample_session_type = add_type(module, &sample_session_spec);
    source->membership_type = (PyTypeObject *)PyType_FromSpec(&membership_spec);
    source->thread_hook_type = (PyTypeObject *)PyType_FromSpec(&thread_hook_spec);
    source->profile_type = add_type(module, &profile_spec);
    source->span_type = add_type(module, &span_spec);
    source->span_calls_type = add_type(module, &span_calls_spec);
    source->tally_type = add_type(module, &tally_spec);
    if (source->session_type == NULL || source->sample_session_type == NULL ||
        source->membership_type == NULL || source->thread_hook_type == NULL ||
        source->profile_type == NULL || source->span_type == NULL ||
        source->span_calls_type == NULL || source->tally_type == NULL) {
        return -1;
    }
#if COMPAT_HAS_MONITORING
    source->hook_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &hook_spec, NULL);
    if (source->hook_type == NULL) {
        return -1;
    }
#endif
    return 0;
}

/* Looked up now: when a session starts, looking could run code of others, or fail for want of memory. */
static int
find_monitoring(event_source *source)
{
#if COMPAT_HAS_MONITORING
    source->slot = thread_slot_find();
    source->monitoring = Py_XNewRef(PySys_GetObject("monitoring"));
    if (source->monitoring == NULL) {
        PyErr_SetString(PyExc_ImportError, "libprof needs sys.monitoring, and it is gone");
        return -1;
    }
#else
    (void)source;
#endif
    return 0;
}

static int
module_exec(PyObject *module)
{
    event_source *source = source_of(module);
    const prof_memory memory = prof__memory_mmap();
    process_init();
    prof__pool_init(&source->pool, &memory);
    source->code_watcher = -1;
    source->hooks = PyMem_Calloc(1, sizeof(*source->hooks));
    if (source->hooks == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    hooks_init(source->hooks);
    source->thread_hooks = PyList_New(0);
    source->variable = PyContextVar_New("libprof_session", NULL);
    if (source->thread_hooks == NULL || source->variable == NULL) {
        return -1;
    }
    if (find_monitoring(source) < 0 || gc_frames_init(source) < 0) {
        return -1;
    }
    source->memory = compat_variable_memory_of(source->variable);
    prof_memory pages = prof__memory_mmap();
    prof__strand_index_init(&source->open, &pages);
    source_forget(source);
    if (callables_init(source) < 0 || sampler_init(source) < 0) {
        return -1;
    }
    return add_types(module, source);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    event_source *source = source_of(module);
    Py_VISIT(source->session_type);
    Py_VISIT(source->sample_session_type);
    Py_VISIT(source->membership_type);
    Py_VISIT(source->profile_type);
    Py_VISIT(source->span_type);
    Py_VISIT(source->span_calls_type);
    Py_VISIT(source->tally_type);
    Py_VISIT(source->hook_type);
    Py_VISIT(source->thread_hook_type);
    Py_VISIT(source->thread_hooks);
    Py_VISIT(source->thread_joiner);
    Py_VISIT(source->monitoring);
    Py_VISIT(source->gc_callbacks);
    Py_VISIT(source->variable);
    Py_VISIT(source->collections.callback);
    return 0;
}

static int
module_clear(PyObject *module)
{
    event_source *source = source_of(module);
    Py_CLEAR(source->session_type);
    Py_CLEAR(source->sample_session_type);
    Py_CLEAR(source->membership_type);
    Py_CLEAR(source->profile_type);
    Py_CLEAR(source->span_type);
    Py_CLEAR(source->span_calls_type);
    Py_CLEAR(source->tally_type);
    Py_CLEAR(source->hook_type);
    Py_CLEAR(source->thread_hook_type);
    Py_CLEAR(source->thread_hooks);
    Py_CLEAR(source->thread_joiner);
    Py_CLEAR(source->monitoring);
    Py_CLEAR(source->gc_callbacks);
    Py_CLEAR(source->variable);
    Py_CLEAR(source->collections.callback);
    return 0;
}

static void
module_free(void *module)
{
    event_source *source = source_of(module);
    (void)module_clear(module);
    prof__strand_index_deinit(&source->open);
    sampler_deinit(source);
    lent_names_unwatch(source);
    lent_names_drop(source);
    free_hidden(source);
    PyMem_Free(source->hooks);
    source->hooks = NULL;
    prof__pool_deinit(&source->pool);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    /* clang-format off: the macro brings its own comma, or nothing. */
    COMPAT_MODULE_SLOTS
    /* clang-format on */
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "libprof._native",
    .m_doc = "Sessions, spans and profiles in C; use the package libprof instead.",
    .m_size = sizeof(event_source),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__native(void);

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModuleDef_Init(&module_definition);
}
