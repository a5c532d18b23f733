/* SPDX-License-Identifier: MIT */
/*
 * _native.Profile: an immutable profile, handed to Python column by column; libprof/profile.py makes
 * Node, FunctionStats and LineStats of it. Writing and reading documents release the GIL: they can take tens of ms.
 */
#include <stdlib.h>

#include "objects.h"

typedef struct profile_object {
    PyObject_HEAD
    prof_profile *profile;
} profile_object;

static const prof_profile *
profile_of(PyObject *object)
{
    return ((profile_object *)object)->profile;
}

PyObject *
profile_wrap(event_source *source, prof_profile *profile)
{
    profile_object *self = PyObject_New(profile_object, source->profile_type);
    if (self == NULL) {
        prof_profile_destroy(profile);
        return NULL;
    }
    self->profile = profile;
    return (PyObject *)self;
}

static void
profile_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    prof_profile_destroy(((profile_object *)object)->profile);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- reading ------------------------------------------------------------------------------------ */

static PyObject *
counters_dict(const prof_counters *counters)
{
    PyObject *dict = PyDict_New();
#define ADD_COUNTER(name)                                                                          \
    if (dict != NULL) {                                                                            \
        PyObject *value = PyLong_FromUnsignedLongLong(counters->name);                             \
        if (value == NULL || PyDict_SetItemString(dict, #name, value) < 0) {                       \
            Py_CLEAR(dict);                                                                        \
        }                                                                                          \
        Py_XDECREF(value);                                                                         \
    }
    PROF_COUNTER_MAP(ADD_COUNTER)
#undef ADD_COUNTER
    return dict;
}

PyDoc_STRVAR(summary_doc, "summary() -> (name, engine, started, metadata JSON, wall_ns, cpu_ns, "
                          "overhead_ns, counters)");

static PyObject *
profile_summary(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    prof_summary summary;
    prof_profile_summary(profile_of(object), &summary);
    return Py_BuildValue("(ssssKKKN)", summary.name, summary.engine, summary.started,
                         summary.metadata, (unsigned long long)summary.wall_ns,
                         (unsigned long long)summary.cpu_ns,
                         (unsigned long long)summary.overhead_ns, counters_dict(&summary.counters));
}

static PyObject *
frame_tuple(const prof_frame *frame)
{
    return Py_BuildValue("(ssIs)", frame->name, frame->file, (unsigned int)frame->line,
                         prof_kind_text(frame->kind));
}

/* A list of `count` items made one by one. */
typedef PyObject *(*make_item)(const void *items, uint32_t index);

static PyObject *
make_list(const void *items, uint32_t count, make_item make)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (uint32_t index = 0; list != NULL && index < count; index++) {
        PyObject *item = make(items, index);
        if (item == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)index, item);
        }
    }
    return list;
}

static PyObject *
make_frame(const void *items, uint32_t index)
{
    return frame_tuple((const prof_frame *)items + index);
}

static PyObject *
make_node(const void *items, uint32_t index)
{
    const prof_node *node = (const prof_node *)items + index;
    return Py_BuildValue(
        "(LIKKKKKKKKK)", node->parent == PROF_NO_PARENT ? -1LL : (long long)node->parent,
        (unsigned int)node->frame, (unsigned long long)node->calls,
        (unsigned long long)node->self_wall_ns, (unsigned long long)node->total_wall_ns,
        (unsigned long long)node->self_cpu_ns, (unsigned long long)node->total_cpu_ns,
        (unsigned long long)node->await_ns, (unsigned long long)node->samples,
        (unsigned long long)node->overhead_ns, (unsigned long long)node->total_overhead_ns);
}

static PyObject *
make_function(const void *items, uint32_t index)
{
    const prof_function *function = (const prof_function *)items + index;
    return Py_BuildValue(
        "(IKKKKKKK)", (unsigned int)function->frame, (unsigned long long)function->calls,
        (unsigned long long)function->self_wall_ns, (unsigned long long)function->total_wall_ns,
        (unsigned long long)function->self_cpu_ns, (unsigned long long)function->total_cpu_ns,
        (unsigned long long)function->await_ns, (unsigned long long)function->samples);
}

static PyObject *
make_line(const void *items, uint32_t index)
{
    const prof_line *line = (const prof_line *)items + index;
    return Py_BuildValue("(IIKKKKK)", (unsigned int)line->frame, (unsigned int)line->line,
                         (unsigned long long)line->samples, (unsigned long long)line->self_wall_ns,
                         (unsigned long long)line->self_cpu_ns,
                         (unsigned long long)line->total_wall_ns,
                         (unsigned long long)line->total_cpu_ns);
}

