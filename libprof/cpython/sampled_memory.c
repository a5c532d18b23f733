/* SPDX-License-Identifier: MIT */
#include "sampled_memory.h"

#include "sampler.h"

/* What the table takes at most, with what its growing leaves behind. */
#define TEXTS_BYTES (PROF__FRAME_TABLE_BYTES + ((size_t)32 << 20))

void
sampled_memory_destroy(sampled_memory *memory)
{
    if (memory != NULL) {
        prof__reserve_destroy(memory->session);
        prof__reserve_destroy(memory->texts);
        PyMem_Free(memory);
    }
}

/* False: no memory. */
static bool
make_names(sampled_memory *memory)
{
    const prof_memory source = prof__reserve_memory(memory->texts);
    return lent_names_init(&memory->names, &source);
}

static sampled_memory *
create(size_t size)
{
    sampled_memory *memory = PyMem_Calloc(1, sizeof(*memory));
    if (memory == NULL) {
        return NULL;
    }
    memory->session = prof__reserve_create(size);
    memory->texts = prof__reserve_create(TEXTS_BYTES);
    if (memory->session == NULL || memory->texts == NULL || !make_names(memory)) {
        sampled_memory_destroy(memory);
        return NULL;
    }
    return memory;
}

/* NULL: none is left of that size. */
static sampled_memory *
take_kept(struct sampler *sampler, size_t size)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(sampler->kept); i++) {
        sampled_memory *memory = sampler->kept[i];
        if (memory != NULL && prof__reserve_size(memory->session) == size) {
            sampler->kept[i] = NULL;
            return memory;
        }
    }
    return NULL;
}

sampled_memory *
sampled_memory_take(event_source *source, size_t size)
{
    sampled_memory *memory = take_kept(source->sampler, size);
    if (memory == NULL) {
        memory = create(size);
    }
    if (memory == NULL) {
        (void)PyErr_NoMemory();
        return NULL;
    }
    lent_names_refresh(source, &memory->names);
    return memory;
}

/* False: no memory. */
static bool
tidy(sampled_memory *memory)
{
    prof__reserve_reset(memory->session);
    if (!lent_names_are_many(&memory->names)) {
        return true;
    }
    prof__reserve_reset(memory->texts);
    return make_names(memory);
}

void
sampled_memory_give(event_source *source, sampled_memory *memory)
{
    struct sampler *sampler = source->sampler;
    for (size_t i = 0; sampler != NULL && i < Py_ARRAY_LENGTH(sampler->kept); i++) {
        if (sampler->kept[i] == NULL && tidy(memory)) {
            sampler->kept[i] = memory;
            return;
        }
    }
    sampled_memory_destroy(memory);
}
