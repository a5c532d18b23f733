/* SPDX-License-Identifier: MIT */
#include "frame_table.h"

#include <string.h>

#include "hash.h"

#define FIRST_FRAMES 64u
#define FIRST_SLOTS 256u

/* What a frame costs besides its texts: its place and its slots, which grow by doubling. */
#define FRAME_BYTES (2 * (sizeof(prof_frame) + sizeof(uint64_t) + 4 * sizeof(uint32_t)))

/* A frame whose strings are looked at up to where they are cut. */
typedef struct cut_frame {
    const prof_frame *frame;
    size_t name_length;
    size_t file_length;
} cut_frame;

/* A character of UTF-8 has up to three bytes behind its first. */
#define CONTINUATION_BYTES 3u

/* Cuts in front of a character of several bytes, not inside it. */
static size_t
cut_length(const char *text)
{
    size_t length = strnlen(text, PROF__FRAME_NAME_BYTES + 1);
    if (length <= PROF__FRAME_NAME_BYTES) {
        return length;
    }
    length = PROF__FRAME_NAME_BYTES;
    while (length > PROF__FRAME_NAME_BYTES - CONTINUATION_BYTES &&
           ((unsigned char)text[length] & 0xC0u) == 0x80u) {
        length--;
    }
    return length;
}

static cut_frame
cut(const prof_frame *frame)
{
    return (cut_frame){
        .frame = frame,
        .name_length = cut_length(frame->name),
        .file_length = cut_length(frame->file),
    };
}

static uint32_t
content_hash(const cut_frame *cut)
{
    return prof__hash_frame(0, cut->frame, cut->name_length, cut->file_length);
}

static bool
same_text(const char *stored, const char *text, size_t length)
{
    return strncmp(stored, text, length) == 0 && stored[length] == '\0';
}

static bool
same_frame(const prof_frame *stored, const cut_frame *cut)
{
    const prof_frame *frame = cut->frame;
    return stored->line == frame->line && stored->kind == frame->kind &&
           same_text(stored->name, frame->name, cut->name_length) &&
           same_text(stored->file, frame->file, cut->file_length);
}

/* The slot that holds this frame, or the empty one where it belongs. */
static uint32_t *
content_slot(const prof__frame_table *table, const cut_frame *wanted)
{
    uint32_t index = content_hash(wanted) & table->content_mask;
    while (table->by_content[index] != 0 &&
           !same_frame(&table->frames[table->by_content[index] - 1], wanted)) {
        index = (index + 1) & table->content_mask;
    }
    return &table->by_content[index];
}

static prof__key_slot *
key_slot(const prof__frame_table *table, uint64_t key)
{
    uint32_t index = prof__hash_u64(key) & table->key_mask;
    while (table->by_key[index].key != 0 && table->by_key[index].key != key) {
        index = (index + 1) & table->key_mask;
    }
    return &table->by_key[index];
}

/* Old arrays stay in the arena: they halve in size backwards, so all of them cost one array more. */
static prof_status
grow_frames(prof__frame_table *table)
{
    uint32_t capacity = table->capacity * 2;
    prof_frame *frames = prof__arena_alloc(table->arena, capacity * sizeof(*frames));
    uint64_t *far = prof__arena_alloc(table->arena, capacity * sizeof(*far));
    uint32_t *slots = prof__arena_alloc(table->arena, (size_t)capacity * 4 * sizeof(*slots));
    if (frames == NULL || far == NULL || slots == NULL) {
        return PROF_NO_MEMORY;
    }
    memcpy(frames, table->frames, table->count * sizeof(*frames));
    memcpy(far, table->far, table->count * sizeof(*far));
    table->frames = frames;
    table->far = far;
    table->capacity = capacity;
    table->by_content = slots;
    table->content_mask = capacity * 4 - 1;
    for (uint32_t id = 0; id < table->count; id++) {
        cut_frame stored = cut(&frames[id]);
        *content_slot(table, &stored) = id + 1;
    }
    return PROF_OK;
}

static prof_status
grow_keys(prof__frame_table *table)
{
    uint32_t count = (table->key_mask + 1) * 2;
    prof__key_slot *old = table->by_key;
    prof__key_slot *slots = prof__arena_alloc(table->arena, count * sizeof(*slots));
    if (slots == NULL) {
        return PROF_NO_MEMORY;
    }
    uint32_t old_count = table->key_mask + 1;
    table->by_key = slots;
    table->key_mask = count - 1;
    for (uint32_t index = 0; index < old_count; index++) {
        if (old[index].key != 0) {
            *key_slot(table, old[index].key) = old[index];
        }
    }
    return PROF_OK;
}

