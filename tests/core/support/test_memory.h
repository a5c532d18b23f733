/* SPDX-License-Identifier: MIT */
/*
 * A source of memory that counts what is out, and that fails when it is told to. It takes from the heap,
 * where the address sanitizer sees an access behind a mapping's end and a mapping that is never given back.
 */
#ifndef PROF_TESTS_TEST_MEMORY_H
#define PROF_TESTS_TEST_MEMORY_H

#include <stdlib.h>

#include <prof/prof.h>

typedef struct test_memory {
    uint64_t calls;   /* mappings asked for */
    uint64_t fail_at; /* the number of the one that fails, from 1; 0: none */
    bool fail_after;  /* all that follow fail as well */
    size_t live;      /* mappings not given back */
    size_t bytes;     /* their size */
    bool odd_size;    /* a size was asked for that is not of whole pages */
} test_memory;

static inline void *
test_memory__map(void *context, size_t size)
{
    test_memory *memory = context;
    memory->calls++;
    memory->odd_size |= size == 0 || size % 4096 != 0;
    bool fails = memory->calls == memory->fail_at ||
                 (memory->fail_after && memory->fail_at != 0 && memory->calls > memory->fail_at);
    void *address = fails ? NULL : calloc(1, size);
    if (address != NULL) {
        memory->live++;
        memory->bytes += size;
    }
    return address;
}

static inline void
test_memory__unmap(void *context, void *address, size_t size)
{
    test_memory *memory = context;
    memory->live--;
    memory->bytes -= size;
    free(address);
}

static inline prof_memory
test_memory_source(test_memory *memory)
{
    return (prof_memory){.map = test_memory__map, .unmap = test_memory__unmap, .context = memory};
}

#endif
