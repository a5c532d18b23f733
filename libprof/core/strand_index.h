/* SPDX-License-Identifier: MIT */
/*
 * Open strands by the flow that they belong to. An event source asks at every switch which strand goes on,
 * with thousands of flows at once, so it must not search.
 *
 * The index may grow inside a hook: it takes whole pages, and without memory its chains only get longer.
 */
#ifndef PROF_CORE_STRAND_INDEX_H
#define PROF_CORE_STRAND_INDEX_H

#include "strand.h"

#define PROF__INDEX_FIRST_SLOTS 64u

typedef struct prof__strand_index {
    prof_memory memory;
    prof_strand **slots; /* NULL: `first` */
    size_t slots_bytes;
    uint32_t mask;
    uint32_t count;
    prof_strand *first[PROF__INDEX_FIRST_SLOTS];
} prof__strand_index;

void prof__strand_index_init(prof__strand_index *index, const prof_memory *memory);
void prof__strand_index_deinit(prof__strand_index *index);

/* Adds a strand under its owner and thread, which stay as they are until it is removed. */
void prof__strand_index_add(prof__strand_index *index, prof_strand *strand);
void prof__strand_index_remove(prof__strand_index *index, prof_strand *strand);

/* A strand of this flow, or NULL; sessions that are nested in each other can have one each. */
prof_strand *prof__strand_index_find(const prof__strand_index *index, uint64_t owner,
                                     uint64_t thread);
/* The next one of the same flow. */
prof_strand *prof__strand_index_next(const prof_strand *strand);

#endif
