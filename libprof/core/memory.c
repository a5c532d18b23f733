/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <sys/mman.h>

#define PAGE_BYTES ((size_t)4096)

static void *
map_pages(void *context, size_t size)
{
    (void)context;
    void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return address == MAP_FAILED ? NULL : address;
}

static void
unmap_pages(void *context, void *address, size_t size)
{
    (void)context;
    (void)munmap(address, size);
}

prof_memory
prof__memory_mmap(void)
{
    return (prof_memory){.map = map_pages, .unmap = unmap_pages};
}

void *
prof__memory_map(const prof_memory *memory, size_t size)
{
    return memory->map(memory->context, size);
}

void
prof__memory_unmap(const prof_memory *memory, void *address, size_t size)
{
    if (address != NULL) {
        memory->unmap(memory->context, address, size);
    }
}

size_t
prof__memory_pages(size_t size)
{
    return (size + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}
