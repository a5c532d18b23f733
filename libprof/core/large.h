/* SPDX-License-Identifier: MIT */
/*
 * Arrays of results. From PROF__LARGE_BYTES on they are mappings of their own, so that what a profile took
 * goes back to the system when it is destroyed. The heap would keep it: profiles are made in many threads,
 * each with an arena of its own there, and freed in another, and blocks of their size teach the heap to
 * keep tens of MiB per process.
 */
#ifndef PROF_CORE_LARGE_H
#define PROF_CORE_LARGE_H

#include "memory.h"

#define PROF__LARGE_BYTES ((size_t)32 << 10)

/* Zeroed, aligned to 16 bytes; NULL: no memory. */
void *prof__large_alloc(size_t count, size_t size);

/* Of what prof__large_alloc gave; NULL is allowed. */
void prof__large_free(void *array);

/*
 * A larger array with the first `used` elements of this one, which is freed, and zeros behind them. Without
 * elements `array` may be NULL. NULL: no memory, and the array is as it was.
 */
void *prof__large_grow(void *array, size_t used, size_t count, size_t size);

/*
 * The same for an arena: a small profile, as that of a request has most often, costs no mapping, and its pages are warm.
 * Not for hooks.
 */
prof_memory prof__large_memory(void);

#endif
