/* SPDX-License-Identifier: MIT */
/*
 * What the system tells of a thread: how often it has given up its core (the same numbers from inside, where it is quick,
 * and from outside, where it takes some 40 us), and which signals wait for it.
 */
#ifndef PROF_CPYTHON_THREAD_STATUS_H
#define PROF_CPYTHON_THREAD_STATUS_H

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

/* The signal has been sent to this thread of the process, which has not had it yet. Takes some 40 us. */
bool signal_waits_for(pid_t thread, int number);

#endif
