/* SPDX-License-Identifier: MIT */
/*
 * Events by PyEval_SetProfile: the only way on 3.11, and the way out on later versions when other tools
 * hold every id of sys.monitoring.
 *
 * The hook belongs to a thread, so it is put on all threads that exist, and threading.setprofile brings
 * it to those that come. A profile function that is there already goes on being called.
 *
 * CPython 3.11 reads a thread's hook, borrowed, and then allocates the frame object for the event. That can
 * collect garbage, run code of the program or let another thread run, and so remove the hooks before this one
 * is called. So a thread's hook stays with the source until the thread has ended, and is used again.
 */
#include <stddef.h>

#include "hooks.h"
#include "objects.h"
#include "trace.h"

/* The argument of our profile function on one thread. */
typedef struct thread_hook {
    PyObject_HEAD
    event_source *source;
    PyObject *module;      /* keeps the source alive */
    uint64_t thread_id;    /* whose hook this is */
    Py_tracefunc previous; /* who had the thread before, or NULL */
    PyObject *previous_argument;
} thread_hook;

static int
thread_hook_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((thread_hook *)object)->module);
    Py_VISIT(((thread_hook *)object)->previous_argument);
    return 0;
}

static void
thread_hook_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    Py_XDECREF(((thread_hook *)object)->previous_argument);
    Py_DECREF(((thread_hook *)object)->module);
    type->tp_free(object);
    Py_DECREF(type);
}

/* What this back end keeps; `state` of struct hooks. */
typedef struct setprofile {
    bool joins; /* threading.setprofile has the source's joiner */
} setprofile;

#define SUSPENDS (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)

static void
on_python_call(event_source *source, prof_strand *strand, PyFrameObject *frame, uint64_t counter)
{
    uint64_t identity = compat_frame_address(frame);
    PyCodeObject *code = compat_frame_code(identity);
    if ((code->co_flags & SUSPENDS) != 0 && compat_frame_resumes(frame)) {
        /* The event does not tell throw() from next(). */
        trace_throw_code(source, strand, code, identity, counter);
    } else {
        trace_enter_code(source, strand, code, identity, false, counter);
    }
}

/* `value` is what is returned or yielded, NULL when an exception leaves the frame. */
static void
on_python_return(event_source *source, prof_strand *strand, PyFrameObject *frame, PyObject *value,
                 uint64_t counter)
{
    uint64_t identity = compat_frame_address(frame);
    PyCodeObject *code = compat_frame_code(identity);
    if (value != NULL && (code->co_flags & SUSPENDS) != 0 && compat_frame_suspends(frame)) {
        trace_suspend_code(strand, code, identity, trace_delivers_item(code, value), counter);
    } else {
        trace_leave_code(source, strand, identity, counter);
    }
}

static void
on_builtin_call(event_source *source, prof_strand *strand, PyFrameObject *frame, PyObject *callable,
                uint64_t counter)
{
    uint64_t key = callable_key(source, callable);
    if (key != 0 && source->cache.builtins) {
        trace_enter_builtin(source, strand, callable, key, compat_frame_address(frame), counter);
    }
}

static void
dispatch(event_source *source, prof_strand *strand, PyFrameObject *frame, int what,
         PyObject *argument, uint64_t counter)
{
    switch (what) {
    case PyTrace_CALL:
        on_python_call(source, strand, frame, counter);
        break;
    case PyTrace_RETURN:
        on_python_return(source, strand, frame, argument, counter);
        break;
    case PyTrace_C_CALL:
        on_builtin_call(source, strand, frame, argument, counter);
        break;
    case PyTrace_C_RETURN:
    case PyTrace_C_EXCEPTION:
        trace_leave_builtin(source, strand, argument, compat_frame_address(frame), counter);
        break;
    default:
        break;
    }
}

static int
pass_on(thread_hook *here, PyFrameObject *frame, int what, PyObject *argument)
{
    return here->previous == NULL ? 0
                                  : here->previous(here->previous_argument, frame, what, argument);
}

