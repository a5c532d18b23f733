/* SPDX-License-Identifier: MIT */
/*
 * Where the interpreter keeps the state of the thread that runs: a word of thread-local storage, at the same
 * distance from the thread pointer in all threads. CPython gives it by a function, and a hook that calls
 * anything has to save what it must keep across the call, which takes it as long as all the rest.
 *
 * Nothing is taken on trust: the word is looked for, and then it has to change as the state does.
 */
#ifndef PROF_CPYTHON_THREAD_SLOT_H
#define PROF_CPYTHON_THREAD_SLOT_H

#include "compat.h"

/* Distance from the thread pointer in bytes. 0: unknown, there is none or more than one. */
typedef intptr_t thread_slot;

/* Under the GIL, which it gives away for a moment. Takes some 200 us. No exceptions. */
thread_slot thread_slot_find(void);

/* Before version 11 GCC had no such function for x86-64. */
static inline char *
thread_slot_pointer(void)
{
#if defined(__x86_64__) && (defined(__clang__) || __GNUC__ < 11)
    char *pointer;
    __asm__("mov %%fs:0, %0" : "=r"(pointer));
    return pointer;
#else
    return __builtin_thread_pointer();
#endif
}

/* The state of the thread that runs now, NULL without the GIL. */
static inline PyThreadState *
thread_slot_read(thread_slot slot)
{
    return *(PyThreadState **)(void *)(thread_slot_pointer() + slot);
}

#endif
