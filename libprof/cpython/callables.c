/* SPDX-License-Identifier: MIT */
#include "callables.h"

#include <string.h>

#include "lent_names.h"

/*
 * Naming runs once per code and session, inside a hook: it may use the interpreter's own allocator for
 * strings, but must leave a pending exception as it found it, and an error of its own has no way out. It
 * must run no code of the program (metaclasses, finalizers), which could end the session under the hook.
 * What cannot be named is called "?".
 */

static uint64_t
key_of(const void *address)
{
    return (uint64_t)(uintptr_t)address;
}

/*
 * What marks types as made by a class statement are the slots that the interpreter fills in for them. They
 * are internal functions, so they are read off a class made for the purpose.
 */
int
callables_init(event_source *source)
{
    PyObject *probe =
        PyObject_CallFunction((PyObject *)&PyType_Type, "s(){sO}", "Probe", "__call__", Py_None);
    if (probe == NULL) {
        return -1;
    }
    source->python_dealloc = ((PyTypeObject *)probe)->tp_dealloc;
    source->python_call = ((PyTypeObject *)probe)->tp_call;
    Py_DECREF(probe);
    return 0;
}

/* Calling an instance and making one are two things; addresses of types are even. */
#define INSTANCE_TAG UINT64_C(1)

uint64_t
callable_key(const event_source *source, PyObject *callable)
{
    PyTypeObject *type = Py_TYPE(callable);
    uint64_t key;
    if (callable_try_key(source, callable, &key)) {
        return key;
    }
    if (type == &PyClassMethodDescr_Type) {
        return key_of(((PyMethodDescrObject *)callable)->d_method);
    }
    if (type == &PyMethod_Type) {
        PyObject *function = PyMethod_GET_FUNCTION(callable);
        return Py_IS_TYPE(function, &PyMethod_Type) ? 0 : callable_key(source, function);
    }
    if (type == &PyWrapperDescr_Type) {
        return key_of(((PyWrapperDescrObject *)callable)->d_base);
    }
    if (PyType_Check(callable)) {
        return callable_class_key(source, callable);
    }
    if (PyCFunction_Check(callable)) {
        return key_of(((PyCFunctionObject *)callable)->m_ml);
    }
    return type->tp_call == source->python_call ? 0 : key_of(type) | INSTANCE_TAG;
}

/* Encoding these fails, and the exception's memory could set off a garbage collection. */
static bool
has_surrogates(PyObject *string)
{
    Py_ssize_t length = PyUnicode_IS_ASCII(string) ? 0 : PyUnicode_GET_LENGTH(string);
    for (Py_ssize_t i = 0; i < length; i++) {
        if (Py_UNICODE_IS_SURROGATE(PyUnicode_READ_CHAR(string, i))) {
            return true;
        }
    }
    return false;
}

/* UTF-8 of a string that the caller keeps alive; "?" for what is no text; NULL: no memory. */
static const char *
text_of(PyObject *string)
{
    if (string == NULL || !PyUnicode_Check(string) || has_surrogates(string)) {
        return "?";
    }
    const char *text = PyUnicode_AsUTF8(string);
    if (text == NULL) {
        PyErr_Clear();
    }
    return text;
}

static prof_status
intern_code(event_source *source, prof_session *session, PyCodeObject *code, uint32_t *frame_id)
{
    prof_frame frame = {
        .name = text_of(code->co_qualname),
        .file = text_of(code->co_filename),
        .line = code->co_firstlineno < 0 ? 0 : (uint32_t)code->co_firstlineno,
        .kind = PROF_KIND_PYTHON,
    };
    if (frame.name == NULL || frame.file == NULL) {
        return PROF_NO_MEMORY;
    }
    if (source_hides(source, frame.file)) {
        *frame_id = PROF__FRAME_HIDDEN;
        return PROF_OK;
    }
    return prof__frame_table_intern(&session->frames, &frame, frame_id);
}

/* A borrowed value of a dict, or NULL: there is none, or, with an exception, no memory to look for it. */
static PyObject *
get_item(PyObject *dict, const char *name)
{
    PyObject *key = PyUnicode_FromString(name);
    PyObject *value = key == NULL ? NULL : PyDict_GetItemWithError(dict, key);
    Py_XDECREF(key);
    return value;
}

/* "module.Type" or "module.Type.name", without asking the metaclass. */
static PyObject *
type_name(PyTypeObject *type, const char *member)
{
    const char *dot = member == NULL ? "" : ".";
    member = member == NULL ? "" : member;
    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) {
        const char *module = strchr(type->tp_name, '.') == NULL ? "builtins." : "";
        return PyUnicode_FromFormat("%s%s%s%s", module, type->tp_name, dot, member);
    }
    PyObject *dict = compat_type_dict(type);
    PyObject *module = dict == NULL ? NULL : get_item(dict, "__module__");
    const char *prefix = PyErr_Occurred() ? NULL : text_of(module);
    const char *qualname = text_of(((PyHeapTypeObject *)type)->ht_qualname);
    PyObject *name = NULL;
    if (prefix != NULL && qualname != NULL) {
        name = PyUnicode_FromFormat("%s.%s%s%s", prefix, qualname, dot, member);
    }
    Py_XDECREF(dict);
    return name;
}

