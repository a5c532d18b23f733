/* SPDX-License-Identifier: MIT */
#include "large.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of each array, and as long as its alignment. */
typedef struct header {
    alignas(max_align_t) size_t mapped; /* bytes of the mapping; 0: the array is on the heap */
} header;

void *
prof__large_alloc(size_t count, size_t size)
{
    if (size != 0 && count > (SIZE_MAX / 2 - sizeof(header)) / size) {
        return NULL;
    }
    size_t bytes = sizeof(header) + count * size;
    if (bytes < PROF__LARGE_BYTES) {
        header *head = calloc(1, bytes);
        return head == NULL ? NULL : head + 1;
    }
    prof_memory memory = prof__memory_mmap();
    size_t mapped = prof__memory_pages(bytes);
    header *head = prof__memory_map(&memory, mapped);
    if (head == NULL) {
        return NULL;
    }
    head->mapped = mapped;
    return head + 1;
}

void
prof__large_free(void *array)
{
    if (array == NULL) {
        return;
    }
    header *head = (header *)array - 1;
    if (head->mapped == 0) {
        free(head);
        return;
    }
    prof_memory memory = prof__memory_mmap();
    prof__memory_unmap(&memory, head, head->mapped);
}

void *
prof__large_grow(void *array, size_t used, size_t count, size_t size)
{
    void *larger = prof__large_alloc(count, size);
    if (larger != NULL) {
        if (used > 0) {
            memcpy(larger, array, used * size);
        }
        prof__large_free(array);
    }
    return larger;
}

static void *
map_large(void *context, size_t size)
{
    (void)context;
    const prof_memory pages = prof__memory_mmap();
    return size < PROF__LARGE_BYTES ? calloc(1, size) : prof__memory_map(&pages, size);
}

static void
unmap_large(void *context, void *address, size_t size)
{
    (void)context;
    const prof_memory pages = prof__memory_mmap();
    if (size < PROF__LARGE_BYTES) {
        free(address);
    } else {
        prof__memory_unmap(&pages, address, size);
    }
}

prof_memory
prof__large_memory(void)
{
    return (prof_memory){.map = map_large, .unmap = unmap_large};
}
