/* SPDX-License-Identifier: MIT */
/*
 * The heap that fails when it is told to. Tests are linked with --wrap, so every allocation of the library
 * and of the test passes by here; cJSON, a shared library, is given the same heap by heap_sweep.
 */
#ifndef PROF_TESTS_HEAP_H
#define PROF_TESTS_HEAP_H

#include <prof/prof.h>

/* An operation that leaves nothing behind, whether it succeeds or not. */
typedef prof_status heap_operation(void *context);

/*
 * Runs the operation again and again, each time with the next of its allocations failing, until it
 * succeeds because there is no such allocation. Every run before must give PROF_NO_MEMORY. Gives the number
 * of allocations.
 */
uint64_t heap_sweep(heap_operation *operation, void *context);

#endif
