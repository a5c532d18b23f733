/* SPDX-License-Identifier: MIT */
#include "cct.h"

#include "hash.h"

#define FIRST_SLOTS 512u
#define MAX_SLOTS (1u << 31) /* more cannot be numbered in 32 bits */

/* Nodes of the first block and of the largest. */
#define BLOCK_MIN 64u
#define BLOCK_MAX 1024u

struct prof__cct_block {
    prof__cct_block *next;
    uint32_t count;
    uint32_t capacity;
    prof__cct_node *nodes; /* in the block, from the next line of the cache on */
};

static size_t
slot_bytes(uint32_t slots)
{
    return prof__memory_pages((size_t)slots * sizeof(uintptr_t));
}

static uint32_t
hash_of(const prof__cct_node *parent, uint64_t key)
{
    return prof__hash_pair(key, (uint64_t)(uintptr_t)parent);
}

/*
 * A slot has six bits of its node's hash where the node's address has none. To see that a path is new several slots are
 * looked at, and without these bits a node in some line of the cache for each of them.
 */
#define SLOT_TAG ((uintptr_t)(PROF__NODE_BYTES - 1))

/* The highest bits, as the lowest say where in the table it is. */
static uintptr_t
tag_of(uint32_t hash)
{
    return hash / (UINT32_MAX / PROF__NODE_BYTES + 1);
}

static prof__cct_node *
node_in(uintptr_t slot)
{
    return (prof__cct_node *)(slot & ~SLOT_TAG);
}

static bool
is_child(uintptr_t slot, uintptr_t tag, const prof__cct_node *parent, uint64_t key)
{
    const prof__cct_node *node = node_in(slot);
    return (slot & SLOT_TAG) == tag && node->key == key && node->parent == parent;
}

/* The slot that holds the child, or the empty one where it belongs. */
static uintptr_t *
find_slot(const prof__cct *cct, const prof__cct_node *parent, uint64_t key)
{
    uint32_t hash = hash_of(parent, key);
    uintptr_t tag = tag_of(hash);
    uint32_t index = hash & cct->mask;
    while (cct->table[index] != 0 && !is_child(cct->table[index], tag, parent, key)) {
        index = (index + 1) & cct->mask;
    }
    return &cct->table[index];
}

/* Of a node that is not in the table. */
static void
add_to_table(prof__cct *cct, const prof__cct_node *node)
{
    uint32_t hash = hash_of(node->parent, node->key);
    uint32_t index = hash & cct->mask;
    while (cct->table[index] != 0) {
        index = (index + 1) & cct->mask;
    }
    cct->table[index] = (uintptr_t)node | tag_of(hash);
}

static prof_status
map_table(prof__cct *cct, uint32_t slots)
{
    size_t bytes = slot_bytes(slots);
    uintptr_t *table = prof__memory_map(&cct->arena->memory, bytes);
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
    prof__cct_iterator nodes = prof__cct_iterate(cct);
    (void)prof__cct_next(&nodes); /* the root is nobody's child */
    for (prof__cct_node *node; (node = prof__cct_next(&nodes)) != NULL;) {
        add_to_table(cct, node);
    }
    return PROF_OK;
}

/* Blocks double up to BLOCK_MAX, so that a small tree is small and the last block of a large one too. */
static bool
add_block(prof__cct *cct)
{
    uint32_t capacity = cct->newest == NULL ? BLOCK_MIN : cct->newest->capacity * 2;
    if (capacity > BLOCK_MAX) {
        capacity = BLOCK_MAX;
    }
    size_t size = sizeof(prof__cct_block) + PROF__NODE_BYTES + (size_t)capacity * PROF__NODE_BYTES;
    prof__cct_block *block = prof__arena_alloc(cct->arena, size);
    if (block == NULL) {
        return false;
    }
    uintptr_t end = (uintptr_t)(block + 1);
    block->nodes = (void *)((end + PROF__NODE_BYTES - 1) & ~(uintptr_t)(PROF__NODE_BYTES - 1));
    block->capacity = capacity;
    if (cct->newest == NULL) {
        cct->oldest = block;
    } else {
        cct->newest->next = block;
    }
    cct->newest = block;
    return true;
}

static prof__cct_node *
new_node(prof__cct *cct, prof__cct_node *parent, uint64_t key, uint32_t frame_id)
{
    bool full = cct->newest == NULL || cct->newest->count == cct->newest->capacity;
    if (full && !add_block(cct)) {
        return NULL;
    }
    prof__cct_node *node = &cct->newest->nodes[cct->newest->count++];
    node->key = key;
    node->parent = parent;
    node->last = cct->none;
    node->follower = cct->none;
    node->frame_id = frame_id;
    cct->count++;
    return node;
}

prof__cct_iterator
prof__cct_iterate(const prof__cct *cct)
{
    return (prof__cct_iterator){.block = cct->oldest};
}

prof__cct_node *
prof__cct_next(prof__cct_iterator *iterator)
{
    prof__cct_block *block = iterator->block;
    if (block != NULL && iterator->next == block->count) {
        block = iterator->block = block->next;
        iterator->next = 0;
    }
    return block == NULL ? NULL : &block->nodes[iterator->next++];
}

prof_status
prof__cct_init(prof__cct *cct, prof__arena *arena, uint32_t max_nodes)
{
    *cct = (prof__cct){.arena = arena, .max_nodes = max_nodes};
    prof_status status = map_table(cct, FIRST_SLOTS);
    if (status != PROF_OK) {
        return status;
    }
    cct->none = prof__arena_alloc(arena, sizeof(*cct->none));
    if (cct->none != NULL) {
        cct->none->follower = cct->none;
        cct->root = new_node(cct, NULL, PROF__KEY_ROOT, PROF__FRAME_ROOT);
    }
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

/* What is found next to `node` will be looked for there. */
static void
note_found(const prof__cct *cct, prof__cct_node *parent, prof__cct_node *node)
{
    if (parent->last != cct->none) {
        parent->last->follower = node;
    }
    parent->last = node;
}

prof__cct_node *
prof__cct_find(const prof__cct *cct, prof__cct_node *parent, uint64_t key)
{
    prof__cct_node *node = node_in(*find_slot(cct, parent, key));
    if (node != NULL) {
        note_found(cct, parent, node);
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
        add_to_table(cct, node);
    }
    return node;
}

/* A node beyond the limit, which is not for it: the parent's overflow or await child. */
static prof__cct_node *
find_or_insert_extra(prof__cct *cct, prof__cct_node *parent, uint64_t key, uint32_t frame_id)
{
    prof__cct_node *node = node_in(*find_slot(cct, parent, key));
    if (node == NULL) {
        node = insert(cct, parent, key, frame_id);
        cct->extra_count += node != NULL;
    }
    return node;
}

prof__cct_node *
prof__cct_add(prof__cct *cct, prof__cct_node *parent, uint64_t key, uint32_t frame_id)
{
    prof__cct_node *node =
        prof__cct_is_full(cct)
            ? find_or_insert_extra(cct, parent, PROF__KEY_OVERFLOW, PROF__FRAME_OVERFLOW)
            : insert(cct, parent, key, frame_id);
    if (node != NULL) {
        note_found(cct, parent, node);
    }
    return node;
}

void
prof__cct_await(prof__cct *cct, prof__cct_node *node, uint64_t ticks)
{
    prof__cct_node *await = find_or_insert_extra(cct, node, PROF__KEY_AWAIT, PROF__FRAME_OVERFLOW);
    if (await != NULL) {
        await->wall += ticks;
    }
}
