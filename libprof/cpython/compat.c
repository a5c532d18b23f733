/* SPDX-License-Identifier: MIT */
/* The internal headers are needed for the members that no function gives: a frame's caller, a context's. */
#define Py_BUILD_CORE_MODULE 1
#include "compat.h"

#include <internal/pycore_context.h>
#include <internal/pycore_frame.h>
#if PY_VERSION_HEX >= 0x030E0000
#include <internal/pycore_interpframe.h>
#include <internal/pycore_interpframe_structs.h>
#endif
#include <internal/pycore_ceval.h>
#include <opcode.h>
#include <stdatomic.h>
#include <sys/uio.h>

#include "process.h"

#if COMPAT_HAS_MONITORING
_Static_assert(offsetof(struct _PyInterpreterFrame, previous) == COMPAT_PREVIOUS_OFFSET,
               "interpreter frames have another layout in this version");
#else
bool
compat_called_directly(uint64_t frame, uint64_t caller)
{
    const struct _PyInterpreterFrame *callee = (const void *)(uintptr_t)frame;
    /* later versions put a frame of the C stack in between */
    return (uint64_t)(uintptr_t)callee->previous == caller && !callee->is_entry;
}
#endif

uint32_t
compat_suspendable_frames(const PyThreadState *thread, uint64_t *frames, uint32_t limit)
{
    const struct _PyInterpreterFrame *frame = (const void *)(uintptr_t)compat_current_frame(thread);
    uint32_t count = 0;
    for (; frame != NULL && count < limit; frame = frame->previous) {
        if (frame->owner == FRAME_OWNED_BY_GENERATOR) {
            frames[count++] = (uint64_t)(uintptr_t)frame;
        }
    }
    return count;
}

static uint64_t
code_of(const struct _PyInterpreterFrame *frame)
{
#if PY_VERSION_HEX >= 0x030E0000
    return (uint64_t)(uintptr_t)PyStackRef_AsPyObjectBorrow(frame->f_executable);
#elif PY_VERSION_HEX >= 0x030D0000
    return (uint64_t)(uintptr_t)frame->f_executable;
#else
    return (uint64_t)(uintptr_t)frame->f_code;
#endif
}

bool
compat_is_running(const PyThreadState *thread, uint64_t address, uint64_t code)
{
    const struct _PyInterpreterFrame *wanted = (const void *)(uintptr_t)address;
    const struct _PyInterpreterFrame *frame = (const void *)(uintptr_t)compat_current_frame(thread);
    while (frame != NULL && frame != wanted) {
        frame = frame->previous;
    }
    return frame != NULL && code_of(frame) == code;
}

PyCodeObject *
compat_frame_code(uint64_t frame)
{
    return (PyCodeObject *)(uintptr_t)code_of((const void *)(uintptr_t)frame);
}

static bool
is_suspended(int8_t state)
{
#ifdef FRAME_STATE_SUSPENDED
    return FRAME_STATE_SUSPENDED(state);
#else
    return state == FRAME_SUSPENDED;
#endif
}

/* From an interpreter frame back to the member of the generator or coroutine that says what it does. */
#define STATE_DISTANCE (offsetof(PyGenObject, gi_iframe) - offsetof(PyGenObject, gi_frame_state))

/* Read by the kernel, which gives an error where there is no memory any more. */
bool
compat_is_suspended(uint64_t address, uint64_t code)
{
    struct _PyInterpreterFrame frame;
    int8_t state;
    struct iovec copies[] = {{&frame, sizeof(frame)}, {&state, sizeof(state)}};
    struct iovec members[] = {
        {(void *)(uintptr_t)address, sizeof(frame)},
        {(void *)(uintptr_t)(address - STATE_DISTANCE), sizeof(state)},
    };
    ssize_t size = process_vm_readv(process_current(), copies, 2, members, 2, 0);
    return size == (ssize_t)(sizeof(frame) + sizeof(state)) &&
           frame.owner == FRAME_OWNED_BY_GENERATOR && code_of(&frame) == code &&
           is_suspended(state);
}

uint64_t
compat_frame_address(PyFrameObject *frame)
{
    return (uint64_t)(uintptr_t)frame->f_frame;
}

PyObject *
compat_context_previous(PyObject *context)
{
    return (PyObject *)((PyContext *)context)->ctx_prev;
}

/* The view is laid over the variable's members. */
#define SAME_OFFSET(member, view_member)                                                           \
    _Static_assert(offsetof(PyContextVar, member) - offsetof(PyContextVar, var_cached) ==          \
                       offsetof(compat_variable_memory, view_member),                              \
                   "context variables have another layout in this version")
SAME_OFFSET(var_cached, value);
SAME_OFFSET(var_cached_tsid, thread_id);
SAME_OFFSET(var_cached_tsver, context_ver);

const compat_variable_memory *
compat_variable_memory_of(PyObject *variable)
{
    const char *members = (const char *)variable + offsetof(PyContextVar, var_cached);
    return (const compat_variable_memory *)(const void *)members;
}

int
compat_set_profile(PyThreadState *thread, Py_tracefunc function, PyObject *object)
{
    return _PyEval_SetProfile(thread, function, object);
}

/* The opcode that a frame is at, -1 before its first; `argument` receives the instruction's argument. */
static int
current_opcode(PyFrameObject *frame, int *argument)
{
    int offset = PyFrame_GetLasti(frame);
    if (offset < 0) {
        return -1;
    }
    PyCodeObject *code = compat_frame_code(compat_frame_address(frame));
    const _Py_CODEUNIT *unit = _PyCode_CODE(code) + (size_t)offset / sizeof(_Py_CODEUNIT);
#if PY_VERSION_HEX >= 0x030C0000
    *argument = unit->op.arg;
    return unit->op.code;
#else
    *argument = _Py_OPARG(*unit);
    return _Py_OPCODE(*unit);
#endif
}

