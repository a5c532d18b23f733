/* SPDX-License-Identifier: MIT */
/*
 * The simplest profiler that could be right: a list of the intervals that passed, each with the names of
 * the calls that were open, and a list of the calls that began. Slow, and with nothing to get wrong: no tree,
 * no clocks, no cursor.
 */
#ifndef PROF_TESTS_MODEL_H
#define PROF_TESTS_MODEL_H

#include <stdlib.h>
#include <string.h>

#include <prof/prof.h>

#include "testing.h"

#define MODEL_DEPTH 24 /* deeper programs are not drawn */

/* A path of one-letter names, root first. */
typedef struct model_path {
    char names[MODEL_DEPTH + 1];
} model_path;

typedef struct model_interval {
    model_path path;
    uint64_t wall;
    uint64_t cpu;
} model_interval;

typedef struct model {
    model_interval *intervals;
    size_t interval_count;
    model_path *calls;
    size_t call_count;
    size_t capacity; /* of both */
    model_path open;
    uint64_t identities[MODEL_DEPTH];
} model;

static inline void
model_init(model *naive, size_t capacity)
{
    memset(naive, 0, sizeof(*naive));
    naive->capacity = capacity;
    naive->intervals = calloc(capacity, sizeof(*naive->intervals));
    naive->calls = calloc(capacity, sizeof(*naive->calls));
    assert_non_null(naive->intervals);
    assert_non_null(naive->calls);
}

static inline void
model_deinit(model *naive)
{
    free(naive->intervals);
    free(naive->calls);
}

static inline size_t
model_depth(const model *naive)
{
    return strlen(naive->open.names);
}

static inline void
model_enter(model *naive, char name, uint64_t identity)
{
    size_t depth = model_depth(naive);
    assert_true(depth < MODEL_DEPTH && naive->call_count < naive->capacity);
    naive->open.names[depth] = name;
    naive->open.names[depth + 1] = '\0';
    naive->identities[depth] = identity;
    naive->calls[naive->call_count++] = naive->open;
}

/* Ends the innermost call with this identity and all in it; nothing when there is none. */
static inline void
model_leave(model *naive, uint64_t identity)
{
    for (size_t depth = model_depth(naive); depth > 0; depth--) {
        if (naive->identities[depth - 1] == identity) {
            naive->open.names[depth - 1] = '\0';
            return;
        }
    }
}

static inline void
model_pass(model *naive, uint64_t wall, uint64_t cpu)
{
    assert_true(naive->interval_count < naive->capacity);
    naive->intervals[naive->interval_count++] =
        (model_interval){.path = naive->open, .wall = wall, .cpu = cpu};
}

/* What passed with exactly these calls open (whole = false) or with these and more (whole = true). */
static inline model_interval
model_time(const model *naive, const char *names, bool whole)
{
    model_interval sum = {0};
    size_t length = strlen(names);
    for (size_t i = 0; i < naive->interval_count; i++) {
        const model_interval *interval = &naive->intervals[i];
        const char *have = interval->path.names;
        if (whole ? strncmp(have, names, length) == 0 : strcmp(have, names) == 0) {
            sum.wall += interval->wall;
            sum.cpu += interval->cpu;
        }
    }
    return sum;
}

static inline uint64_t
model_calls(const model *naive, const char *names)
{
    uint64_t calls = 0;
    for (size_t i = 0; i < naive->call_count; i++) {
        calls += strcmp(naive->calls[i].names, names) == 0;
    }
    return calls;
}

static inline int
model__compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* How many different paths were entered. Reorders the calls. */
static inline size_t
model_path_count(model *naive)
{
    qsort(naive->calls, naive->call_count, sizeof(*naive->calls), model__compare);
    size_t count = 0;
    for (size_t i = 0; i < naive->call_count; i++) {
        count += i == 0 || strcmp(naive->calls[i - 1].names, naive->calls[i].names) != 0;
    }
    return count;
}

/* The path of a node of a profile whose frames have one-letter names. */
static inline model_path
model_path_of(const prof_profile *profile, uint32_t index)
{
    const prof_node *nodes = prof_profile_nodes(profile);
    model_path path = {{0}};
    size_t depth = 0;
    for (uint32_t up = index; up != 0; up = nodes[up].parent) {
        depth++;
    }
    for (uint32_t up = index; up != 0; up = nodes[up].parent) {
        path.names[--depth] = prof_profile_frames(profile)[nodes[up].frame].name[0];
    }
    return path;
}

#endif
