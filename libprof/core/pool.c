/* SPDX-License-Identifier: MIT */
/*
 * The lock is only ever tried. Who does not get it maps or unmaps as if there were no pool: nobody waits, and
 * a child that was forked while another thread had the lock works on.
 */
#include "pool.h"

#include <string.h>

/* At the beginning of a block that is kept. */
struct prof__pool_block {
    prof__pool_block *next;
    size_t size;
};

static void *
take(prof__pool *pool, size_t size)
{
    prof__pool_block **link = &pool->blocks;
    while (*link != NULL && (*link)->size != size) {
        link = &(*link)->next;
    }
    prof__pool_block *block = *link;
    if (block != NULL) {
        *link = block->next;
        pool->bytes -= size;
    }
    return block;
}

static bool
keep(prof__pool *pool, void *address, size_t size)
{
    if (size > PROF__POOL_BLOCK_BYTES || pool->bytes + size > PROF__POOL_BYTES) {
        return false;
    }
    prof__pool_block *block = address;
    *block = (prof__pool_block){.next = pool->blocks, .size = size};
    pool->blocks = block;
    pool->bytes += size;
    return true;
}

static void *
map(void *context, size_t size)
{
    prof__pool *pool = context;
    void *block = NULL;
    if (size <= PROF__POOL_BLOCK_BYTES && pthread_mutex_trylock(&pool->lock) == 0) {
        block = take(pool, size);
        (void)pthread_mutex_unlock(&pool->lock);
    }
    return block == NULL ? prof__memory_map(&pool->memory, size) : memset(block, 0, size);
}

static void
unmap(void *context, void *address, size_t size)
{
    prof__pool *pool = context;
    bool kept = false;
    if (pthread_mutex_trylock(&pool->lock) == 0) {
        kept = keep(pool, address, size);
        (void)pthread_mutex_unlock(&pool->lock);
    }
    if (!kept) {
        prof__memory_unmap(&pool->memory, address, size);
    }
}

void
prof__pool_init(prof__pool *pool, const prof_memory *memory)
{
    *pool = (prof__pool){.memory = *memory};
    (void)pthread_mutex_init(&pool->lock, NULL);
}

void
prof__pool_deinit(prof__pool *pool)
{
    for (prof__pool_block *block = pool->blocks; block != NULL;) {
        prof__pool_block *next = block->next;
        prof__memory_unmap(&pool->memory, block, block->size);
        block = next;
    }
    pool->blocks = NULL;
    pool->bytes = 0;
    (void)pthread_mutex_destroy(&pool->lock);
}

prof_memory
prof__pool_memory(prof__pool *pool)
{
    return (prof_memory){.map = map, .unmap = unmap, .context = pool};
}
