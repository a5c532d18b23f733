/* SPDX-License-Identifier: MIT */
/*
 * The thread that looks after those that wait (sampled_wait.h): one for all interpreters, in C, without any of them. It
 * sleeps while there is nobody to look after, and blocks all signals: none that is meant for the process ends in it.
 *
 * It ends before the process forks, because CPython warns of forks in processes that have more than one thread, whoever
 * made them. What begins then starts it again: a session, a span, or the work of others.
 */
#ifndef PROF_CPYTHON_SAMPLER_WATCHER_H
#define PROF_CPYTHON_SAMPLER_WATCHER_H

#include <stdbool.h>

/* Unless it runs. Where the system has no thread for it, those that wait are interrupted as all others. */
void sampler_watcher_start(void);

/* Whom it has watched is interrupted again. */
void sampler_watcher_stop(void);

/* Safe in signal handlers. */
bool sampler_watcher_runs(void);

/* There is somebody new to look after. Safe in signal handlers. */
void sampler_watcher_call(void);

#endif
