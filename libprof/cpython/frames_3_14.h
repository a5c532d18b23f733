/* SPDX-License-Identifier: MIT */
/* CPython 3.14: references in frames are tagged. */
#ifndef PROF_CPYTHON_FRAMES_3_14_H
#define PROF_CPYTHON_FRAMES_3_14_H

#include <internal/pycore_frame.h>
#include <internal/pycore_genobject.h>
#include <internal/pycore_interpframe.h>
#include <internal/pycore_interpframe_structs.h>

typedef struct _PyInterpreterFrame interpreter_frame;

#define FRAMES_OWNED_BY_C FRAME_OWNED_BY_INTERPRETER

static inline const interpreter_frame *
frames_innermost(const PyThreadState *thread, uintptr_t inside, uintptr_t stack_end)
{
    (void)inside, (void)stack_end;
    return thread->current_frame;
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
    return (PyObject *)(frame->f_executable.bits & ~(uintptr_t)7);
}

static inline const _Py_CODEUNIT *
frames_instruction(const interpreter_frame *frame)
{
    return frame->instr_ptr;
}

static inline size_t
frames_words(const PyCodeObject *code)
{
    return (size_t)code->co_framesize;
}

#endif
