/* SPDX-License-Identifier: MIT */
/*
 * A source of memory that keeps what sessions give back, for the sessions that follow: mapping, faulting in
 * and unmapping the pages of a short session takes longer than all the rest of starting and stopping it.
 */
#ifndef PROF_CORE_POOL_H
#define PROF_CORE_POOL_H

#include <pthread.h>

#include "memory.h"

/* Larger blocks are unmapped at once: clearing them to use them again would cost as much as new ones. */
#define PROF__POOL_BLOCK_BYTES ((size_t)256 << 10)
/* What is kept in all: enough for some sessions that end together. */
#define PROF__POOL_BYTES ((size_t)1 << 20)

typedef struct prof__pool_block prof__pool_block;

typedef struct prof__pool {
    pthread_mutex_t lock;
    prof_memory memory;       /* where blocks come from */
    prof__pool_block *blocks; /* kept, the one given back last first */
    size_t bytes;             /* of them */
} prof__pool;

void prof__pool_init(prof__pool *pool, const prof_memory *memory);

/* Unmaps what is kept. Everything that was mapped must have been given back. */
void prof__pool_deinit(prof__pool *pool);

/* Blocks of the pool; lives as long as the pool. Any thread, also in the child of a fork. */
prof_memory prof__pool_memory(prof__pool *pool);

#endif
