/* SPDX-License-Identifier: MIT */
/* CPython 3.12: as 3.11, and each evaluation loop has a frame of its own on the C stack. */
#ifndef PROF_CPYTHON_FRAMES_3_12_H
#define PROF_CPYTHON_FRAMES_3_12_H

#include <internal/pycore_frame.h>

typedef struct _PyInterpreterFrame interpreter_frame;

#define FRAMES_OWNED_BY_C FRAME_OWNED_BY_CSTACK

#define FRAMES_NOWHERE ((const interpreter_frame *)1)

/*
 * The thread names a record of the evaluation loop, and that the frame. The loop links its record, which lies on the
 * C stack, before it has filled it in: what it names is believed by nobody.
 */
static inline const interpreter_frame *
frames_innermost(const PyThreadState *thread, uintptr_t inside, uintptr_t stack_end)
{
    uintptr_t record = (uintptr_t)thread->cframe;
    bool usable = record == (uintptr_t)&thread->root_cframe ||
                  (record > inside && record < stack_end && record % sizeof(void *) == 0);
    return usable ? ((const _PyCFrame *)record)->current_frame : FRAMES_NOWHERE;
}

static inline bool
frames_is_base(const PyThreadState *thread, const interpreter_frame *frame)
{
    (void)thread, (void)frame;
    return false;
}

static inline PyObject *
frames_executable(const interpreter_frame *frame)
{
    return (PyObject *)frame->f_code;
}

static inline const _Py_CODEUNIT *
frames_instruction(const interpreter_frame *frame)
{
    return frame->prev_instr;
}

static inline size_t
frames_words(const PyCodeObject *code)
{
    return (size_t)code->co_framesize;
}

#endif
