/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdint.h>
#include <string.h>

#define ALIGNMENT ((size_t)16)
#define CHUNK_MIN ((size_t)16 << 10) /* all that a short session needs */
#define CHUNK_MAX ((size_t)4 << 20)  /* more would waste memory at the end of long sessions */

typedef struct prof__chunk prof__chunk;

struct prof__chunk {
    prof__chunk *older;
    size_t size; /* with this header */
};

#define HEADER_BYTES ((sizeof(prof__chunk) + ALIGNMENT - 1) & ~(ALIGNMENT - 1))

void
prof__arena_init(prof__arena *arena, const prof_memory *memory)
{
    *arena = (prof__arena){.memory = *memory, .chunk_size = CHUNK_MIN};
}

void
prof__arena_deinit(prof__arena *arena)
{
    prof__chunk *chunk = arena->newest;
    while (chunk != NULL) {
        prof__chunk *older = chunk->older;
        prof__memory_unmap(&arena->memory, chunk, chunk->size);
        chunk = older;
    }
    prof_memory memory = arena->memory;
    prof__arena_init(arena, &memory);
}

/* The rest of the chunk in use is given up: at most one object's size per chunk. */
static bool
add_chunk(prof__arena *arena, size_t wanted)
{
    size_t size = arena->chunk_size;
    if (size < wanted + HEADER_BYTES) {
        size = prof__memory_pages(wanted + HEADER_BYTES);
    }
    prof__chunk *chunk = prof__memory_map(&arena->memory, size);
    if (chunk == NULL) {
        return false;
    }
    chunk->older = arena->newest;
    chunk->size = size;
    arena->newest = chunk;
    arena->next = (char *)chunk + HEADER_BYTES;
    arena->end = (char *)chunk + size;
    arena->mapped += size;
    if (arena->chunk_size < CHUNK_MAX) {
        arena->chunk_size *= 2;
    }
    return true;
}

void *
prof__arena_alloc(prof__arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    if ((size_t)(arena->end - arena->next) < size && !add_chunk(arena, size)) {
        return NULL;
    }
    void *object = arena->next;
    arena->next += size;
    return object;
}

char *
prof__arena_strndup(prof__arena *arena, const char *text, size_t length)
{
    char *copy = prof__arena_alloc(arena, length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
    }
    return copy;
}
