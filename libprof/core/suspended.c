/* SPDX-License-Identifier: MIT */
#include "suspended.h"

#include "hash.h"

#define FIRST_SLOTS 64u
#define MAX_SLOTS (1u << 17) /* 65,536 coroutines suspended at once in one session, 3 MB */

static prof__suspension *
find_slot(const prof__suspended *suspended, uint64_t identity)
{
    uint32_t index = prof__hash_u64(identity) & suspended->mask;
    while (suspended->slots[index].identity != 0 && suspended->slots[index].identity != identity) {
        index = (index + 1) & suspended->mask;
    }
    return &suspended->slots[index];
}

static bool
grow(prof__suspended *suspended)
{
    uint32_t old_slots = suspended->slots == NULL ? 0 : suspended->mask + 1;
    uint32_t slots = old_slots == 0 ? FIRST_SLOTS : old_slots * 2;
    if (slots > MAX_SLOTS) {
        return false;
    }
    prof__suspension *old = suspended->slots;
    prof__suspension *fresh = prof__arena_alloc(suspended->arena, slots * sizeof(*fresh));
    if (fresh == NULL) {
        return false;
    }
    suspended->slots = fresh;
    suspended->mask = slots - 1;
    for (uint32_t index = 0; index < old_slots; index++) {
        if (old[index].identity != 0) {
            *find_slot(suspended, old[index].identity) = old[index];
        }
    }
    return true;
}

/* Empties a slot. Entries behind it that were displaced by it move up, so that probing still finds them. */
static void
remove_slot(prof__suspended *suspended, prof__suspension *slot)
{
    uint32_t mask = suspended->mask;
    uint32_t hole = (uint32_t)(slot - suspended->slots);
    for (uint32_t index = (hole + 1) & mask; suspended->slots[index].identity != 0;
         index = (index + 1) & mask) {
        uint32_t home = prof__hash_u64(suspended->slots[index].identity) & mask;
        if (((index - home) & mask) >= ((index - hole) & mask)) {
            suspended->slots[hole] = suspended->slots[index];
            hole = index;
        }
    }
    suspended->slots[hole] = (prof__suspension){0};
    suspended->count--;
}

void
prof__suspended_init(prof__suspended *suspended, prof__arena *arena)
{
    *suspended = (prof__suspended){.arena = arena};
}

bool
prof__suspended_put(prof__suspended *suspended, uint64_t identity, prof__cct_node *node,
                    uint64_t now)
{
    prof__suspension *slot = suspended->slots == NULL ? NULL : find_slot(suspended, identity);
    bool full =
        slot == NULL || (slot->identity == 0 && suspended->count >= (suspended->mask + 1) / 2);
    if (full) {
        if (!grow(suspended)) {
            suspended->lost++;
            return false;
        }
        slot = find_slot(suspended, identity);
    }
    if (slot->identity == 0) {
        suspended->count++;
    } else {
        suspended->lost++;
    }
    *slot = (prof__suspension){.identity = identity, .since = now, .node = node};
    return true;
}

void
prof__suspended_drop(prof__suspended *suspended, uint64_t identity)
{
    if (suspended->count == 0) {
        return;
    }
    prof__suspension *slot = find_slot(suspended, identity);
    if (slot->identity == identity) {
        remove_slot(suspended, slot);
        suspended->lost++;
    }
}

prof__cct_node *
prof__suspended_take(prof__suspended *suspended, uint64_t identity, uint64_t now, uint64_t *gap)
{
    if (suspended->slots == NULL) {
        return NULL;
    }
    prof__suspension *slot = find_slot(suspended, identity);
    if (slot->identity != identity) {
        return NULL;
    }
    prof__cct_node *node = slot->node;
    *gap = now > slot->since ? now - slot->since : 0;
    remove_slot(suspended, slot);
    return node;
}

static uint32_t
slot_count(const prof__suspended *suspended)
{
    return suspended->count == 0 ? 0 : suspended->mask + 1;
}

void
prof__suspended_sift(prof__suspended *suspended, bool (*goes_on)(uint64_t identity, uint64_t key))
{
    uint32_t slots = slot_count(suspended);
    for (uint32_t index = 0; index < slots;) {
        prof__suspension *slot = &suspended->slots[index];
        if (slot->identity != 0 && !goes_on(slot->identity, slot->node->key)) {
            remove_slot(suspended, slot); /* another one may be in its place now */
            suspended->lost++;
        } else {
            index++;
        }
    }
}

void
prof__suspended_end(prof__suspended *suspended, prof__cct *cct, uint64_t now)
{
    uint32_t slots = slot_count(suspended);
    for (uint32_t index = 0; index < slots; index++) {
        const prof__suspension *slot = &suspended->slots[index];
        if (slot->identity != 0 && now > slot->since) {
            prof__cct_await(cct, slot->node, now - slot->since);
        }
    }
    suspended->count = 0;
}
