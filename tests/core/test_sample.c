/* SPDX-License-Identifier: MIT */
/* Random samples against a list of them that is added up by hand. */
#include "profile.h"
#include "reserve.h"
#include "sample.h"
#include "support/harness.h"
#include "support/heap.h"
#include "support/model.h"

#define LETTERS 6u  /* names of frames */
#define KEYS 9u     /* more than names: two keys can mean one frame */
#define DEEPEST 10u /* of random stacks */
#define SAMPLES 1500u
#define SESSIONS 2u
#define THREADS 2u
#define NO_LIMIT UINT32_MAX

/* Of the letters, these two are the profiler's own frame and a builtin. */
#define HIDDEN 'a'
#define BUILTIN 'b'

/* ---- model ---------------------------------------------------------------------------------------- */

/* A sample as it was taken: letters, the outermost frame first, '<' where frames are missing. */
typedef struct taken {
    model_path path;
    uint64_t wall;
    uint64_t cpu;
} taken;

typedef struct expectation {
    model shown;    /* self times by path, and samples as calls */
    model overhead; /* what was taken out of them */
    uint64_t overflows;
    uint64_t too_deep;
    uint64_t wall;
    uint64_t cpu;
} expectation;

/* The paths that a tree has room for: those that came first. */
typedef struct known_paths {
    model_path *paths;
    size_t count;
    size_t limit;
} known_paths;

static bool
is_known(known_paths *known, const model_path *path)
{
    for (size_t i = 0; i < known->count; i++) {
        if (strcmp(known->paths[i].names, path->names) == 0) {
            return true;
        }
    }
    if (known->count == known->limit) {
        return false;
    }
    known->paths[known->count++] = *path;
    return true;
}

/* Leaves the frames that the tree has room for. */
static bool
cut_to_known(known_paths *known, model_path *path)
{
    model_path prefix = {{0}};
    for (size_t depth = 0; path->names[depth] != '\0'; depth++) {
        prefix.names[depth] = path->names[depth];
        if (!is_known(known, &prefix)) {
            path->names[depth] = '\0';
            return true;
        }
    }
    return false;
}

/* Takes out the profiler's own frames, and the builtins that they call. True: the innermost is one. */
static bool
take_out_hidden(model_path *path)
{
    bool hidden = false;
    size_t length = 0;
    for (const char *name = path->names; *name != '\0'; name++) {
        hidden = *name == HIDDEN || (hidden && *name == BUILTIN);
        if (!hidden) {
            path->names[length++] = *name;
        }
    }
    path->names[length] = '\0';
    return hidden;
}

static void
expect_sample(expectation *expected, const taken *sample, model_path path)
{
    bool hidden = take_out_hidden(&path);
    uint64_t cost = hidden ? sample->cpu : 0;
    expected->shown.open = expected->overhead.open = path;
    model_pass(&expected->shown, sample->wall - cost, sample->cpu - cost);
    model_pass(&expected->overhead, cost, cost);
    if (!hidden) {
        expected->shown.calls[expected->shown.call_count++] = path;
    }
}

/* `limit` is the number of paths with the root; `rest` is what becomes of a path beyond it. */
static void
expect(expectation *expected, const taken *samples, size_t count, uint32_t limit, char rest)
{
    known_paths known = {.limit = limit - 1};
    known.paths = calloc(count * DEEPEST + 1, sizeof(*known.paths));
    assert_non_null(known.paths);
    *expected = (expectation){0};
    model_init(&expected->shown, count + 1);
    model_init(&expected->overhead, count + 1);
    for (size_t i = 0; i < count; i++) {
        model_path path = samples[i].path;
        if (cut_to_known(&known, &path)) {
            path.names[strlen(path.names)] = rest;
            expected->overflows++;
        }
        expect_sample(expected, &samples[i], path);
        expected->too_deep += samples[i].path.names[0] == '<';
        expected->wall += samples[i].wall;
        expected->cpu += samples[i].cpu;
    }
    free(known.paths);
}

static void
assert_profile(const prof_profile *profile, const expectation *expected)
{
    uint64_t samples = 0;
    for (uint32_t i = 0; i < profile->node_count; i++) {
        const prof_node *node = &profile->nodes[i];
        model_path path = model_path_of(profile, i);
        model_interval self = model_time(&expected->shown, path.names, false);
        assert_int_equal(node->self_wall_ns, self.wall);
        assert_int_equal(node->self_cpu_ns, self.cpu);
        assert_int_equal(node->overhead_ns, model_time(&expected->overhead, path.names, false).cpu);
        assert_int_equal(node->samples, model_calls(&expected->shown, path.names));
        assert_int_equal(node->calls, i == 0);
        samples += node->samples;
    }
    assert_int_equal(samples, expected->shown.call_count);
    assert_int_equal(profile->nodes[0].total_cpu_ns, profile->cpu_ns);
    assert_int_equal(profile->nodes[0].total_wall_ns, profile->wall_ns);
    assert_int_equal(profile->cpu_ns + profile->overhead_ns, expected->cpu);
    assert_int_equal(profile->wall_ns + profile->overhead_ns, expected->wall);
    assert_int_equal(profile->counters.overflow_calls, expected->overflows);
    assert_int_equal(profile->counters.too_deep, expected->too_deep);
}
