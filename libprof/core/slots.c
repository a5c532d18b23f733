/* SPDX-License-Identifier: MIT */
#include "slots.h"

#include "large.h"

static bool
make_slots(prof__slots *slots, size_t capacity)
{
    size_t count = capacity * 2;
    *slots = (prof__slots){.index = prof__large_alloc(count, sizeof(*slots->index)),
                           .mask = (uint32_t)(count - 1)};
    return slots->index != NULL;
}

void *
prof__slots_create(prof__slots *slots, uint32_t capacity, size_t size)
{
    prof__slots made;
    if (!make_slots(&made, capacity)) {
        return NULL;
    }
    void *array = prof__large_alloc(capacity, size);
    if (array == NULL) {
        prof__large_free(made.index);
        return NULL;
    }
    *slots = made;
    return array;
}

prof_status
prof__slots_grow(prof__slots *slots, void **array, uint32_t *capacity, size_t size)
{
    if (*capacity >= PROF__MAX_ELEMENTS) {
        return PROF_LIMIT;
    }
    prof__slots made;
    uint32_t count = *capacity * 2;
    if (!make_slots(&made, count)) {
        return PROF_NO_MEMORY;
    }
    void *larger = prof__large_grow(*array, *capacity, count, size);
    if (larger == NULL) {
        prof__large_free(made.index);
        return PROF_NO_MEMORY;
    }
    prof__large_free(slots->index);
    *slots = made;
    *array = larger;
    *capacity = count;
    return PROF_OK;
}
