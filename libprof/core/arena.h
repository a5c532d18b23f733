/* SPDX-License-Identifier: MIT */
/*
 * A bump allocator: objects are zeroed, aligned to 16 bytes, never moved, and released all at once.
 *
 *     chunk 2 (newest) ──► chunk 1 ──► NULL
 *     [header|used.......|free....]
 *
 * Chunks double from CHUNK_MIN to CHUNK_MAX so that a short session costs one small mapping and a long
 * one few system calls.
 */
#ifndef PROF_CORE_ARENA_H
#define PROF_CORE_ARENA_H

#include "memory.h"

struct prof__chunk;

typedef struct prof__arena {
    prof_memory memory;
    struct prof__chunk *newest;
    char *next; /* first free byte of the newest chunk */
    char *end;
    size_t chunk_size; /* of the next chunk */
    size_t mapped;     /* bytes held in all */
} prof__arena;

void prof__arena_init(prof__arena *arena, const prof_memory *memory);
void prof__arena_deinit(prof__arena *arena);

/* Zeroed memory that lives until deinit; NULL when the memory source fails. */
void *prof__arena_alloc(prof__arena *arena, size_t size);

/* A copy of `length` bytes and a NUL. */
char *prof__arena_strndup(prof__arena *arena, const char *text, size_t length);

#endif
