/* SPDX-License-Identifier: MIT */
/*
 * A session on a fake clock and counted memory, and reading its profile by paths of names. Names of frames
 * in these tests are single words, so "a/b" is the node of b called from a called from the root.
 */
#ifndef PROF_TESTS_HARNESS_H
#define PROF_TESTS_HARNESS_H

#include <stdio.h>
#include <string.h>

#include "fake_clock.h"
#include "session.h"
#include "test_memory.h"
#include "testing.h"

typedef struct harness {
    fake_clock clock;
    test_memory memory;
    prof_session *session;
    prof_profile *profile;
} harness;

/* Limits of 0 are the defaults. */
static inline void
harness_start(harness *test, double ticks_per_ns, uint32_t max_nodes, uint32_t max_depth)
{
    *test = (harness){0};
    fake_clock_init(&test->clock, ticks_per_ns);
    const prof_clock clock = fake_clock_clock(&test->clock);
    const prof_memory memory = test_memory_source(&test->memory);
    const prof_options options = {
        .clock = &clock, .memory = &memory, .max_nodes = max_nodes, .max_depth = max_depth};
    assert_int_equal(prof_session_create(&options, &test->session), PROF_OK);
}

static inline void
harness_end(harness *test)
{
    prof_session_destroy(test->session);
    prof_profile_destroy(test->profile);
    assert_int_equal(test->memory.live, 0);
    assert_int_equal(test->memory.bytes, 0);
    assert_false(test->memory.odd_size);
}

static inline prof_strand *
harness_strand(harness *test)
{
    prof_strand *strand = NULL;
    assert_int_equal(prof_strand_create(test->session, &strand), PROF_OK);
    return strand;
}

static inline uint32_t
harness_frame_of(harness *test, const char *name, prof_kind kind)
{
    const prof_frame frame = {.name = name, .file = "", .kind = kind};
    uint32_t id = PROF__FRAME_NONE;
    assert_int_equal(prof_session_intern(test->session, &frame, &id), PROF_OK);
    return id;
}

static inline uint32_t
harness_frame(harness *test, const char *name)
{
    return harness_frame_of(test, name, PROF_KIND_NATIVE);
}

/* What a node and all below it hold, added up without the profile's own totals. */
typedef struct subtree {
    uint64_t wall;
    uint64_t cpu;
    uint64_t overhead;
} subtree;

static inline void
assert_total(const prof_node *node, subtree *sum)
{
    sum->wall += node->self_wall_ns;
    sum->cpu += node->self_cpu_ns;
    sum->overhead += node->overhead_ns;
    assert_int_equal(node->total_wall_ns, sum->wall);
    assert_int_equal(node->total_cpu_ns, sum->cpu);
    assert_int_equal(node->total_overhead_ns, sum->overhead);
}

/* The law of trees: parents first, no two children of one parent alike, total = self + children. */
static inline void
assert_is_tree(const prof_profile *profile)
{
    const prof_node *nodes = prof_profile_nodes(profile);
    uint32_t count = prof_profile_node_count(profile);
    subtree *sums = calloc(count, sizeof(*sums));
    assert_non_null(sums);
    for (uint32_t i = count - 1; i > 0; i--) {
        assert_true(nodes[i].parent < i);
        assert_true(nodes[i].frame < prof_profile_frame_count(profile));
        assert_total(&nodes[i], &sums[i]);
        sums[nodes[i].parent].wall += sums[i].wall;
        sums[nodes[i].parent].cpu += sums[i].cpu;
        sums[nodes[i].parent].overhead += sums[i].overhead;
    }
    assert_int_equal(nodes[0].parent, PROF_NO_PARENT);
    assert_total(&nodes[0], &sums[0]);
    free(sums);
}

static inline prof_profile *
harness_stop(harness *test)
{
    assert_int_equal(prof_session_stop(test->session, &test->profile), PROF_OK);
    assert_is_tree(test->profile);
    return test->profile;
}

static inline prof_summary
summary_of(const prof_profile *profile)
{
    prof_summary summary;
    prof_profile_summary(profile, &summary);
    return summary;
}

/* The only child with this name, or NULL. */
static inline const prof_node *
child_named(const prof_profile *profile, const prof_node *parent, const char *name, size_t length)
{
    const prof_node *nodes = prof_profile_nodes(profile);
    const prof_frame *frames = prof_profile_frames(profile);
    const prof_node *found = NULL;
    for (uint32_t i = 1; i < prof_profile_node_count(profile); i++) {
        const char *text = frames[nodes[i].frame].name;
        if (&nodes[nodes[i].parent] == parent && strlen(text) == length &&
            memcmp(text, name, length) == 0) {
            assert_null(found);
            found = &nodes[i];
        }
    }
    return found;
}

/* The node of a path, "" for the root; NULL when there is none. */
static inline const prof_node *
find_path(const prof_profile *profile, const char *path)
{
    const prof_node *node = prof_profile_nodes(profile);
    while (node != NULL && *path != '\0') {
        size_t length = strcspn(path, "/");
        node = child_named(profile, node, path, length);
        path += length;
        path += *path == '/';
    }
    return node;
}

static inline const prof_node *
get_path(const prof_profile *profile, const char *path)
{
    const prof_node *node = find_path(profile, path);
    if (node == NULL) {
        fail_msg("the profile has no node '%s'", path);
    }
    return node;
}

/* What a node must hold, in the order in which a table shows it. */
typedef struct expected {
    const char *path;
    uint64_t calls;
    uint64_t self_wall;
    uint64_t total_wall;
    uint64_t self_cpu;
    uint64_t total_cpu;
} expected;

static inline void
assert_nodes(const prof_profile *profile, const expected *rows, size_t count)
{
    char want[200];
    char have[200];
    for (size_t i = 0; i < count; i++) {
        const expected *row = &rows[i];
        const prof_node *node = get_path(profile, row->path);
        (void)snprintf(want, sizeof(want), "%s: calls %ju wall %ju/%ju cpu %ju/%ju", row->path,
                       (uintmax_t)row->calls, (uintmax_t)row->self_wall, (uintmax_t)row->total_wall,
                       (uintmax_t)row->self_cpu, (uintmax_t)row->total_cpu);
        (void)snprintf(have, sizeof(have), "%s: calls %ju wall %ju/%ju cpu %ju/%ju", row->path,
                       (uintmax_t)node->calls, (uintmax_t)node->self_wall_ns,
                       (uintmax_t)node->total_wall_ns, (uintmax_t)node->self_cpu_ns,
                       (uintmax_t)node->total_cpu_ns);
        assert_string_equal(have, want);
    }
    assert_int_equal(prof_profile_node_count(profile), count);
}

#define ASSERT_NODES(profile, rows) assert_nodes((profile), (rows), COUNT_OF(rows))

#endif
