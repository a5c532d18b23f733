/* SPDX-License-Identifier: MIT */
/*
 * An index over an array of things that are found by their content: open addressing, slots hold an element's
 * index + 1, and at most half of them are taken. Hashing and comparing is left to who has the array.
 */
#ifndef PROF_CORE_SLOTS_H
#define PROF_CORE_SLOTS_H

#include <prof/prof.h>

/* Elements an array can have: its slots, twice as many, still fit 32 bits. */
#define PROF__MAX_ELEMENTS (UINT32_C(1) << 30)

typedef struct prof__slots {
    uint32_t *index; /* of large.h, as the array is */
    uint32_t mask;
} prof__slots;

/*
 * A zeroed array of `capacity` elements (a power of two) and the empty slots over it. NULL: no memory, and
 * nothing was made.
 */
void *prof__slots_create(prof__slots *slots, uint32_t capacity, size_t size);

/*
 * Doubles a full array and makes empty slots for it, which the caller fills. PROF_LIMIT, PROF_NO_MEMORY: all is
 * as it was.
 */
prof_status prof__slots_grow(prof__slots *slots, void **array, uint32_t *capacity, size_t size);

#endif
