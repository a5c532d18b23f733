/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "thread_slot.h"

#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

/* Words with the same value that are worth a closer look. */
#define MAX_CANDIDATES 16u

typedef struct candidate {
    size_t module;
    intptr_t block; /* distance of the module's thread-local storage */
    thread_slot slot;
} candidate;

typedef struct search {
    const PyThreadState *wanted;
    candidate candidates[MAX_CANDIDATES];
    uint32_t count;
} search;

static intptr_t
distance(const void *address)
{
    return (intptr_t)address - (intptr_t)thread_slot_pointer();
}

static size_t
storage_bytes(const struct dl_phdr_info *module)
{
    size_t bytes = 0;
    for (size_t i = 0; i < module->dlpi_phnum; i++) {
        if (module->dlpi_phdr[i].p_type == PT_TLS) {
            bytes = module->dlpi_phdr[i].p_memsz;
        }
    }
    return bytes;
}

/* For dl_iterate_phdr: adds words of this module that hold what is wanted. */
static int
add_candidates(struct dl_phdr_info *module, size_t size, void *argument)
{
    (void)size;
    search *found = argument;
    if (module->dlpi_tls_data == NULL) {
        return 0;
    }
    const intptr_t block = distance(module->dlpi_tls_data);
    const size_t bytes = storage_bytes(module);
    for (size_t at = -(uintptr_t)module->dlpi_tls_data % sizeof(void *);
         at + sizeof(void *) <= bytes && found->count < MAX_CANDIDATES; at += sizeof(void *)) {
        const thread_slot slot = block + (intptr_t)at;
        if (thread_slot_read(slot) == found->wanted) {
            found->candidates[found->count++] = (candidate){module->dlpi_tls_modid, block, slot};
        }
    }
    return 0;
}

/* Keeps those that say this now. */
static void
keep_those_with(search *found, const PyThreadState *value)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < found->count; i++) {
        if (thread_slot_read(found->candidates[i].slot) == value) {
            found->candidates[count++] = found->candidates[i];
        }
    }
    found->count = count;
}

/* ---- the same distance in all threads --------------------------------------------------------------- */

/* For dl_iterate_phdr: 1 if the candidate's module has its storage at the same distance here. */
static int
is_there_too(struct dl_phdr_info *module, size_t size, void *argument)
{
    (void)size;
    const candidate *found = argument;
    return module->dlpi_tls_modid == found->module && module->dlpi_tls_data != NULL &&
           distance(module->dlpi_tls_data) == found->block;
}

static void *
look_in_thread(void *argument)
{
    return dl_iterate_phdr(is_there_too, argument) == 1 ? argument : NULL;
}

/*
 * A library that is loaded late may have storage that each thread gets from the heap when it first asks for it.
 * A thread that has just begun has none of that kind. (With musl it has, at one distance in all new threads, and at
 * others in those that were there before.)
 */
#ifdef __GLIBC__
#define NEW_THREADS_TELL true
#else
#define NEW_THREADS_TELL false
#endif

static bool
is_in_each_thread(candidate *found)
{
    sigset_t all;
    sigset_t before;
    pthread_t thread;
    void *result = NULL;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, look_in_thread, found) == 0) {
        (void)pthread_join(thread, &result);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result != NULL;
}

thread_slot
thread_slot_find(void)
{
    search found = {.wanted = compat_thread()};
    (void)dl_iterate_phdr(add_candidates, &found);
    PyThreadState *thread = PyEval_SaveThread();
    keep_those_with(&found, NULL);
    PyEval_RestoreThread(thread);
    keep_those_with(&found, thread);
    bool sure = NEW_THREADS_TELL && found.count == 1 && is_in_each_thread(&found.candidates[0]);
    return sure ? found.candidates[0].slot : 0;
}
