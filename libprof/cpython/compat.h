/* SPDX-License-Identifier: MIT */
/*
 * All differences between CPython versions, named after what the newest one calls them. Nothing else
 * looks at PY_VERSION_HEX.
 */
#ifndef PROF_CPYTHON_COMPAT_H
#define PROF_CPYTHON_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if PY_VERSION_HEX < 0x030B0100 || PY_VERSION_HEX >= 0x03100000
#error "libprof supports CPython 3.11 (from 3.11.1) to 3.15"
#endif
#ifdef Py_GIL_DISABLED
#error "libprof does not support free-threaded builds of CPython yet: use the ordinary build"
#endif

/* sys.monitoring (PEP 669) came with 3.12. */
#define COMPAT_HAS_MONITORING (PY_VERSION_HEX >= 0x030C0000)

/* What reads the frames of this version. */
#if PY_VERSION_HEX >= 0x030F0000
#define COMPAT_FRAMES "frames_3_15.h"
#elif PY_VERSION_HEX >= 0x030E0000
#define COMPAT_FRAMES "frames_3_14.h"
#elif PY_VERSION_HEX >= 0x030D0000
#define COMPAT_FRAMES "frames_3_13.h"
#elif PY_VERSION_HEX >= 0x030C0000
#define COMPAT_FRAMES "frames_3_12.h"
#else
#define COMPAT_FRAMES "frames_3_11.h"
#endif

/* The thread that runs now, NULL without one. A load, or a call that is little more. */
static inline PyThreadState *
compat_thread(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

/* The address of the interpreter frame that runs now: the identity of an activation. */
static inline uint64_t
compat_current_frame(const PyThreadState *thread)
{
#if PY_VERSION_HEX >= 0x030D0000
    return (uint64_t)(uintptr_t)thread->current_frame;
#else
    return (uint64_t)(uintptr_t)thread->cframe->current_frame;
#endif
}

/* Which flow a thread runs. A thread state's address may be used again, its id is not. */
typedef struct compat_flow {
    uint64_t context_ver; /* changes when another context is entered */
    uint64_t thread_id;
} compat_flow;

static inline compat_flow
compat_flow_of(const PyThreadState *thread)
{
    return (compat_flow){.context_ver = thread->context_ver, .thread_id = thread->id};
}

#if COMPAT_HAS_MONITORING
/* One of those objects that live as long as the process, such as small numbers. */
static inline bool
compat_is_kept(PyObject *object)
{
    return _Py_IsImmortal(object);
}
#endif

/* The attributes of a type itself, a new reference; makes no new object. */
static inline PyObject *
compat_type_dict(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyType_GetDict(type);
#else
    return Py_NewRef(type->tp_dict);
#endif
}

#if COMPAT_HAS_MONITORING
/* Where an interpreter frame says who called it. */
#define COMPAT_PREVIOUS_OFFSET 8u

/* Was this frame called by `caller` itself, rather than by a builtin that `caller` called? */
static inline bool
compat_called_directly(uint64_t frame, uint64_t caller)
{
    return *(const uint64_t *)(uintptr_t)(frame + COMPAT_PREVIOUS_OFFSET) == caller;
}
#else
bool compat_called_directly(uint64_t frame, uint64_t caller);
#endif

/* Is `caller`, the frame below `frame`, in the middle of a call that has been reported? True where unclear. */
bool compat_is_calling(uint64_t frame, uint64_t caller);

/*
 * The addresses of interpreter frames that belong to generators and coroutines among those that run now,
 * the innermost first. Returns how many, at most `limit`.
 */
uint32_t compat_suspendable_frames(const PyThreadState *thread, uint64_t *frames, uint32_t limit);

/* Is an interpreter frame with this address and this code among those that run now? */
bool compat_is_running(const PyThreadState *thread, uint64_t frame, uint64_t code);

/*
 * The generators and coroutines that hand throw() down to this frame: each waits for the one before it by
 * `yield from` or `await`, and the interpreter has put them below it, though no event says so. The
 * innermost first, not further than `end`. Returns how many, at most `limit`.
 */
uint32_t compat_delegating_frames(uint64_t frame, uint64_t end, uint64_t *frames, uint32_t limit);

/* The code that an interpreter frame runs, borrowed. */
PyCodeObject *compat_frame_code(uint64_t frame);

/*
 * Does an interpreter frame with this address and this code belong to a suspended generator or coroutine?
 * It may be gone, and its memory as well.
 */
bool compat_is_suspended(uint64_t frame, uint64_t code);

/* The address of the interpreter frame behind a frame object. */
uint64_t compat_frame_address(PyFrameObject *frame);

/* The context that was left when this one was entered (Context.run), borrowed; NULL for the outermost. */
PyObject *compat_context_previous(PyObject *context);

/*
 * What a context variable remembers about its last look-up or assignment. `context_ver` of a thread changes
 * when another context is entered, but not when a variable is set in the one that runs (measured on 3.11
 * to 3.15); this changes then.
 */
typedef struct compat_variable_memory {
    PyObject *value; /* borrowed, may dangle: compare it, never follow it */
    uint64_t thread_id;
    uint64_t context_ver;
} compat_variable_memory;

const compat_variable_memory *compat_variable_memory_of(PyObject *variable);

/*
 * How many code objects have died in this process since it began to watch. While it stays the same, an address that
 * was seen as code's stands for the same code. Reading it is safe in signal handlers.
 */
uint64_t compat_code_deaths(void);

/* Begins to watch in this interpreter. What gives the end; -1 with an exception set. */
int compat_watch_code(void);
void compat_unwatch_code(int watcher);

/*
 * For a frame of a generator or coroutine in a "call" event of PyEval_SetProfile: is it a resumption? And
 * in a "return" event: is it a suspension? The event alone does not tell.
 */
bool compat_frame_resumes(PyFrameObject *frame);
bool compat_frame_suspends(PyFrameObject *frame);

/* PyEval_SetProfile for one thread of this interpreter. -1 with an exception set on failure. */
int compat_set_profile(PyThreadState *thread, Py_tracefunc function, PyObject *object);

/* The exception that is being handled by C code, taken away for a while and given back. */
typedef struct compat_exception {
    PyObject *value;
#if PY_VERSION_HEX < 0x030C0000
    PyObject *type;
    PyObject *traceback;
#endif
} compat_exception;

static inline compat_exception
compat_take_exception(void)
{
    compat_exception saved;
#if PY_VERSION_HEX >= 0x030C0000
    saved.value = PyErr_GetRaisedException();
#else
    PyErr_Fetch(&saved.type, &saved.value, &saved.traceback);
#endif
    return saved;
}

static inline void
compat_give_exception(compat_exception saved)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyErr_SetRaisedException(saved.value);
#else
    PyErr_Restore(saved.type, saved.value, saved.traceback);
#endif
}

/* Declares to the module's slots what it supports: 3.12 and newer want to know. */
#if PY_VERSION_HEX >= 0x030C0000
#define COMPAT_MODULE_SLOTS {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#else
#define COMPAT_MODULE_SLOTS
#endif

#endif
