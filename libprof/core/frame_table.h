/* SPDX-License-Identifier: MIT */
/*
 * The session's frames: identities interned by content, and a map from an event source's *keys* (the
 * address of a code object, of a method definition ...) to frame ids, so that a hook names a code once
 * and looks up a number ever after. Two keys may share a frame (code compiled twice).
 *
 * Frame 0 is the root and frame 1 the overflow frame. Frame 2 stands for all code of the profiler itself:
 * its nodes exist while the session runs and melt into their parents in the profile. PROF__FRAME_IGNORED in
 * the key map marks callables that never become a node at all.
 */
#ifndef PROF_CORE_FRAME_TABLE_H
#define PROF_CORE_FRAME_TABLE_H

#include "arena.h"

#define PROF__FRAME_ROOT 0u
#define PROF__FRAME_OVERFLOW 1u
#define PROF__FRAME_HIDDEN 2u
#define PROF__FRAME_NONE UINT32_MAX
#define PROF__FRAME_IGNORED (UINT32_MAX - 1)

/* Longer names are cut: a generated SQL statement of a megabyte must not fill the session's memory. */
#define PROF__FRAME_NAME_BYTES 4096u

/*
 * The table takes no new frames past this size and gives the overflow frame instead: programs that make
 * code or statements without end must not fill the memory either. A large web page has 1 MB.
 */
#define PROF__FRAME_TABLE_BYTES ((size_t)64 << 20)

typedef struct prof__frame_slot prof__frame_slot;
typedef struct prof__key_slot prof__key_slot;

typedef struct prof__frame_table {
    prof__arena *arena;
    prof_frame *frames; /* by id; moves when it grows */
    uint64_t *far; /* by id: events of the frame that cost more, see prof_costs; moves as well */
    uint32_t count;
    uint32_t capacity;
    size_t bytes;         /* what PROF__FRAME_TABLE_BYTES limits */
    uint32_t *by_content; /* open addressing, ids + 1 */
    uint32_t content_mask;
    prof__key_slot *by_key; /* open addressing */
    uint32_t key_mask;
    uint32_t key_count;
} prof__frame_table;

struct prof__key_slot {
    uint64_t key; /* 0 is empty */
    uint32_t frame_id;
    uint32_t note; /* of who binds it: the line that the key is in, or which session has bound it */
};

prof_status prof__frame_table_init(prof__frame_table *table, prof__arena *arena);

/*
 * Finds or adds a frame by content; strings are copied and cut at PROF__FRAME_NAME_BYTES. Frames that
 * differ only behind the cut are one.
 */
prof_status prof__frame_table_intern(prof__frame_table *table, const prof_frame *frame,
                                     uint32_t *frame_id);

/* The frame id of a key, PROF__FRAME_NONE when it is new. Keys are never 0. */
uint32_t prof__frame_table_find(const prof__frame_table *table, uint64_t key);

/* Forgets all keys: what they are addresses of may have been replaced by something else. */
void prof__frame_table_forget(prof__frame_table *table);

/* What a key is known as, NULL when it is new. */
const prof__key_slot *prof__frame_table_slot(const prof__frame_table *table, uint64_t key);

/* Remembers a key's frame id, and a note; of a key that is known it replaces both. */
prof_status prof__frame_table_bind(prof__frame_table *table, uint64_t key, uint32_t frame_id,
                                   uint32_t note);

#endif
