/* SPDX-License-Identifier: MIT */
/*
 * Activations that are suspended in an await: where and since when. Keyed by the event source's identity
 * of the activation (the address of a coroutine's frame), so a resumption finds its beginning in one probe
 * wherever it happens, in another strand or thread as well.
 *
 * A coroutine that is dropped while suspended is never taken out; its entry is overwritten when the
 * address is used again, and the table stops growing at MAX_SLOTS. A suspension whose end is not seen for
 * these reasons is counted as lost.
 */
#ifndef PROF_CORE_SUSPENDED_H
#define PROF_CORE_SUSPENDED_H

#include "cct.h"

typedef struct prof__suspension {
    uint64_t identity; /* 0 is empty */
    uint64_t since;    /* ticks */
    prof__cct_node *node;
} prof__suspension;

typedef struct prof__suspended {
    prof__arena *arena;
    prof__suspension *slots; /* open addressing; NULL until first used */
    uint32_t mask;
    uint32_t count;
    uint64_t lost; /* suspensions whose end was not seen */
} prof__suspended;

void prof__suspended_init(prof__suspended *suspended, prof__arena *arena);

/* Remembers a suspension; false when there is no room, which only loses await time. */
bool prof__suspended_put(prof__suspended *suspended, uint64_t identity, prof__cct_node *node,
                         uint64_t now);

/* Forgets a suspension that has ended unseen: another activation has its identity. */
void prof__suspended_drop(prof__suspended *suspended, uint64_t identity);

/* Ends a suspension: the node that awaited, and for how many ticks; NULL for an unknown identity. */
prof__cct_node *prof__suspended_take(prof__suspended *suspended, uint64_t identity, uint64_t now,
                                     uint64_t *gap);

/*
 * Before the session stops: forgets suspensions that are over, though nobody saw their end. `goes_on` is
 * asked with the identity and the key of the node.
 */
void prof__suspended_sift(prof__suspended *suspended,
                          bool (*goes_on)(uint64_t identity, uint64_t key));

/* The session stops: what is suspended has been so until now. All nodes are of this tree. */
void prof__suspended_end(prof__suspended *suspended, prof__cct *cct, uint64_t now);

#endif