static PyObject *
make_slice(const void *items, uint32_t index)
{
    const prof_slice *slice = (const prof_slice *)items + index;
    return Py_BuildValue("(IIK)", (unsigned int)slice->track, (unsigned int)slice->node,
                         (unsigned long long)slice->wall_ns);
}

PyDoc_STRVAR(frames_doc, "frames() -> [(name, file, line, kind)]");

static PyObject *
profile_frames(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    const prof_profile *profile = profile_of(object);
    return make_list(prof_profile_frames(profile), prof_profile_frame_count(profile), make_frame);
}

PyDoc_STRVAR(
    nodes_doc,
    "nodes() -> [(parent, frame, calls, self_wall, total_wall, self_cpu, total_cpu, await, "
    "samples, overhead, total_overhead)], parents first");

static PyObject *
profile_nodes(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    const prof_profile *profile = profile_of(object);
    return make_list(prof_profile_nodes(profile), prof_profile_node_count(profile), make_node);
}

PyDoc_STRVAR(functions_doc,
             "functions() -> [(frame, calls, self_wall, total_wall, self_cpu, total_cpu, await, "
             "samples)], heaviest self wall time first");

static PyObject *
profile_functions(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    prof_function *functions = NULL;
    uint32_t count = 0;
    prof_status status = prof_profile_functions(profile_of(object), &functions, &count);
    if (status != PROF_OK) {
        return raise_status(status);
    }
    PyObject *list = make_list(functions, count, make_function);
    free(functions);
    return list;
}

PyDoc_STRVAR(lines_doc, "lines() -> [(frame, line, samples, self_wall, self_cpu, total_wall, "
                        "total_cpu)], in the order of the document");

static PyObject *
profile_lines(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    const prof_profile *profile = profile_of(object);
    return make_list(prof_profile_lines(profile), prof_profile_line_count(profile), make_line);
}

PyDoc_STRVAR(timeline_doc,
             "timeline() -> [(track, node, wall)], track by track in the order of time");

static PyObject *
profile_timeline(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    const prof_profile *profile = profile_of(object);
    return make_list(prof_profile_slices(profile), prof_profile_slice_count(profile), make_slice);
}

/* ---- documents ---------------------------------------------------------------------------------- */

static PyObject *
bytes_or_status(prof_status status, prof_bytes *bytes)
{
    if (status != PROF_OK) {
        return raise_status(status);
    }
    PyObject *result = PyBytes_FromStringAndSize(bytes->bytes, (Py_ssize_t)bytes->length);
    free(bytes->bytes);
    return result;
}

PyDoc_STRVAR(document_doc, "document() -> bytes: the document as JSON, not compressed");

static PyObject *
profile_document(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    const prof_profile *profile = profile_of(object);
    prof_bytes document = {NULL, 0};
    prof_status status;
    Py_BEGIN_ALLOW_THREADS
    status = prof_document_write(profile, &document);
    Py_END_ALLOW_THREADS
    return bytes_or_status(status, &document);
}

PyDoc_STRVAR(export_doc, "export(format) -> bytes: one of the C library's formats");

static PyObject *
profile_export(PyObject *object, PyObject *argument)
{
    const prof_profile *profile = profile_of(object);
    const char *format = PyUnicode_AsUTF8(argument);
    if (format == NULL) {
        return NULL;
    }
    prof_bytes exported = {NULL, 0};
    prof_status status;
    Py_BEGIN_ALLOW_THREADS
    status = prof_export(profile, format, &exported);
    Py_END_ALLOW_THREADS
    if (status == PROF_UNSUPPORTED) {
        return PyErr_Format(PyExc_ValueError, "unknown export format %R", argument);
    }
    return bytes_or_status(status, &exported);
}

PyDoc_STRVAR(set_name_doc, "set_name(text): for whoever has just made the profile");

static PyObject *
profile_set_name(PyObject *object, PyObject *argument)
{
    const char *name = PyUnicode_AsUTF8(argument);
    if (name == NULL) {
        return NULL;
    }
    prof_status status = prof_profile_set_name(((profile_object *)object)->profile, name);
    return status == PROF_OK ? Py_NewRef(Py_None) : raise_status(status);
}

PyDoc_STRVAR(set_metadata_doc, "set_metadata(text): for whoever has just made the profile");

