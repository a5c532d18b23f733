/* SPDX-License-Identifier: MIT */
#include "intervals.h"

/* INTERVALS_MAX, here and below: there is no such place. */
static uint32_t
find(const intervals *self, uint64_t ns)
{
    uint32_t at = 0;
    while (at < INTERVALS_MAX && (self->of[at].count == 0 || self->of[at].ns != ns)) {
        at++;
    }
    return at;
}

static uint32_t
find_shortest(const intervals *self)
{
    uint32_t found = INTERVALS_MAX;
    for (uint32_t at = 0; at < INTERVALS_MAX; at++) {
        if (self->of[at].count > 0 &&
            (found == INTERVALS_MAX || self->of[at].ns < self->of[found].ns)) {
            found = at;
        }
    }
    return found;
}

static uint32_t
find_free(const intervals *self)
{
    uint32_t at = 0;
    while (at < INTERVALS_MAX && self->of[at].count > 0) {
        at++;
    }
    return at;
}

uint64_t
intervals_shortest(const intervals *self)
{
    uint32_t at = find_shortest(self);
    return at == INTERVALS_MAX ? 0 : self->of[at].ns;
}

void
intervals_add(intervals *self, uint64_t ns)
{
    uint32_t at = find(self, ns);
    if (at == INTERVALS_MAX) {
        at = find_free(self);
        if (at == INTERVALS_MAX) {
            at = find_shortest(self);
            ns = ns < self->of[at].ns ? ns : self->of[at].ns;
        }
        self->of[at].ns = ns;
    }
    self->of[at].count++;
}

void
intervals_remove(intervals *self, uint64_t ns)
{
    uint32_t at = find(self, ns);
    if (at == INTERVALS_MAX) {
        at = find_shortest(self); /* it had no room */
    }
    if (at < INTERVALS_MAX) {
        self->of[at].count--;
    }
}
