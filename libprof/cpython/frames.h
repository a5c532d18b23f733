/* SPDX-License-Identifier: MIT */
/*
 * A thread's stack of interpreter frames, read by a signal handler that has interrupted this very thread.
 *
 * The interpreter can be anywhere: a frame may be half made, popped and not yet unlinked, its memory given back
 * to the kernel. So the innermost frame is believed only after it has been looked at from outside: it lies where
 * frames of this thread lie, or it is the frame of a generator that runs. From one good frame on, the
 * chain of callers is good.
 *
 * Safe in signal handlers: no allocation, no lock, no thread-local storage, no interpreter call; errno may change.
 */
#ifndef PROF_CPYTHON_FRAMES_H
#define PROF_CPYTHON_FRAMES_H

#include "compat.h"

/* Code that is remembered to be alive: a loop's few functions. A power of two. */
#define FRAMES_ALIVE 32u

/* What is known of a thread before it is interrupted. */
typedef struct frames_reader {
    PyThreadState *thread; /* must exist as long as it is read */
    uintptr_t stack_end;   /* one past the highest address of its C stack */
    pid_t process;
    bool watches;    /* set where compat_watch_code() does, else nothing is remembered */
    uint64_t deaths; /* compat_code_deaths() at which these were alive */
    const PyObject *alive[FRAMES_ALIVE];
} frames_reader;

typedef struct frames_entry {
    PyCodeObject *code; /* alive while the frame is on the stack */
    uint64_t frame;     /* its address */
    int32_t offset;     /* of the instruction that runs, in bytes; < 0 before the first */
} frames_entry;

typedef enum frames_result {
    FRAMES_READ,
    FRAMES_CUT,  /* there were more than the limit */
    FRAMES_LOST, /* the innermost frame could not be believed */
} frames_result;

/* For the calling thread; it watches nothing. -1 with an exception set. */
int frames_reader_init(frames_reader *reader);

/*
 * The frames that run now, the innermost first, at most `limit`. `inside` is an address in the handler's own
 * stack frame: what lies below it is not the interrupted program's.
 */
frames_result frames_read(frames_reader *reader, uintptr_t inside, frames_entry *entries,
                          uint32_t limit, uint32_t *count);

#endif
