/* SPDX-License-Identifier: MIT */
/* How many calls have been made by a SpanCalls while this was the value of its context variable, and how long they took. */
#ifndef PROF_CPYTHON_TALLY_H
#define PROF_CPYTHON_TALLY_H

#include "compat.h"

#include <stdint.h>

/* An instance of _native.Tally. Under the GIL. */
typedef struct tally_object {
    PyObject_HEAD
    char active; /* else nothing is added any more, and calls are passed on as they are */
    unsigned long long count;
    unsigned long long wall_ns;
} tally_object;

extern PyType_Spec tally_spec;

static inline void
tally_add(tally_object *tally, uint64_t wall_ns)
{
    if (tally->active) {
        tally->count++;
        tally->wall_ns += wall_ns;
    }
}

#endif
