/* SPDX-License-Identifier: MIT */
/*
 * How often a thread has given up its core, as the system counts: the same numbers from inside, where it is quick, and
 * from outside, where it takes some 40 us.
 */
#ifndef PROF_CPYTHON_SWITCHES_H
#define PROF_CPYTHON_SWITCHES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct switches {
    uint64_t sleeps;      /* by itself */
    uint64_t preemptions; /* to others */
} switches;

/* The current thread's. Safe in signal handlers. */
switches switches_here(void);

/* Those of a thread of this process, by the system's id. False: there is no /proc, or no such thread. */
bool switches_of(pid_t thread, switches *found);

#endif
