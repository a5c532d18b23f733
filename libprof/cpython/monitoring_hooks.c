/* SPDX-License-Identifier: MIT */
/*
 * The callbacks are instances of a type with vectorcall: a third cheaper than C functions, because the
 * interpreter jumps straight into them. Each event has an instance of its own, so none needs a switch.
 *
 * An event has a hook for its usual course, which calls nothing: that has nothing to save, which takes a hook as long
 * as what it does. Where it finds another course it has done nothing yet, and hands the event over as its last act.
 */
#include "monitoring_hooks.h"

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

/*
 * CPython keeps the small numbers, which never die. It makes an offset beyond them for each event and throws it away,
 * which takes two thirds as long as the event.
 */
static inline void
count_far(const prof_strand *strand, const prof__cct_node *node, PyObject *offset)
{
    if (!compat_is_kept(offset)) {
        trace_count_far(strand, node);
    }
}

/* ---- any course ------------------------------------------------------------------------------------ */

/* `counter` is what prof__counter() has said. */
typedef PyObject *any_course(PyObject *self, PyObject *const *args, uint64_t counter);

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
on_any_start(PyObject *self, PyObject *const *args, uint64_t counter)
{
    STRAND_OR_RETURN(self);
    trace_enter_code(source, strand, (PyCodeObject *)args[0], compat_current_frame(thread), false,
                     counter);
    Py_RETURN_NONE;
}

/* Arguments: code, offset. */
static PyObject *
on_any_resume(PyObject *self, PyObject *const *args, uint64_t counter)
{
    STRAND_OR_RETURN(self);
    trace_resume_code(source, strand, (PyCodeObject *)args[0], compat_current_frame(thread),
                      counter);
    count_far(strand, strand->top->node, args[1]);
    Py_RETURN_NONE;
}

/* Arguments: code, offset, exception. */
static PyObject *
on_throw(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    (void)count, (void)names;
    STRAND_OR_RETURN(self);
    trace_throw_code(source, strand, (PyCodeObject *)args[0], compat_current_frame(thread),
                     prof__counter());
    Py_RETURN_NONE;
}

/* PY_RETURN and PY_UNWIND. Arguments: code, offset, value. */
static PyObject *
on_any_leave(PyObject *self, PyObject *const *args, uint64_t counter)
{
    STRAND_OR_RETURN(self);
    count_far(strand, strand->top->node, args[1]);
    trace_leave_code(source, strand, compat_current_frame(thread), counter);
    Py_RETURN_NONE;
}

/* PY_YIELD. Arguments: code, offset, value. */
static PyObject *
on_any_yield(PyObject *self, PyObject *const *args, uint64_t counter)
{
    STRAND_OR_RETURN(self);
    PyCodeObject *code = (PyCodeObject *)args[0];
    count_far(strand, strand->top->node, args[1]);
    trace_suspend_code(strand, code, compat_current_frame(thread),
                       trace_delivers_item(code, args[2]), counter);
    Py_RETURN_NONE;
}

/* CALL. Arguments: code, offset, callable, first argument. */
static PyObject *
on_any_call(PyObject *self, PyObject *const *args, uint64_t counter)
{
    STRAND_OR_RETURN(self);
    uint64_t key = callable_key(source, args[2]);
    if (key == 0) {
        trace_call_python(source, strand, compat_current_frame(thread), counter);
    } else if (source->cache.builtins) {
        trace_enter_builtin(source, strand, args[2], key, compat_current_frame(thread), counter);
        count_far(strand, strand->top->node, args[1]);
    }
    Py_RETURN_NONE;
}

/* C_RETURN and C_RAISE. Arguments as above. */
static PyObject *
on_any_call_end(PyObject *self, PyObject *const *args, uint64_t counter)
{
    STRAND_OR_RETURN(self);
    if ((strand->top->identity & BUILTIN_TAG) != 0) {
        count_far(strand, strand->top->node, args[1]);
    }
    trace_leave_builtin(source, strand, args[2], compat_current_frame(thread), counter);
    Py_RETURN_NONE;
}

/* ---- the usual course ------------------------------------------------------------------------------ */

/*
 * The strand of this event and what the clock says, or the way out: through another hook if it is not the remembered
 * strand. The clock comes first, as reading it waits for whatever has begun before, and hinders nothing that comes after.
 * Where the remembered strand is none, nobody asks for the time.
 */
#define USUAL_STRAND_OR(self, any)                                                                 \
    (void)count, (void)names;                                                                      \
    const event_source *source = SOURCE(self);                                                     \
    prof_strand *strand = source->cache.strand;                                                    \
    if (strand == NULL) {                                                                          \
        return on_none(self, args, any);                                                           \
    }                                                                                              \
    uint64_t counter = prof__counter();                                                            \
    if (__builtin_expect(source->slot == 0, 0)) {                                                  \
        return any(self, args, counter);                                                           \
    }                                                                                              \
    const PyThreadState *thread = thread_slot_read(source->slot);                                  \
    if (!source_remembers(source, thread)) {                                                       \
        return any(self, args, counter);                                                           \
    }

