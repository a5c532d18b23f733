/* SPDX-License-Identifier: MIT */
#include "strand_index.h"

#include "hash.h"

#define MAX_SLOTS (1u << 24)

static prof_strand **
slots_of(prof__strand_index *index)
{
    return index->slots == NULL ? index->first : index->slots;
}

static prof_strand *
same_flow(prof_strand *strand, uint64_t owner, uint64_t thread)
{
    while (strand != NULL && (strand->owner != owner || strand->thread != thread)) {
        strand = strand->beside;
    }
    return strand;
}

static void
put(prof_strand **slots, uint32_t mask, prof_strand *strand)
{
    prof_strand **slot = &slots[prof__hash_pair(strand->owner, strand->thread) & mask];
    strand->beside = *slot;
    *slot = strand;
}

static void
grow(prof__strand_index *index)
{
    uint32_t count = index->mask + 1;
    size_t bytes = prof__memory_pages(2 * (size_t)count * sizeof(*index->slots));
    prof_strand **old = slots_of(index);
    prof_strand **slots = count == MAX_SLOTS ? NULL : prof__memory_map(&index->memory, bytes);
    if (slots == NULL) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        for (prof_strand *strand = old[i], *next; strand != NULL; strand = next) {
            next = strand->beside;
            put(slots, 2 * count - 1, strand);
        }
    }
    prof__memory_unmap(&index->memory, index->slots, index->slots_bytes);
    index->slots = slots;
    index->slots_bytes = bytes;
    index->mask = 2 * count - 1;
}

void
prof__strand_index_init(prof__strand_index *index, const prof_memory *memory)
{
    *index = (prof__strand_index){.memory = *memory, .mask = PROF__INDEX_FIRST_SLOTS - 1};
}

void
prof__strand_index_deinit(prof__strand_index *index)
{
    prof__memory_unmap(&index->memory, index->slots, index->slots_bytes);
    index->slots = NULL;
}

void
prof__strand_index_add(prof__strand_index *index, prof_strand *strand)
{
    if (index->count > index->mask) {
        grow(index);
    }
    put(slots_of(index), index->mask, strand);
    index->count++;
}

void
prof__strand_index_remove(prof__strand_index *index, prof_strand *strand)
{
    uint32_t slot = prof__hash_pair(strand->owner, strand->thread) & index->mask;
    prof_strand **link = &slots_of(index)[slot];
    while (*link != strand) {
        link = &(*link)->beside;
    }
    *link = strand->beside;
    index->count--;
}

prof_strand *
prof__strand_index_find(const prof__strand_index *index, uint64_t owner, uint64_t thread)
{
    uint32_t slot = prof__hash_pair(owner, thread) & index->mask;
    return same_flow(index->slots == NULL ? index->first[slot] : index->slots[slot], owner, thread);
}

prof_strand *
prof__strand_index_next(const prof_strand *strand)
{
    return same_flow(strand->beside, strand->owner, strand->thread);
}