static int
on_idle(thread_hook *here, PyFrameObject *frame, int what, PyObject *argument)
{
    Py_INCREF((PyObject *)here);
    hooks_idle_event(here->source);
    int result = pass_on(here, frame, what, argument);
    Py_DECREF((PyObject *)here);
    return result;
}

static int
on_event(PyObject *self, PyFrameObject *frame, int what, PyObject *argument)
{
    thread_hook *here = (thread_hook *)self;
    event_source *source = here->source;
    /* First, as reading it waits for whatever has begun; but not for threads that are in no session. */
    uint64_t counter = source->cache.strand == NULL ? 0 : prof__counter();
    prof_strand *strand = source_strand(source, compat_thread());
    if (strand == NULL && source->running_count == 0) {
        return on_idle(here, frame, what, argument);
    }
    if (strand != NULL) {
        dispatch(source, strand, frame, what, argument, counter);
    }
    return pass_on(here, frame, what, argument);
}

/*
 * sys.getprofile() hands our object out, and programs put back what they got by sys.setprofile(), which
 * makes it an object to be called from Python. Then the thread is ours again, or who had it before us.
 */
static PyObject *
thread_hook_call(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    (void)arguments, (void)keywords;
    thread_hook *here = (thread_hook *)self;
    PyThreadState *thread = compat_thread();
    if (thread->c_profileobj != self) {
        Py_RETURN_NONE;
    }
    bool wanted = here->source->hooks->backend == &backend_setprofile;
    int result = wanted ? compat_set_profile(thread, on_event, self)
                        : compat_set_profile(thread, here->previous, here->previous_argument);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

static PyType_Slot thread_hook_slots[] = {
    {Py_tp_dealloc, thread_hook_dealloc},
    {Py_tp_traverse, thread_hook_traverse},
    {Py_tp_call, thread_hook_call},
    {0, NULL},
};

PyType_Spec thread_hook_spec = {
    .name = "libprof._native.ThreadHook",
    .basicsize = sizeof(thread_hook),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = thread_hook_slots,
};

/* The hook of this source on a thread, or NULL. */
static thread_hook *
hook_of(const event_source *source, const PyThreadState *thread)
{
    thread_hook *hook = (thread_hook *)thread->c_profileobj;
    return thread->c_profilefunc == on_event && hook->source == source ? hook : NULL;
}

static PyThreadState *
find_thread_by_id(uint64_t id)
{
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    while (thread != NULL && thread->id != id) {
        thread = PyThreadState_Next(thread);
    }
    return thread;
}

/* Gives up the hooks of threads that have ended: nobody can be about to call them. */
static int
drop_ended(event_source *source)
{
    PyObject *hooks = source->thread_hooks;
    for (Py_ssize_t i = PyList_GET_SIZE(hooks) - 1; i >= 0; i--) {
        const thread_hook *hook = (thread_hook *)PyList_GET_ITEM(hooks, i);
        if (find_thread_by_id(hook->thread_id) == NULL && PySequence_DelItem(hooks, i) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The hook that this thread has had already, borrowed, or NULL. */
static thread_hook *
find_kept(const event_source *source, const PyThreadState *thread)
{
    PyObject *hooks = source->thread_hooks;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(hooks); i++) {
        thread_hook *hook = (thread_hook *)PyList_GET_ITEM(hooks, i);
        if (hook->thread_id == thread->id) {
            return hook;
        }
    }
    return NULL;
}

/* A hook that the source keeps, borrowed; NULL with an exception. */
static thread_hook *
new_hook(event_source *source, const PyThreadState *thread)
{
    thread_hook *here =
        drop_ended(source) < 0 ? NULL : PyObject_GC_New(thread_hook, source->thread_hook_type);
    if (here == NULL) {
        return NULL;
    }
    here->source = source;
    here->module = Py_NewRef(PyType_GetModule(source->session_type));
    here->thread_id = thread->id;
    here->previous = NULL;
    here->previous_argument = NULL;
    PyObject_GC_Track((PyObject *)here);
    int result = PyList_Append(source->thread_hooks, (PyObject *)here);
    Py_DECREF((PyObject *)here);
    return result < 0 ? NULL : here;
}

static void
set_previous(thread_hook *hook, Py_tracefunc previous, PyObject *argument)
{
    PyObject *old = hook->previous_argument;
    hook->previous = previous;
    hook->previous_argument = Py_XNewRef(argument);
    Py_XDECREF(old);
}

static int
hook_thread(event_source *source, PyThreadState *thread, Py_tracefunc previous, PyObject *argument)
{
    if (hook_of(source, thread) != NULL) {
        return 0;
    }
    thread_hook *here = find_kept(source, thread);
    if (here == NULL) {
        here = new_hook(source, thread);
    }
    if (here == NULL) {
        return -1;
    }
    set_previous(here, previous, argument);
    return compat_set_profile(thread, on_event, (PyObject *)here);
}

static int
unhook_thread(PyThreadState *thread, thread_hook *hook)
{
    int result = compat_set_profile(thread, hook->previous, hook->previous_argument);
    if (result == 0) {
        set_previous(hook, NULL, NULL);
    }
    return result;
}

static PyObject *join_thread(PyObject *module, PyObject *arguments);

static bool
is_joiner(PyObject *object)
{
    return object != NULL && PyCFunction_Check(object) &&
           PyCFunction_GET_FUNCTION(object) == join_thread;
}

/*
 * threading calls this in a new thread with its first event; the event itself is not ours yet. A thread
 * may keep it for longer than the hooks stay, and call it with each event: then it is told to stop. And it
 * may call it while they are being put in place, when there is no state: then it gets its hook in a moment.
 */
static PyObject *
join_thread(PyObject *module, PyObject *arguments)
{
    (void)arguments;
    event_source *source = PyModule_GetState(module);
    PyThreadState *thread = compat_thread();
    int result = 0;
    if (source->hooks->backend == &backend_setprofile && source->hooks->state != NULL) {
        result = hook_thread(source, thread, NULL, NULL);
    } else if (is_joiner(thread->c_profileobj)) {
        result = compat_set_profile(thread, NULL, NULL);
    }
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef join_method = {"join_thread", join_thread, METH_VARARGS, NULL};

/* Made once: a thread that calls it for the first time may be the one that takes it off itself. */
static PyObject *
get_joiner(event_source *source)
{
    if (source->thread_joiner == NULL) {
        PyObject *module = PyType_GetModule(source->session_type);
        source->thread_joiner = PyCFunction_NewEx(&join_method, module, NULL);
    }
    return source->thread_joiner;
}

/*
 * Leaves a profile function of somebody else where it is: their threads then cannot join. Whether ours is in
 * place; with an exception when something failed.
 */
static bool
set_thread_joiner(event_source *source)
{
    PyObject *joiner = get_joiner(source);
    PyObject *threading = joiner == NULL ? NULL : PyImport_ImportModule("threading");
    PyObject *present =
        threading == NULL ? NULL : PyObject_CallMethod(threading, "getprofile", NULL);
    PyObject *result = NULL;
    if (present == Py_None) {
        result = PyObject_CallMethod(threading, "setprofile", "O", joiner);
    }
    bool joins = result != NULL;
    Py_XDECREF(result);
    Py_XDECREF(present);
    Py_XDECREF(threading);
    return joins;
}

static void
unset_thread_joiner(PyObject *joiner)
{
    PyObject *threading = PyImport_ImportModule("threading");
    PyObject *present =
        threading == NULL ? NULL : PyObject_CallMethod(threading, "getprofile", NULL);
    if (present == joiner) {
        Py_XDECREF(PyObject_CallMethod(threading, "setprofile", "O", Py_None));
    }
    Py_XDECREF(present);
    Py_XDECREF(threading);
}

/* A thread with or without our hook. Threads may come and go whenever a hook changes: look again then. */
static PyThreadState *
find_thread(const event_source *source, bool hooked)
{
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    while (thread != NULL && (hook_of(source, thread) != NULL) != hooked) {
        thread = PyThreadState_Next(thread);
    }
    return thread;
}

/* An audit hook may refuse: the threads that are left keep hooks that only pass on. */
static void
unhook_all_threads(event_source *source)
{
    PyThreadState *thread;
    while ((thread = find_thread(source, true)) != NULL) {
        if (unhook_thread(thread, hook_of(source, thread)) < 0) {
            PyErr_Clear();
            return;
        }
    }
}

/* ---- what others have taken away ----------------------------------------------------------------- */

static bool
has_run_on(const prof_session *session, const PyThreadState *thread)
{
    const prof_strand *strand = session == NULL ? NULL : session->strands;
    while (strand != NULL && strand->thread != thread->id) {
        strand = strand->next;
    }
    return strand != NULL;
}

/* A thread is about to get a hook that it lacks: sessions that have run on it had one. */
static void
note_lost(event_source *source, const PyThreadState *thread)
{
    for (session_object *session = source->running; session != NULL; session = session->next) {
        session->hooks_lost += has_run_on(session->session, thread);
    }
}

/* Threads that have ended without the ends of their calls. */
static uint64_t
count_cut_off(const prof_session *session)
{
    uint64_t count = 0;
    uint64_t present = 0; /* id of a thread that is there */
    for (const prof_strand *strand = session->strands; strand != NULL; strand = strand->next) {
        if (is_empty(strand) || strand->thread == present) {
            continue;
        }
        if (find_thread_by_id(strand->thread) != NULL) {
            present = strand->thread;
        } else {
            count++;
        }
    }
    return count;
}

/* Threads on which the session has run and that have no hook, and those that cannot get one. */
static uint64_t
setprofile_missing(event_source *source, const prof_session *session)
{
    if (session == NULL) {
        return 0;
    }
    uint64_t count = count_cut_off(session);
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    for (; thread != NULL; thread = PyThreadState_Next(thread)) {
        count += hook_of(source, thread) == NULL && has_run_on(session, thread);
    }
    return count;
}

/* ---- coming and going ---------------------------------------------------------------------------- */

static int
hook_all_threads(event_source *source)
{
    PyThreadState *thread;
    while ((thread = find_thread(source, false)) != NULL) {
        note_lost(source, thread);
        if (hook_thread(source, thread, thread->c_profilefunc, thread->c_profileobj) < 0) {
            return -1;
        }
    }
    return 0;
}

static void
setprofile_remove(event_source *source)
{
    setprofile *state = source->hooks->state;
    if (state == NULL) {
        return;
    }
    compat_exception saved = compat_take_exception();
    unhook_all_threads(source);
    if (state->joins) {
        unset_thread_joiner(source->thread_joiner);
    }
    PyErr_Clear();
    source->hooks->state = NULL;
    PyMem_Free(state);
    compat_give_exception(saved);
}

static int
setprofile_install(event_source *source)
{
    setprofile *state = PyMem_Calloc(1, sizeof(*state));
    if (state == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    source->hooks->state = state;
    source->hooks->builtins = true;
    state->joins = set_thread_joiner(source);
    if (PyErr_Occurred() || hook_all_threads(source) < 0) {
        setprofile_remove(source);
        return -1;
    }
    return 0;
}

/* Threads that were started behind threading's back get the hook now, and those that somebody took it from. */
static int
setprofile_update(event_source *source)
{
    return hook_all_threads(source);
}

const event_backend backend_setprofile = {
    .name = "PyEval_SetProfile",
    .install = setprofile_install,
    .update = setprofile_update,
    .remove = setprofile_remove,
    .missing = setprofile_missing,
};
