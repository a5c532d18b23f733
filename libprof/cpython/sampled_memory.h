/* SPDX-License-Identifier: MIT */
/*
 * What a session of the sampling engine works with and leaves to the next one: address space, since its handler may not
 * ask for memory, and what code is called.
 */
#ifndef PROF_CPYTHON_SAMPLED_MEMORY_H
#define PROF_CPYTHON_SAMPLED_MEMORY_H

#include "lent_names.h"

typedef struct sampled_memory {
    prof__reserve *session; /* for all but the names; empty when a session begins */
    prof__reserve *texts;   /* for the names */
    lent_names names;       /* without what dies while the session runs: ticks look */
} sampled_memory;

/* All of these run under the GIL. */

/* With `size` bytes for the session. NULL with an exception set. */
sampled_memory *sampled_memory_take(event_source *source, size_t size);

/* The session has ended: for another one, or for the system where many are left already. */
void sampled_memory_give(event_source *source, sampled_memory *memory);

void sampled_memory_destroy(sampled_memory *memory); /* NULL is allowed */

#endif
