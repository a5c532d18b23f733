/* SPDX-License-Identifier: MIT */
/* _native.SampleSession: a session of the sampling engine. Python's Profiler drives it. */
#include "membership.h"
#include "objects.h"
#include "process.h"
#include "sampled_memory.h"
#include "sampled_thread.h"
#include "sampler_signal.h"
#include "session_gate.h"

/*
 * Address space for a session: the timeline, per path a node, its overflow child and their share of the table, and what
 * is left over where memory is taken in larger and larger pieces.
 */
#define PATH_BYTES ((size_t)256)
#define LEFT_OVER_BYTES ((size_t)32 << 20)

static bool
is_running(const session_object *self)
{
    return self->session != NULL && self->sample.process == process_current();
}

/* ---- memory --------------------------------------------------------------------------------------- */

static void
give_memory(session_object *self)
{
    sampled_memory *memory = self->sample.memory;
    self->sample.memory = NULL;
    sampled_memory_give(self->source, memory);
}

/* -1 with an exception set, and nothing is left. */
static int
create_session(session_object *self, const char *name, unsigned int max_nodes,
               unsigned int max_samples)
{
    size_t size = prof__memory_pages(LEFT_OVER_BYTES + PROF__TIMELINE_BYTES(max_samples) +
                                     (size_t)max_nodes * PATH_BYTES);
    self->sample.memory = sampled_memory_take(self->source, size);
    if (self->sample.memory == NULL) {
        return -1;
    }
    const prof_memory memory = prof__reserve_memory(self->sample.memory->session);
    const prof_clock clock = prof_clock_posix(); /* its ticks are ns, as the weights of samples */
    const prof_options options = {.name = name,
                                  .engine = "sample",
                                  .clock = &clock,
                                  .memory = &memory,
                                  .max_nodes = max_nodes};
    prof_session *session = NULL;
    prof_status status =
        prof__session_create_with(&options, &self->sample.memory->names.frames, &session);
    if (status == PROF_OK) {
        status = prof__session_add_tree(session, &self->tree);
    }
    if (status != PROF_OK) {
        prof_session_destroy(session);
        give_memory(self);
        (void)raise_status(status);
        return -1;
    }
    session->sampled = true;
    session->timeline.max_slices = max_samples;
    self->session = session;
    return 0;
}

/* ---- threads -------------------------------------------------------------------------------------- */

/* Has the current thread interrupted, once per session. NULL with an exception set. */
static sampled_thread *
hold_thread(session_object *self)
{
    held_thread held;
    if (sampler_hold(self->source, self->sample.interval_ns, self, &held) < 0) {
        return NULL;
    }
    for (uint32_t i = 0; i < self->sample.held_count; i++) {
        const held_thread *present = &self->sample.held[i];
        if (present->thread == held.thread && present->generation == held.generation) {
            sampler_release(&held);
            return held.thread;
        }
    }
    size_t bytes = (self->sample.held_count + 1) * sizeof(held);
    held_thread *all = PyMem_Realloc(self->sample.held, bytes);
    if (all == NULL) {
        sampler_release(&held);
        (void)PyErr_NoMemory();
        return NULL;
    }
    all[self->sample.held_count++] = held;
    self->sample.held = all;
    return held.thread;
}

static void
release_threads(session_object *self)
{
    for (uint32_t i = 0; i < self->sample.held_count; i++) {
        sampler_release(&self->sample.held[i]);
    }
    PyMem_Free(self->sample.held);
    self->sample.held = NULL;
    self->sample.held_count = 0;
}

/* The frames that run now, the outermost first; none if they cannot all be read, as others could not be known again. */
static frames_result
read_base(sampled_thread *thread, frames_entry *entries, membership_frame *base, uint32_t limit,
          uint32_t *count)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    frames_result result = frames_read(&thread->reader, here, entries, limit, count);
    if (result != FRAMES_READ) {
        *count = 0;
    }
    for (uint32_t i = 0; i < *count; i++) {
        const frames_entry *entry = &entries[*count - 1 - i];
        base[i] = (membership_frame){entry->frame, (uint64_t)(uintptr_t)entry->code};
    }
    return result;
}