/* What runs is not in a session, or something else runs now. */
static inline PyObject *
on_none(PyObject *self, PyObject *const *args, any_course *any)
{
    const event_source *source = SOURCE(self);
    if (source->slot != 0 && source_remembers(source, thread_slot_read(source->slot)) &&
        source->running_count != 0) {
        Py_RETURN_NONE;
    }
    return any(self, args, prof__counter());
}

/*
 * Of the remembered strand. The commonest reason is a path that is new, and to find out once more what has been found out
 * would take a fourth of what that takes.
 */
static APART PyObject *
on_unlikely_start(PyObject *self, PyObject *const *args, uint64_t counter)
{
    event_source *source = SOURCE(self);
    trace__enter_code(source, source->cache.strand, (PyCodeObject *)args[0],
                      compat_current_frame(compat_thread()), false, counter);
    Py_RETURN_NONE;
}

static PyObject *
on_start(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    USUAL_STRAND_OR(self, on_any_start);
    PyCodeObject *code = (PyCodeObject *)args[0];
    if (!trace_try_enter_code(strand, code, compat_current_frame(thread), false, counter)) {
        return on_unlikely_start(self, args, counter);
    }
    Py_RETURN_NONE;
}

static PyObject *
on_leave(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    USUAL_STRAND_OR(self, on_any_leave);
    const prof__cct_node *node = strand->top->node;
    if (!trace_try_leave_code(strand, compat_current_frame(thread), counter)) {
        return on_any_leave(self, args, counter);
    }
    count_far(strand, node, args[1]);
    Py_RETURN_NONE;
}

/*
 * When a function in Python is called nothing happens but that a builtin may be over which has not said so. Where none
 * is open, whichever flow that would be in, nobody needs to know whose event it is.
 */
static inline bool
is_nothing(const event_source *source, PyObject *callable)
{
    return Py_IS_TYPE(callable, &PyFunction_Type) && source->running_count != 0 &&
           trace_try_call_python(source);
}

/* Of a builtin: as above. */
static APART PyObject *
on_unlikely_call(PyObject *self, PyObject *const *args, uint64_t key, uint64_t counter)
{
    event_source *source = SOURCE(self);
    prof_strand *strand = source->cache.strand;
    trace__enter_builtin(source, strand, args[2], key, compat_current_frame(compat_thread()),
                         counter);
    count_far(strand, strand->top->node, args[1]);
    Py_RETURN_NONE;
}

static PyObject *
on_call(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    uint64_t key;
    if (is_nothing(SOURCE(self), args[2])) {
        Py_RETURN_NONE;
    }
    USUAL_STRAND_OR(self, on_any_call);
    if (!source->cache.builtins || !callable_try_key(source, args[2], &key)) {
        return on_any_call(self, args, counter);
    }
    if (key == 0) {
        if (!trace_try_call_python(source)) {
            return on_any_call(self, args, counter);
        }
        Py_RETURN_NONE;
    }
    if (!trace_try_enter_builtin(strand, args[2], key, compat_current_frame(thread), counter)) {
        return on_unlikely_call(self, args, key, counter);
    }
    count_far(strand, strand->top->node, args[1]);
    Py_RETURN_NONE;
}

static PyObject *
on_call_end(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    USUAL_STRAND_OR(self, on_any_call_end);
    const prof__entry *innermost = strand->top;
    if (!trace_try_leave_builtin(strand, compat_current_frame(thread), counter)) {
        return on_any_call_end(self, args, counter);
    }
    if (strand->top != innermost) {
        count_far(strand, innermost->node, args[1]);
    }
    Py_RETURN_NONE;
}

static PyObject *
on_resume(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    USUAL_STRAND_OR(self, on_any_resume);
    PyCodeObject *code = (PyCodeObject *)args[0];
    if (!trace_try_resume_code(strand, code, compat_current_frame(thread), counter)) {
        return on_any_resume(self, args, counter);
    }
    count_far(strand, strand->top->node, args[1]);
    Py_RETURN_NONE;
}

static PyObject *
on_yield(PyObject *self, PyObject *const *args, size_t count, PyObject *names)
{
    USUAL_STRAND_OR(self, on_any_yield);
    const prof__cct_node *node = strand->top->node;
    if (!trace_try_suspend_code(strand, (PyCodeObject *)args[0], compat_current_frame(thread),
                                counter)) {
        return on_any_yield(self, args, counter);
    }
    count_far(strand, node, args[1]);
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

/* CALL brings C_RETURN and C_RAISE with it. */
const monitoring_event monitoring_events[MONITORING_EVENTS] = {
    {"PY_START", on_start, false},  {"PY_RESUME", on_resume, false}, {"PY_THROW", on_throw, false},
    {"PY_RETURN", on_leave, false}, {"PY_UNWIND", on_leave, false},  {"PY_YIELD", on_yield, false},
    {"CALL", on_call, true},        {"C_RETURN", on_call_end, true}, {"C_RAISE", on_call_end, true},
};

PyObject *
monitoring_hook_new(event_source *source, vectorcallfunc callback)
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

#endif
