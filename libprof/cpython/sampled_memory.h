/* SPDX-License-Identifier: MIT */
/*
 * What a session of the sampling engine works with and leaves to the next one: address space, since its handler may not
 * ask for memory, and what code is called. To name code takes 0.8 us, most of a tick in a request that has just begun,
 * and one request runs the code of another.
 */
#ifndef PROF_CPYTHON_SAMPLED_MEMORY_H
#define PROF_CPYTHON_SAMPLED_MEMORY_H

#include "source.h"

/*
 * Names that have been left grow no further than this: what no session uses any more must go some day, and all keys are
 * forgotten in a handler when code dies. A large site has some thousands.
 */
#define SAMPLED_MEMORY_TEXT_BYTES ((size_t)4 << 20)
#define SAMPLED_MEMORY_KEYS 16384u

typedef struct sampled_memory {
    prof__reserve *session; /* for all but the names; empty when a session begins */
    prof__reserve *texts;   /* for the names */
    prof__arena arena;      /* of them */
    prof__frame_table frames;
    uint64_t code_deaths;  /* how many there had been when the keys of `frames` were looked at */
    hidden_prefix *hidden; /* what was hidden then */
} sampled_memory;

/* All of these run under the GIL. */

/* With `size` bytes for the session. Its names are still right. NULL with an exception set. */
sampled_memory *sampled_memory_take(event_source *source, size_t size);

/* The session has ended: for another one, or for the system where many are left already. */
void sampled_memory_give(event_source *source, sampled_memory *memory);

void sampled_memory_destroy(sampled_memory *memory); /* NULL is allowed */

#endif
