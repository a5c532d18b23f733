/* SPDX-License-Identifier: MIT */
/* The signal of the whole process: whose handler is in place, from when to when, and what happens in a fork. */
#ifndef PROF_CPYTHON_SAMPLER_SIGNAL_H
#define PROF_CPYTHON_SAMPLER_SIGNAL_H

#include <signal.h>
#include <stdbool.h>

/*
 * Called in the handler with what a timer of ours was given, and the interrupted state (a ucontext_t). False: it is not
 * one of ours.
 */
typedef bool sampler_tick(void *value, const void *context);

/* Puts the handler in place, or counts one more who wants it. 0, or an errno. */
int sampler_signal_acquire(sampler_tick *tick);

/*
 * The last one puts back who had the signal before; or nobody, where the system would end the program for a tick that
 * is still on its way. No timer may tick any more.
 */
void sampler_signal_release(void);

/* The last one is about to go, and somebody has a handler who gets what comes from then on: a late tick, too. */
bool sampler_signal_goes_to_others(void);

/* The signal's number now. */
int sampler_signal_number(void);

/* Uses another signal from now on. 0, EBUSY while it is in use, or EINVAL. */
int sampler_signal_choose(int number);

/* Is our handler in place, as far as it should be? */
bool sampler_signal_is_ours(void);

#endif