static PyObject *
profile_set_metadata(PyObject *object, PyObject *argument)
{
    const char *json = PyUnicode_AsUTF8(argument);
    if (json == NULL) {
        return NULL;
    }
    prof_status status = prof_profile_set_metadata(((profile_object *)object)->profile, json);
    return status == PROF_OK ? Py_NewRef(Py_None) : raise_status(status);
}

PyObject *
profile_read(PyObject *module, PyObject *document)
{
    char *json;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(document, &json, &length) < 0) {
        return NULL;
    }
    char error[PROF_ERROR_BYTES] = "";
    prof_profile *profile = NULL;
    prof_status status;
    Py_BEGIN_ALLOW_THREADS
    status = prof_document_read(json, (size_t)length, &profile, error);
    Py_END_ALLOW_THREADS
    if (status == PROF_FORMAT) {
        PyErr_SetString(PyExc_ValueError, error);
        return NULL;
    }
    return status == PROF_OK ? profile_wrap(PyModule_GetState(module), profile)
                             : raise_status(status);
}

/* ---- several profiles --------------------------------------------------------------------------- */

/* The profiles of a list, in an array that the caller frees; NULL with an exception. */
static const prof_profile **
collect_profiles(event_source *source, PyObject *list)
{
    Py_ssize_t count = PyList_GET_SIZE(list);
    const prof_profile **profiles = PyMem_Calloc((size_t)count + 1, sizeof(*profiles));
    if (profiles == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        if (!Py_IS_TYPE(item, source->profile_type)) {
            PyErr_Format(PyExc_TypeError, "expected a Profile, not %R", item);
            PyMem_Free(profiles);
            return NULL;
        }
        profiles[i] = profile_of(item);
    }
    return profiles;
}

PyObject *
profile_merge(PyObject *module, PyObject *list)
{
    event_source *source = PyModule_GetState(module);
    if (!PyList_Check(list)) {
        return PyErr_Format(PyExc_TypeError, "expected a list of profiles, not %R", list);
    }
    const prof_profile **profiles = collect_profiles(source, list);
    if (profiles == NULL) {
        return NULL;
    }
    prof_profile *merged = NULL;
    prof_status status = prof_profile_merge(profiles, (size_t)PyList_GET_SIZE(list), &merged);
    PyMem_Free(profiles);
    return status == PROF_OK ? profile_wrap(source, merged) : raise_status(status);
}

static PyObject *
make_delta(const void *items, uint32_t index)
{
    const prof_delta *delta = (const prof_delta *)items + index;
    PyObject *before = make_node(&delta->before, 0);
    PyObject *after = make_node(&delta->after, 0);
    if (before == NULL || after == NULL) {
        Py_XDECREF(before);
        Py_XDECREF(after);
        return NULL;
    }
    return Py_BuildValue("(LNNN)",
                         delta->parent == PROF_NO_PARENT ? -1LL : (long long)delta->parent,
                         frame_tuple(&delta->frame), before, after);
}

PyObject *
profile_diff(PyObject *module, PyObject *arguments)
{
    event_source *source = PyModule_GetState(module);
    PyObject *before;
    PyObject *after;
    if (!PyArg_ParseTuple(arguments, "O!O!:diff", source->profile_type, &before,
                          source->profile_type, &after)) {
        return NULL;
    }
    prof_delta *deltas = NULL;
    uint32_t count = 0;
    prof_status status = prof_profile_diff(profile_of(before), profile_of(after), &deltas, &count);
    if (status != PROF_OK) {
        return raise_status(status);
    }
    PyObject *list = make_list(deltas, count, make_delta);
    free(deltas);
    return list;
}

/* ---- type --------------------------------------------------------------------------------------- */

static PyMethodDef profile_methods[] = {
    {"summary", profile_summary, METH_NOARGS, summary_doc},
    {"frames", profile_frames, METH_NOARGS, frames_doc},
    {"nodes", profile_nodes, METH_NOARGS, nodes_doc},
    {"functions", profile_functions, METH_NOARGS, functions_doc},
    {"lines", profile_lines, METH_NOARGS, lines_doc},
    {"timeline", profile_timeline, METH_NOARGS, timeline_doc},
    {"document", profile_document, METH_NOARGS, document_doc},
    {"export", profile_export, METH_O, export_doc},
    {"set_name", profile_set_name, METH_O, set_name_doc},
    {"set_metadata", profile_set_metadata, METH_O, set_metadata_doc},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot profile_slots[] = {
    {Py_tp_dealloc, profile_dealloc},
    {Py_tp_methods, profile_methods},
    {0, NULL},
};

PyType_Spec profile_spec = {
    .name = "libprof._native.Profile",
    .basicsize = sizeof(profile_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = profile_slots,
};
