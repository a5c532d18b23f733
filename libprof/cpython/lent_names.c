/* SPDX-License-Identifier: MIT */
#include "lent_names.h"

/* A large site has some thousands. */
#define MOST_TEXT_BYTES ((size_t)4 << 20)
#define MOST_SLOTS 32768u

int
lent_names_watch(event_source *source)
{
    if (source->code_watcher < 0) {
        source->code_watcher = compat_watch_code();
    }
    return source->code_watcher < 0 ? -1 : 0;
}

void
lent_names_unwatch(event_source *source)
{
    if (source->code_watcher >= 0) {
        compat_unwatch_code(source->code_watcher);
        source->code_watcher = -1;
    }
}

bool
lent_names_init(lent_names *names, const prof_memory *memory)
{
    prof__arena_init(&names->arena, memory);
    return prof__frame_table_init(&names->frames, &names->arena) == PROF_OK;
}

bool
lent_names_are_many(const lent_names *names)
{
    return names->frames.bytes > MOST_TEXT_BYTES || names->frames.key_mask >= MOST_SLOTS;
}

static void
destroy(lent_names *names)
{
    if (names != NULL) {
        prof__arena_deinit(&names->arena);
        PyMem_Free(names);
    }
}

static lent_names *
create(void)
{
    const prof_memory memory = prof__memory_mmap();
    lent_names *names = PyMem_Calloc(1, sizeof(*names));
    if (names != NULL && !lent_names_init(names, &memory)) {
        destroy(names);
        names = NULL;
    }
    return names;
}

static lent_names *
take_kept(event_source *source)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(source->names); i++) {
        lent_names *names = source->names[i];
        if (names != NULL) {
            source->names[i] = NULL;
            return names;
        }
    }
    return NULL;
}

lent_names *
lent_names_take(event_source *source)
{
    if (lent_names_watch(source) < 0) {
        PyErr_Clear();
        return NULL;
    }
    lent_names *names = take_kept(source);
    if (names == NULL) {
        names = create();
    }
    if (names != NULL) {
        lent_names_refresh(source, names);
    }
    return names;
}

void
lent_names_give(event_source *source, lent_names *names)
{
    bool useful = names != NULL && !lent_names_are_many(names);
    for (size_t i = 0; useful && i < Py_ARRAY_LENGTH(source->names); i++) {
        if (source->names[i] == NULL) {
            source->names[i] = names;
            return;
        }
    }
    destroy(names);
}

void
lent_names_drop(event_source *source)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(source->names); i++) {
        destroy(source->names[i]);
        source->names[i] = NULL;
    }
}
