/* SPDX-License-Identifier: MIT */
/*
 * How often a thread has gone to sleep by itself, as the system counts: the same number from inside, where it is quick, and
 * from outside, where it takes some 40 us.
 */
#ifndef PROF_CPYTHON_SLEEPS_H
#define PROF_CPYTHON_SLEEPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The current thread's. Safe in signal handlers. */
uint64_t sleeps_here(void);

/* Those of a thread of this process, by the system's id. False: there is no /proc, or no such thread. */
bool sleeps_of(pid_t thread, uint64_t *sleeps);

#endif