static bool
defines(PyTypeObject *type, const PyMethodDef *method)
{
    PyObject *dict = compat_type_dict(type);
    PyObject *found = dict == NULL ? NULL : get_item(dict, method->ml_name);
    Py_XDECREF(dict);
    return found != NULL &&
           (Py_IS_TYPE(found, &PyMethodDescr_Type) ||
            Py_IS_TYPE(found, &PyClassMethodDescr_Type)) &&
           ((PyMethodDescrObject *)found)->d_method == method;
}

/*
 * The base that a method comes from: through super() it is not that of the object's own type. With an
 * exception when memory ran out, and then it may be the wrong one.
 */
static PyTypeObject *
defining_type(PyTypeObject *type, const PyMethodDef *method)
{
    PyObject *bases = type->tp_mro;
    Py_ssize_t count = bases == NULL ? 0 : PyTuple_GET_SIZE(bases);
    for (Py_ssize_t i = 0; i < count && !PyErr_Occurred(); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        if (PyType_Check(base) && defines((PyTypeObject *)base, method)) {
            return (PyTypeObject *)base;
        }
    }
    return type;
}

static PyObject *
cfunction_name(PyCFunctionObject *function)
{
    const char *name = function->m_ml->ml_name;
    PyObject *self = function->m_self;
    if (self != NULL && !PyModule_Check(self)) {
        PyTypeObject *type = PyType_Check(self) ? (PyTypeObject *)self : Py_TYPE(self);
        type = defining_type(type, function->m_ml);
        return PyErr_Occurred() ? NULL : type_name(type, name);
    }
    if (function->m_module != NULL && PyUnicode_Check(function->m_module)) {
        return PyUnicode_FromFormat("%U.%s", function->m_module, name);
    }
    return PyUnicode_FromFormat("builtins.%s", name);
}

/* NULL: no memory. */
static PyObject *
callable_name(PyObject *callable)
{
    PyTypeObject *type = Py_TYPE(callable);
    if (PyCFunction_Check(callable)) {
        return cfunction_name((PyCFunctionObject *)callable);
    }
    if (type == &PyMethod_Type) {
        return callable_name(PyMethod_GET_FUNCTION(callable));
    }
    if (type == &PyMethodDescr_Type || type == &PyClassMethodDescr_Type ||
        type == &PyWrapperDescr_Type) {
        PyDescrObject *descriptor = (PyDescrObject *)callable;
        const char *name = text_of(descriptor->d_name);
        return name == NULL ? NULL : type_name(descriptor->d_type, name);
    }
    if (PyType_Check(callable)) {
        return type_name((PyTypeObject *)callable, NULL);
    }
    return type_name(type, "__call__");
}

/*
 * What must live as long as the key. For a method of an instance that is its type: holding the method
 * would hold the instance, and change when the program's own objects die.
 */
static PyObject *
owner_of_key(PyObject *callable)
{
    if (PyCFunction_Check(callable)) {
        PyObject *self = ((PyCFunctionObject *)callable)->m_self;
        bool plain = self == NULL || PyModule_Check(self) || PyType_Check(self);
        return plain ? callable : (PyObject *)Py_TYPE(self);
    }
    if (Py_IS_TYPE(callable, &PyMethod_Type)) {
        return owner_of_key(PyMethod_GET_FUNCTION(callable));
    }
    return PyType_Check(callable) || Py_IS_TYPE(callable, &PyMethodDescr_Type) ||
                   Py_IS_TYPE(callable, &PyClassMethodDescr_Type) ||
                   Py_IS_TYPE(callable, &PyWrapperDescr_Type)
               ? callable
               : (PyObject *)Py_TYPE(callable);
}

/* The profiler's own methods: they begin and end things in the tree and must not stand in it. */
static bool
is_own(const event_source *source, PyObject *callable)
{
    if (!PyCFunction_Check(callable)) {
        return callable == (PyObject *)source->span_type ||
               callable == (PyObject *)source->session_type ||
               (Py_IS_TYPE(callable, &PyMethodDescr_Type) &&
                (PyDescr_TYPE(callable) == source->span_type ||
                 PyDescr_TYPE(callable) == source->session_type));
    }
    PyObject *self = ((PyCFunctionObject *)callable)->m_self;
    return self != NULL &&
           (Py_IS_TYPE(self, source->span_type) || Py_IS_TYPE(self, source->session_type));
}

