/* SPDX-License-Identifier: MIT */
/*
 * The calling-context tree: one node per distinct path from the root.
 *
 * A child is looked up on every call. Programs repeat themselves: the child is the one entered last or, more
 * often than not, the one that came after that the last time (`follower`). So the common case is one or two
 * compares, and the rare one a probe of a table that serves the whole tree, keyed by (parent, key). There are
 * no sibling scans: a dispatcher with a thousand callees costs no more than one with two.
 *
 * Nodes are never freed or moved while the session runs. Past max_nodes a new path becomes an overflow
 * child of its parent, so the tree at most doubles and still accounts for all time.
 */
#ifndef PROF_CORE_CCT_H
#define PROF_CORE_CCT_H

#include "frame_table.h"

/* A node fills one line of the cache: a tree has thousands, and each event touches two. */
#define PROF__NODE_BYTES 64u

typedef struct prof__cct_node prof__cct_node;

struct prof__cct_node {
    uint64_t key; /* the event source's identity of the callee; never 0 */
    prof__cct_node *parent;
    union {
        prof__cct_node *last; /* child found last */
        uint64_t index;       /* scratch for who walks the tree once the session has stopped */
    };
    prof__cct_node *follower; /* sibling found after this one */
    uint64_t calls;           /* and readings: prof__cct_calls() */
    uint64_t wall;            /* ticks of its own: without what it called */
    uint64_t waited;          /* of them, those in which its thread did not compute */
    uint32_t frame_id;
    union {
        uint32_t resumes; /* entries that were no calls: a generator or coroutine went on */
        uint32_t line;    /* of a sampled frame: the one that was running */
    };
};

_Static_assert(sizeof(prof__cct_node) == PROF__NODE_BYTES,
               "with its slot in the table, 21 bytes right after this has grown, a node stays "
               "below 96 bytes");

/* Nodes lie side by side in blocks, in order of creation: parents come before children. */
typedef struct prof__cct_block prof__cct_block;

typedef struct prof__cct {
    prof__arena *arena;
    prof__cct_node *root;
    prof__cct_node *none; /* stands for no child: its key is 0 */
    prof__cct_block *oldest;
    prof__cct_block *newest;
    uintptr_t *table; /* open addressing: nodes, with bits of their hashes */
    uint32_t mask;
    uint32_t count;       /* nodes in all, root, overflow and await nodes included */
    uint32_t max_nodes;   /* without overflow and await nodes */
    uint32_t extra_count; /* of overflow and await nodes */
    size_t table_bytes;   /* the table is mapped on its own, so growing gives the old one back */
} prof__cct;

/*
 * Keys of nodes that are no calls: no pointer has these values. The wall time of an await node is what its
 * parent was suspended; few nodes ever are, so it is not a member of all of them.
 */
#define PROF__KEY_OVERFLOW UINT64_C(1)
#define PROF__KEY_ROOT UINT64_C(2)
#define PROF__KEY_AWAIT UINT64_C(3)

/* The key of a frame that is entered by its id: the top bit is set in no address of a program. */
static inline uint64_t
prof__key_of_frame(uint32_t frame_id)
{
    return UINT64_C(1) << 63 | frame_id;
}

prof_status prof__cct_init(prof__cct *cct, prof__arena *arena, uint32_t max_nodes);
void prof__cct_deinit(prof__cct *cct);

/* The child of `parent` with this key, or NULL. */
prof__cct_node *prof__cct_find(const prof__cct *cct, prof__cct_node *parent, uint64_t key);

/* Adds a child that find did not find. At the limit: the parent's overflow child. NULL: no memory. */
prof__cct_node *prof__cct_add(prof__cct *cct, prof__cct_node *parent, uint64_t key,
                              uint32_t frame_id);

/* Adds ticks to what the node was suspended. Without memory for it, they are lost. */
void prof__cct_await(prof__cct *cct, prof__cct_node *node, uint64_t ticks);

/* All nodes, parents before children. */
typedef struct prof__cct_iterator {
    prof__cct_block *block;
    uint32_t next;
} prof__cct_iterator;

prof__cct_iterator prof__cct_iterate(const prof__cct *cct);
/* The next node, the root first; NULL behind the last one. */
prof__cct_node *prof__cct_next(prof__cct_iterator *iterator);

/* A new path will be an overflow node. */
static inline bool
prof__cct_is_full(const prof__cct *cct)
{
    return cct->count - cct->extra_count >= cct->max_nodes;
}

/*
 * How often the CPU clock was read in a node's own time is in the highest bits of its calls: a node has no room left, and
 * what every event counts stays one addition. 2^40 calls take nine hours; readings beyond 2^24 are not counted.
 */
#define PROF__CALLS_BITS 40

static inline uint64_t
prof__cct_calls(const prof__cct_node *node)
{
    return node->calls & ((UINT64_C(1) << PROF__CALLS_BITS) - 1);
}

static inline uint64_t
prof__cct_readings(const prof__cct_node *node)
{
    return node->calls >> PROF__CALLS_BITS;
}

static inline void
prof__cct_count_reading(prof__cct_node *node)
{
    bool full = prof__cct_readings(node) == UINT64_MAX >> PROF__CALLS_BITS;
    node->calls += full ? 0 : UINT64_C(1) << PROF__CALLS_BITS;
}

/* Counts an entry: a call, or that a generator or coroutine goes on. */
static inline void
prof__cct_count(prof__cct_node *node, bool resumes)
{
    if (resumes) {
        node->resumes += node->resumes != UINT32_MAX;
    } else {
        node->calls++;
    }
}

/* The child of `parent` with this key if it is one of the two that are likely, else NULL. Calls nothing. */
static inline prof__cct_node *
prof__cct_likely_child(prof__cct_node *parent, uint64_t key)
{
    prof__cct_node *last = parent->last;
    if (last->key == key) {
        return last;
    }
    prof__cct_node *follower = last->follower;
    if (__builtin_expect(follower->key == key, 1)) {
        parent->last = follower;
        return follower;
    }
    return NULL;
}

static inline prof__cct_node *
prof__cct_child(const prof__cct *cct, prof__cct_node *parent, uint64_t key)
{
    prof__cct_node *node = prof__cct_likely_child(parent, key);
    return node != NULL ? node : prof__cct_find(cct, parent, key);
}

#endif
