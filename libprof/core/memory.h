/* SPDX-License-Identifier: MIT */
/*
 * Where the engines' memory comes from. Hooks must not use the heap (malloc takes a lock that the code
 * they interrupt may hold, and it can be the very thing being profiled), so everything that grows during
 * a session grows by whole pages.
 */
#ifndef PROF_CORE_MEMORY_H
#define PROF_CORE_MEMORY_H

#include <prof/prof.h>

prof_memory prof__memory_mmap(void);
void *prof__memory_map(const prof_memory *memory, size_t size);
void prof__memory_unmap(const prof_memory *memory, void *address, size_t size);

/* Rounds up to whole pages of 4096 bytes, the smallest of both architectures. */
size_t prof__memory_pages(size_t size);

#endif
