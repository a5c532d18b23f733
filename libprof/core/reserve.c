/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "reserve.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct prof__reserve {
    char *begin;
    char *next; /* the first byte that has not been handed out */
    char *end;
};

static void *
hand_out(void *context, size_t size)
{
    prof__reserve *reserve = context;
    if (size > (size_t)(reserve->end - reserve->next)) {
        return NULL;
    }
    void *piece = reserve->next;
    reserve->next += size;
    return piece;
}

static void
keep(void *context, void *address, size_t size)
{
    (void)context, (void)address, (void)size;
}

prof__reserve *
prof__reserve_create(size_t size)
{
    prof__reserve *reserve = calloc(1, sizeof(*reserve));
    if (reserve == NULL) {
        return NULL;
    }
    size = prof__memory_pages(size);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *address = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (address == MAP_FAILED) {
        free(reserve);
        return NULL;
    }
    reserve->begin = address;
    reserve->next = address;
    reserve->end = reserve->begin + size;
    return reserve;
}

void
prof__reserve_destroy(prof__reserve *reserve)
{
    if (reserve != NULL) {
        (void)munmap(reserve->begin, prof__reserve_size(reserve));
        free(reserve);
    }
}

void
prof__reserve_reset(prof__reserve *reserve)
{
    size_t used = (size_t)(reserve->next - reserve->begin);
    reserve->next = reserve->begin;
    if (used > PROF__RESERVE_KEPT) {
        /* They are zero when they are touched again; if the system refuses, they are made so here. */
        size_t rest = used - PROF__RESERVE_KEPT;
        if (madvise(reserve->begin + PROF__RESERVE_KEPT, rest, MADV_DONTNEED) != 0) {
            memset(reserve->begin + PROF__RESERVE_KEPT, 0, rest);
        }
        used = PROF__RESERVE_KEPT;
    }
    memset(reserve->begin, 0, used);
}

prof_memory
prof__reserve_memory(prof__reserve *reserve)
{
    return (prof_memory){.map = hand_out, .unmap = keep, .context = reserve};
}

size_t
prof__reserve_size(const prof__reserve *reserve)
{
    return (size_t)(reserve->end - reserve->begin);
}
