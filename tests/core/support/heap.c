/* SPDX-License-Identifier: MIT */
#include "heap.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "testing.h"

/* The linker calls ours __wrap_ and the heap's own __real_. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *address, size_t size);
char *__real_strdup(const char *text);
void *__real_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *address, size_t size);
char *__wrap_strdup(const char *text);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);

/* Of this thread, so that tests with threads are not disturbed. */
static _Thread_local uint64_t left; /* allocations until the one that fails; 0: none fails */
static _Thread_local bool failed;

static bool
fails(void)
{
    if (left == 0 || --left > 0) {
        return false;
    }
    failed = true;
    errno = ENOMEM;
    return true;
}

void *
__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *address, size_t size)
{
    return fails() ? NULL : __real_realloc(address, size);
}

char *
__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

void *
__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    return fails() ? MAP_FAILED : __real_mmap(address, size, protection, flags, file, offset);
}

uint64_t
heap_sweep(heap_operation *operation, void *context)
{
    cJSON_Hooks hooks = {.malloc_fn = __wrap_malloc, .free_fn = free};
    cJSON_InitHooks(&hooks);
    for (uint64_t count = 0;; count++) {
        failed = false;
        left = count + 1;
        prof_status status = operation(context);
        left = 0;
        if (!failed) {
            cJSON_InitHooks(NULL);
            assert_int_equal(status, PROF_OK);
            return count;
        }
        if (status != PROF_NO_MEMORY) {
            fail_msg("allocation %ju failed and the status was: %s", (uintmax_t)count + 1,
                     prof_status_text(status));
        }
    }
}