static prof_status
intern_callable(event_source *source, prof_session *session, PyObject *callable, uint32_t *frame_id)
{
    if (is_own(source, callable)) {
        *frame_id = PROF__FRAME_IGNORED;
        return PROF_OK;
    }
    PyObject *name = callable_name(callable);
    prof_frame frame = {.file = "", .kind = PROF_KIND_BUILTIN};
    prof_status status = PROF_NO_MEMORY;
    if (name == NULL) {
        PyErr_Clear();
    } else if ((frame.name = text_of(name)) != NULL) {
        status = prof__frame_table_intern(&session->frames, &frame, frame_id);
    }
    Py_XDECREF(name);
    return status;
}

/* What a session notes at the keys that it has bound. */
static uint32_t
note_of(const session_object *session)
{
    return (uint32_t)session->session->serial;
}

/* The frame of a key that the session has bound, PROF__FRAME_NONE of others. */
static uint32_t
bound_frame(const session_object *session, uint64_t key)
{
    const prof__key_slot *slot = prof__frame_table_slot(&session->session->frames, key);
    return slot != NULL && slot->note == note_of(session) ? slot->frame_id : PROF__FRAME_NONE;
}

/* Binds a new key to its frame and keeps alive what the key is the address of. */
static prof_status
bind_key(session_object *session, uint64_t key, uint32_t frame_id, PyObject *owner)
{
    if (PyList_Append(session->code_refs, owner) < 0) {
        PyErr_Clear();
        return PROF_NO_MEMORY;
    }
    return prof__frame_table_bind(&session->session->frames, key, frame_id, note_of(session));
}

/*
 * As an earlier session has named it, PROF__FRAME_NONE if it has not. Of builtins nobody counts the deaths, so one may
 * have had the address before.
 */
static uint32_t
lent_frame(const event_source *source, const session_object *session, uint64_t code)
{
    if (session->names == NULL || !lent_names_hold(source, session->names)) {
        return PROF__FRAME_NONE;
    }
    const prof__frame_table *frames = &session->session->frames;
    uint32_t id = prof__frame_table_find(frames, code);
    bool is_code = id == PROF__FRAME_HIDDEN ||
                   (id < frames->count && frames->frames[id].kind == PROF_KIND_PYTHON);
    return is_code ? id : PROF__FRAME_NONE;
}

/* In a full tree new code has no node of its own: were it kept, eval() in a loop would fill the memory. */
static uint32_t
identify_code(event_source *source, session_object *session, PyCodeObject *code,
              prof_status *status)
{
    uint64_t key = key_of(code);
    uint32_t frame_id = bound_frame(session, key);
    if (frame_id != PROF__FRAME_NONE) {
        return frame_id;
    }
    if (prof__cct_is_full(&session->tree->cct)) {
        return PROF__FRAME_OVERFLOW;
    }
    frame_id = lent_frame(source, session, key);
    if (frame_id == PROF__FRAME_NONE) {
        *status = intern_code(source, session->session, code, &frame_id);
    }
    if (*status == PROF_OK) {
        *status = bind_key(session, key, frame_id, (PyObject *)code);
    }
    return frame_id;
}

static uint32_t
identify_callable(event_source *source, session_object *session, PyObject *callable, uint64_t key,
                  prof_status *status)
{
    uint32_t frame_id = bound_frame(session, key);
    if (frame_id == PROF__FRAME_NONE) {
        *status = intern_callable(source, session->session, callable, &frame_id);
        if (*status == PROF_OK) {
            *status = bind_key(session, key, frame_id, owner_of_key(callable));
        }
    }
    return frame_id;
}

static prof__cct_node *
add_node(event_source *source, prof_strand *strand, uint64_t key, uint32_t frame_id, bool resumes,
         prof_status status)
{
    prof__cct_node *node = NULL;
    if (status != PROF_OK) {
        prof__strand_fail(strand, status);
    } else if (frame_id != PROF__FRAME_IGNORED) {
        node = prof__strand_add(strand, key, frame_id, resumes);
    }
    if (strand->session->status != PROF_OK) {
        source_forget(source); /* from now on the session has no strands, see source_session */
        return NULL;
    }
    return node;
}

prof__cct_node *
source_add_code(event_source *source, prof_strand *strand, PyCodeObject *code, bool resumes)
{
    compat_exception saved = compat_take_exception();
    prof_status status = PROF_OK;
    uint32_t frame_id = identify_code(source, source->cache.session, code, &status);
    compat_give_exception(saved);
    return add_node(source, strand, key_of(code), frame_id, resumes, status);
}

prof__cct_node *
source_add_callable(event_source *source, prof_strand *strand, PyObject *callable, uint64_t key)
{
    compat_exception saved = compat_take_exception();
    prof_status status = PROF_OK;
    uint32_t frame_id = identify_callable(source, source->cache.session, callable, key, &status);
    compat_give_exception(saved);
    return add_node(source, strand, key, frame_id, false, status);
}