/* The variants into which the interpreter rewrites RESUME and YIELD_VALUE at run time. */
static bool
is_resume(int opcode)
{
#ifdef RESUME_QUICK
    if (opcode == RESUME_QUICK) {
        return true;
    }
#endif
#ifdef RESUME_CHECK
    if (opcode == RESUME_CHECK) {
        return true;
    }
#endif
#ifdef INSTRUMENTED_RESUME
    if (opcode == INSTRUMENTED_RESUME) {
        return true;
    }
#endif
    return opcode == RESUME;
}

static bool
is_yield(int opcode)
{
#ifdef INSTRUMENTED_YIELD_VALUE
    if (opcode == INSTRUMENTED_YIELD_VALUE) {
        return true;
    }
#endif
    return opcode == YIELD_VALUE;
}

/* RESUME's low bits: 0 at the start of a function, else after which kind of suspension (dis, RESUME). */
#define RESUME_PLACE 3

bool
compat_frame_resumes(PyFrameObject *frame)
{
    int argument = 0;
    int opcode = current_opcode(frame, &argument);
    return !is_resume(opcode) || (argument & RESUME_PLACE) != 0;
}

bool
compat_frame_suspends(PyFrameObject *frame)
{
    int argument = 0;
    return is_yield(current_opcode(frame, &argument));
}

/* The frame below, past those of the C stack. */
static const struct _PyInterpreterFrame *
python_caller(const struct _PyInterpreterFrame *frame)
{
    do {
        frame = frame->previous;
    } while (frame != NULL && frame->owner > FRAME_OWNED_BY_FRAME_OBJECT);
    return frame;
}

#if COMPAT_HAS_MONITORING
/* Other tools' events of lines and instructions hide what the instruction is. */
static bool
may_be_call(int opcode)
{
#ifdef INSTRUMENTED_CALL_KW
    if (opcode == INSTRUMENTED_CALL_KW) {
        return true;
    }
#endif
    return opcode == INSTRUMENTED_CALL || opcode == INSTRUMENTED_CALL_FUNCTION_EX ||
           opcode == INSTRUMENTED_LINE || opcode == INSTRUMENTED_INSTRUCTION;
}
#endif

bool
compat_is_calling(uint64_t frame, uint64_t caller)
{
    const struct _PyInterpreterFrame *below = python_caller((const void *)(uintptr_t)frame);
    if ((uint64_t)(uintptr_t)below != caller) {
        return true;
    }
#if PY_VERSION_HEX >= 0x030D0000
    return may_be_call(below->instr_ptr->op.code);
#elif COMPAT_HAS_MONITORING
    return may_be_call(below->prev_instr->op.code);
#else
    return true; /* every end is reported */
#endif
}

/* A suspended frame goes on at a RESUME, whose argument says what it waits for: 2 and 3 are others. */
static bool
waits_for_another(const struct _PyInterpreterFrame *frame)
{
#if PY_VERSION_HEX >= 0x030D0000
    const _Py_CODEUNIT *next = frame->instr_ptr;
#else
    const _Py_CODEUNIT *next = frame->prev_instr + 1;
#endif
#if PY_VERSION_HEX >= 0x030C0000
    int opcode = next->op.code, argument = next->op.arg;
#else
    int opcode = _Py_OPCODE(*next), argument = _Py_OPARG(*next);
#endif
    return is_resume(opcode) && (argument & RESUME_PLACE) >= 2;
}

uint32_t
compat_delegating_frames(uint64_t frame, uint64_t end, uint64_t *frames, uint32_t limit)
{
    const struct _PyInterpreterFrame *outer = (const void *)(uintptr_t)frame;
    uint32_t count = 0;
    while (count < limit) {
        outer = python_caller(outer);
        uint64_t address = (uint64_t)(uintptr_t)outer;
        if (outer == NULL || address == end || outer->owner != FRAME_OWNED_BY_GENERATOR ||
            !waits_for_another(outer)) {
            break;
        }
        frames[count++] = address;
    }
    return count;
}

/* Of all interpreters: an event of a code watcher does not say whose it is. */
static atomic_uint_fast64_t code_deaths;

uint64_t
compat_code_deaths(void)
{
    return atomic_load_explicit(&code_deaths, memory_order_acquire);
}

#if PY_VERSION_HEX >= 0x030C0000
static int
on_code(PyCodeEvent event, PyCodeObject *code)
{
    (void)code;
    if (event == PY_CODE_EVENT_DESTROY) {
        atomic_fetch_add_explicit(&code_deaths, 1, memory_order_release);
    }
    return 0;
}

int
compat_watch_code(void)
{
    return PyCode_AddWatcher(on_code);
}

void
compat_unwatch_code(int watcher)
{
    if (PyCode_ClearWatcher(watcher) < 0) {
        PyErr_Clear();
    }
}
#else
/* 3.11 has no watchers, but one type of code for all interpreters, which share the GIL. */
static destructor code_dealloc;

static void
on_code_death(PyObject *code)
{
    atomic_fetch_add_explicit(&code_deaths, 1, memory_order_release);
    code_dealloc(code);
}

int
compat_watch_code(void)
{
    if (PyCode_Type.tp_dealloc != on_code_death) {
        code_dealloc = PyCode_Type.tp_dealloc;
        PyCode_Type.tp_dealloc = on_code_death;
    }
    return 0;
}

/* It stays: other interpreters may want it, and it costs an addition. */
void
compat_unwatch_code(int watcher)
{
    (void)watcher;
}
#endif