/* In the order of their ids. */
static prof_status
intern_fixed_frames(prof__frame_table *table)
{
    static const prof_frame fixed[] = {
        [PROF__FRAME_ROOT] = {.name = "<root>", .file = "", .kind = PROF_KIND_ROOT},
        [PROF__FRAME_OVERFLOW] = {.name = "<overflow>", .file = "", .kind = PROF_KIND_OVERFLOW},
        [PROF__FRAME_HIDDEN] = {.name = "<profiler>", .file = "", .kind = PROF_KIND_NATIVE},
    };
    prof_status status = PROF_OK;
    for (size_t index = 0; index < sizeof(fixed) / sizeof(fixed[0]); index++) {
        uint32_t id;
        status = prof__frame_table_intern(table, &fixed[index], &id);
        if (status != PROF_OK) {
            break;
        }
    }
    return status;
}

prof_status
prof__frame_table_init(prof__frame_table *table, prof__arena *arena)
{
    *table = (prof__frame_table){
        .arena = arena,
        .capacity = FIRST_FRAMES,
        .content_mask = FIRST_SLOTS - 1,
        .key_mask = FIRST_SLOTS - 1,
        .frames = prof__arena_alloc(arena, FIRST_FRAMES * sizeof(prof_frame)),
        .far = prof__arena_alloc(arena, FIRST_FRAMES * sizeof(uint64_t)),
        .by_content = prof__arena_alloc(arena, FIRST_SLOTS * sizeof(uint32_t)),
        .by_key = prof__arena_alloc(arena, FIRST_SLOTS * sizeof(prof__key_slot)),
    };
    if (table->frames == NULL || table->far == NULL || table->by_content == NULL ||
        table->by_key == NULL) {
        return PROF_NO_MEMORY;
    }
    return intern_fixed_frames(table);
}

static prof_status
add_frame(prof__frame_table *table, const cut_frame *cut, uint32_t *frame_id)
{
    if (table->count == table->capacity) {
        prof_status status = grow_frames(table);
        if (status != PROF_OK) {
            return status;
        }
    }
    prof_frame copy = *cut->frame;
    copy.name = prof__arena_strndup(table->arena, cut->frame->name, cut->name_length);
    copy.file = prof__arena_strndup(table->arena, cut->frame->file, cut->file_length);
    if (copy.name == NULL || copy.file == NULL) {
        return PROF_NO_MEMORY;
    }
    table->bytes += cut->name_length + cut->file_length + FRAME_BYTES;
    table->frames[table->count] = copy;
    *content_slot(table, cut) = table->count + 1;
    *frame_id = table->count++;
    return PROF_OK;
}

prof_status
prof__frame_table_intern(prof__frame_table *table, const prof_frame *frame, uint32_t *frame_id)
{
    cut_frame wanted = cut(frame);
    uint32_t slot = *content_slot(table, &wanted);
    if (slot != 0) {
        *frame_id = slot - 1;
        return PROF_OK;
    }
    if (table->bytes > PROF__FRAME_TABLE_BYTES) {
        *frame_id = PROF__FRAME_OVERFLOW;
        return PROF_OK;
    }
    return add_frame(table, &wanted, frame_id);
}

const prof__key_slot *
prof__frame_table_slot(const prof__frame_table *table, uint64_t key)
{
    const prof__key_slot *slot = key_slot(table, key);
    return slot->key == key ? slot : NULL;
}

uint32_t
prof__frame_table_find(const prof__frame_table *table, uint64_t key)
{
    const prof__key_slot *slot = prof__frame_table_slot(table, key);
    return slot == NULL ? PROF__FRAME_NONE : slot->frame_id;
}

prof_status
prof__frame_table_bind(prof__frame_table *table, uint64_t key, uint32_t frame_id, uint32_t note)
{
    if (table->key_count >= (table->key_mask + 1) / 2) {
        prof_status status = grow_keys(table);
        if (status != PROF_OK) {
            return status;
        }
    }
    prof__key_slot *slot = key_slot(table, key);
    table->key_count += slot->key == 0;
    *slot = (prof__key_slot){.key = key, .frame_id = frame_id, .note = note};
    return PROF_OK;
}

void
prof__frame_table_forget(prof__frame_table *table)
{
    if (table->key_count > 0) {
        memset(table->by_key, 0, ((size_t)table->key_mask + 1) * sizeof(*table->by_key));
        table->key_count = 0;
    }
}
