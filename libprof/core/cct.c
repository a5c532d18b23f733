/* SPDX-License-Identifier: MIT */
#include "cct.h"

#include "hash.h"

#define FIRST_SLOTS 1024u
#define MAX_SLOTS (1u << 31) /* more cannot be numbered in 32 bits */

static size_t
slot_bytes(uint32_t slots)
{
    return prof__memory_pages((size_t)slots * sizeof(prof__cct_node *));
}

/* The slot that holds the child, or the empty one where it belongs. */
static prof__cct_node **
find_slot(const prof__cct *cct, const prof__cct_node *parent, uint64_t key)
{
    uint32_t index = prof__hash_pair(key, (uint64_t)(uintptr_t)parent) & cct->mask;
    prof__cct_node *node;
    while ((node = cct->table[index]) != NULL && (node->key != key || node->parent != parent)) {
        index = (index + 1) & cct->mask;
    }
    return &cct->table[index];
}

static prof_status
map_table(prof__cct *cct, uint32_t slots)
{
    size_t bytes = slot_bytes(slots);
    prof__cct_node **table = prof__memory_map(&cct->arena->memory, bytes);
    if (table == NULL) {
        return PROF_NO_MEMORY;
    }
    prof__memory_unmap(&cct->arena->memory, cct->table, cct->table_bytes);
    cct->table = table;
    cct->table_bytes = bytes;
    cct->mask = slots - 1;
    return PROF_OK;
}

static prof_status
grow_table(prof__cct *cct)
{
    if (cct->mask + 1 == MAX_SLOTS) {
        return PROF_NO_MEMORY;
    }
    prof_status status = map_table(cct, (cct->mask + 1) * 2);
    if (status != PROF_OK) {
        return status;
    }
    for (prof__cct_node *node = cct->root->next; node != NULL; node = node->next) {
        *find_slot(cct, node->parent, node->key) = node;
    }
    return PROF_OK;
}

static prof__cct_node *
new_node(prof__cct *cct, prof__cct_node *parent, uint64_t key, uint32_t frame_id)
{
    prof__cct_node *node = prof__arena_alloc(cct->arena, sizeof(*node));
    if (node == NULL) {
        return NULL;
    }
    node->key = key;
    node->parent = parent;
    node->frame_id = frame_id;
    if (cct->newest != NULL) {
        cct->newest->next = node;
    }
    cct->newest = node;
    cct->count++;
    return node;
}

prof_status
prof__cct_init(prof__cct *cct, prof__arena *arena, uint32_t max_nodes)
{
    *cct = (prof__cct){.arena = arena, .max_nodes = max_nodes};
    prof_status status = map_table(cct, FIRST_SLOTS);
    if (status != PROF_OK) {
        return status;
    }
    cct->root = new_node(cct, NULL, PROF__KEY_ROOT, PROF__FRAME_ROOT);
    if (cct->root == NULL) {
        prof__cct_deinit(cct);
        return PROF_NO_MEMORY;
    }
    return PROF_OK;
}

void
prof__cct_deinit(prof__cct *cct)
{
    prof__memory_unmap(&cct->arena->memory, cct->table, cct->table_bytes);
    *cct = (prof__cct){.arena = cct->arena};
}

prof__cct_node *
prof__cct_find(const prof__cct *cct, prof__cct_node *parent, uint64_t key)
{
    prof__cct_node *node = *find_slot(cct, parent, key);
    if (node != NULL) {
        parent->last = node;
    }
    return node;
}

static prof__cct_node *
insert(prof__cct *cct, prof__cct_node *parent, uint64_t key, uint32_t frame_id)
{
    /* Three quarters full: probes stay short and a node's share of the table below 16 bytes. */
    if (cct->count >= (cct->mask + 1) / 4 * 3 && grow_table(cct) != PROF_OK) {
        return NULL;
    }
    prof__cct_node *node = new_node(cct, parent, key, frame_id);
    if (node != NULL) {
        *find_slot(cct, parent, key) = node;
        parent->last = node;
    }
    return node;
}

prof__cct_node *
prof__cct_add(prof__cct *cct, prof__cct_node *parent, uint64_t key, uint32_t frame_id)
{
    if (!prof__cct_is_full(cct)) {
        return insert(cct, parent, key, frame_id);
    }
    prof__cct_node *overflow = prof__cct_find(cct, parent, PROF__KEY_OVERFLOW);
    if (overflow == NULL) {
        overflow = insert(cct, parent, PROF__KEY_OVERFLOW, PROF__FRAME_OVERFLOW);
        cct->overflow_count += overflow != NULL;
    }
    return overflow;
}
