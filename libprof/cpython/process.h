/* SPDX-License-Identifier: MIT */
/*
 * Which process this is: sessions, timers and threads do not live on in the child of a fork, so all that finds one asks
 * first whose it is. getpid() is a system call, 0.1 us and more where calls are filtered, and a request that is only
 * watched asked thirty times. So a page of memory has the answer, and the system wipes it in the child.
 *
 * Any thread, and signal handlers. In the child of a vfork() the answer is its parent's, whose memory it is.
 */
#ifndef PROF_CPYTHON_PROCESS_H
#define PROF_CPYTHON_PROCESS_H

#include <stdatomic.h>
#include <sys/types.h>

extern _Atomic(pid_t) *process__known; /* 0: not yet */
pid_t process__ask(void);

/* What getpid() says. */
static inline pid_t
process_current(void)
{
    pid_t known = atomic_load_explicit(process__known, memory_order_relaxed);
    return __builtin_expect(known != 0, 1) ? known : process__ask();
}

/* Before the first signal can come. Any number of times; without it, or where the system wipes no page, each call asks. */
void process_init(void);

#endif
