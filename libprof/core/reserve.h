/* SPDX-License-Identifier: MIT */
/*
 * Memory for who may not ask for any: address space that is mapped beforehand and handed out piece by piece.
 * The system gives it pages as they are touched. Pieces do not come back one by one, all do at once.
 *
 * Handing out is safe in a signal handler; one thread at a time.
 */
#ifndef PROF_CORE_RESERVE_H
#define PROF_CORE_RESERVE_H

#include "memory.h"

typedef struct prof__reserve prof__reserve;

/* Reserves `size` bytes, which is rounded up to whole pages. NULL: no memory. */
prof__reserve *prof__reserve_create(size_t size);
void prof__reserve_destroy(prof__reserve *reserve); /* NULL is allowed */

/* Takes all pieces back. The first PROF__RESERVE_KEPT bytes stay in memory, the rest goes to the system. */
void prof__reserve_reset(prof__reserve *reserve);
#define PROF__RESERVE_KEPT ((size_t)256 << 10)

/* What hands the pieces out; NULL when there is no room left. */
prof_memory prof__reserve_memory(prof__reserve *reserve);

size_t prof__reserve_size(const prof__reserve *reserve);

#endif