static int
join_above_deep_stack(session_object *self, sampled_thread *thread)
{
    frames_entry *entries = PyMem_New(frames_entry, PROF__SAMPLE_FRAMES);
    membership_frame *base = PyMem_New(membership_frame, PROF__SAMPLE_FRAMES);
    int result = -1;
    if (entries == NULL || base == NULL) {
        (void)PyErr_NoMemory();
    } else {
        uint32_t count;
        (void)read_base(thread, entries, base, PROF__SAMPLE_FRAMES, &count);
        result = membership_join_above(self, base, count);
    }
    PyMem_Free(entries);
    PyMem_Free(base);
    return result;
}

/* Requests begin above some fifty. */
#define FEW_FRAMES 128u

/* Puts the current context into the session and has its thread interrupted. -1 with an exception set. */
static int
enter_context(session_object *self)
{
    sampled_thread *thread = hold_thread(self);
    if (thread == NULL) {
        return -1;
    }
    frames_entry entries[FEW_FRAMES];
    membership_frame base[FEW_FRAMES];
    uint32_t count;
    if (read_base(thread, entries, base, FEW_FRAMES, &count) == FRAMES_CUT) {
        return join_above_deep_stack(self, thread);
    }
    return membership_join_above(self, base, count);
}

/* ---- beginning and end ---------------------------------------------------------------------------- */

/* Takes the session out of the object: from here on no handler finds it. NULL in the child of a fork. */
static prof_session *
take_session(session_object *self)
{
    prof_session *session = self->session;
    bool here = is_running(self);
    if (here) {
        sampled_wait_leave(self);
        session_gate_close(self);
        sampled_wait_leave(self); /* who was handed over in between */
    }
    release_threads(self);
    if (here) {
        sampler_end(self->source, self->sample.interval_ns);
    }
    self->session = NULL;
    if (!here) {
        prof_session_destroy(session);
        sampled_memory_destroy(self->sample.memory);
        self->sample.memory = NULL;
        return NULL;
    }
    return session;
}

/* Nobody wants to know what was sampled. */
static void
drop_session(session_object *self)
{
    prof_session *session = take_session(self);
    if (session != NULL) {
        prof_session_destroy(session);
        give_memory(self);
    }
}

PyDoc_STRVAR(
    start_doc,
    "start(name, max_nodes, max_samples, interval_ns, quick_ns=0, quick_interval_ns=0): begin to "
    "sample the current context; for the first quick_ns at the longer quick_interval_ns.");

static PyObject *
sample_start(PyObject *object, PyObject *arguments)
{
    session_object *self = (session_object *)object;
    const char *name;
    unsigned int max_nodes;
    unsigned int max_samples;
    unsigned long long interval_ns;
    unsigned long long quick_ns = 0;
    unsigned long long quick_interval_ns = 0;
    if (!PyArg_ParseTuple(arguments, "sIIK|KK:start", &name, &max_nodes, &max_samples, &interval_ns,
                          &quick_ns, &quick_interval_ns)) {
        return NULL;
    }
    uint64_t first_interval_ns = quick_ns > 0 ? quick_interval_ns : interval_ns;
    if (self->sample.process != 0) {
        PyErr_SetString(PyExc_RuntimeError, "the session has been started already");
        return NULL;
    }
    if (sampler_begin(self->source, first_interval_ns) < 0) {
        return NULL;
    }
    self->sample.process = process_current();
    self->sample.interval_ns = first_interval_ns;
    self->sample.quick_ns = quick_ns;
    self->sample.later_interval_ns = interval_ns;
    if (create_session(self, name, max_nodes, max_samples) < 0) {
        sampler_end(self->source, self->sample.interval_ns);
        self->sample.process = 0;
        return NULL;
    }
    atomic_store(&self->sample.gate, GATE_OPEN);
    if (enter_context(self) < 0) {
        drop_session(self);
        self->sample.process = 0;
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
raise_not_running(const session_object *self)
{
    PyErr_SetString(PyExc_RuntimeError,
                    self->session == NULL
                        ? "the session is not running"
                        : "the session stayed in the process that this one was forked from: "
                          "start a new one here");
    return NULL;
}

PyDoc_STRVAR(stop_doc, "stop() -> Profile: end the session, from any thread or context.");

static PyObject *
sample_stop(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    session_object *self = (session_object *)object;
    if (!is_running(self)) {
        return raise_not_running(self);
    }
    bool lost = !sampler_signal_is_ours();
    prof_session *session = take_session(self);
    session->counters.hooks_lost += lost;
    prof_profile *profile = NULL;
    prof_status status;
    Py_BEGIN_ALLOW_THREADS
    status = prof_session_stop(session, &profile);
    prof_session_destroy(session);
    Py_END_ALLOW_THREADS
    give_memory(self);
    if (membership_part(self) < 0) {
        prof_profile_destroy(profile);
        return NULL;
    }
    return status == PROF_OK ? profile_wrap(self->source, profile) : raise_status(status);
}

PyDoc_STRVAR(cancel_doc, "cancel(): end the session without a profile.");

static PyObject *
sample_cancel(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    session_object *self = (session_object *)object;
    if (!is_running(self)) {
        return raise_not_running(self);
    }
    drop_session(self);
    return membership_part(self) < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(attach_doc, "attach(): put the current context into the running session.");

static PyObject *
sample_attach(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    session_object *self = (session_object *)object;
    if (!is_running(self)) {
        return raise_not_running(self);
    }
    return enter_context(self) < 0 ? NULL : Py_NewRef(Py_None);
}

PyDoc_STRVAR(detach_doc, "detach(): take the current context out of the session.");

static PyObject *
sample_detach(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    return membership_part((session_object *)object) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
sample_get_running(PyObject *object, void *closure)
{
    (void)closure;
    return PyBool_FromLong(is_running((session_object *)object));
}

/* ---- type ----------------------------------------------------------------------------------------- */

static PyObject *
sample_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, ":SampleSession", names)) {
        return NULL;
    }
    PyObject *module = PyType_GetModule(type);
    session_object *self = module == NULL ? NULL : PyObject_GC_New(session_object, type);
    if (self == NULL) {
        return NULL;
    }
    PyObject *head = (PyObject *)self;
    memset((char *)self + sizeof(*head), 0, sizeof(*self) - sizeof(*head));
    self->engine = ENGINE_SAMPLE;
    self->source = PyModule_GetState(module);
    self->module = Py_NewRef(module);
    PyObject_GC_Track(head);
    return head;
}

static int
sample_traverse(PyObject *object, visitproc visit, void *arg)
{
    session_object *self = (session_object *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->module);
    return 0;
}

static int
sample_clear(PyObject *object)
{
    session_object *self = (session_object *)object;
    if (self->session != NULL) {
        drop_session(self);
    }
    return 0;
}

static void
sample_dealloc(PyObject *object)
{
    session_object *self = (session_object *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    (void)sample_clear(object);
    Py_CLEAR(self->module);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef sample_methods[] = {
    {"start", sample_start, METH_VARARGS, start_doc},
    {"stop", sample_stop, METH_NOARGS, stop_doc},
    {"cancel", sample_cancel, METH_NOARGS, cancel_doc},
    {"attach", sample_attach, METH_NOARGS, attach_doc},
    {"detach", sample_detach, METH_NOARGS, detach_doc},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef sample_getset[] = {
    {"running", sample_get_running, NULL, "Whether the session has been started and not stopped.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot sample_slots[] = {
    {Py_tp_new, sample_new},
    {Py_tp_dealloc, sample_dealloc},
    {Py_tp_traverse, sample_traverse},
    {Py_tp_clear, sample_clear},
    {Py_tp_methods, sample_methods},
    {Py_tp_getset, sample_getset},
    {0, NULL},
};

PyType_Spec sample_session_spec = {
    .name = "libprof._native.SampleSession",
    .basicsize = sizeof(session_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = sample_slots,
};
