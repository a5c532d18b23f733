/* SPDX-License-Identifier: MIT */
/* Profiles without a session: from a table of paths, or drawn at random. */
#ifndef PROF_TESTS_BUILD_H
#define PROF_TESTS_BUILD_H

#include "harness.h"
#include "profile_builder.h"

/* A node: names from the root, "a/b"; "" is the root. */
typedef struct row {
    const char *path;
    uint64_t calls;
    uint64_t wall;
    uint64_t cpu;
    uint64_t await;
    uint64_t samples;
    uint64_t overhead;
} row;

/* Finds or adds a frame of kind python in app.py; its line is the length of its name. */
static inline uint32_t
build_frame(prof__builder *builder, const char *name, size_t length)
{
    char copy[64];
    uint32_t index = 0;
    assert_true(length < sizeof(copy));
    memcpy(copy, name, length);
    copy[length] = '\0';
    const prof_frame frame = {
        .name = copy, .file = "app.py", .line = (uint32_t)length, .kind = PROF_KIND_PYTHON};
    assert_int_equal(prof__builder_frame(builder, &frame, &index), PROF_OK);
    return index;
}

static inline uint32_t
build_path(prof__builder *builder, const char *path)
{
    uint32_t node = 0;
    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        uint32_t frame = build_frame(builder, path, length);
        assert_int_equal(prof__builder_child(builder, node, frame, &node), PROF_OK);
        path += length;
        path += *path == '/';
    }
    return node;
}

static inline void
build_row(prof__builder *builder, const row *values)
{
    const prof_node node = {
        .calls = values->calls,
        .self_wall_ns = values->wall,
        .self_cpu_ns = values->cpu,
        .await_ns = values->await,
        .samples = values->samples,
        .overhead_ns = values->overhead,
    };
    prof__builder_add(builder, build_path(builder, values->path), &node);
}

/* Hands the builder's profile over and ends the builder. */
static inline prof_profile *
build_finish(prof__builder *builder)
{
    prof_profile *profile = NULL;
    assert_int_equal(prof__builder_finish(builder, &profile), PROF_OK);
    prof__builder_destroy(builder);
    return profile;
}

static inline prof_profile *
build_profile(const row *rows, size_t count, const prof_summary *summary)
{
    prof__builder *builder = prof__builder_create(0, 0);
    assert_non_null(builder);
    for (size_t i = 0; i < count; i++) {
        build_row(builder, &rows[i]);
    }
    if (summary != NULL) {
        assert_int_equal(prof__builder_summary(builder, summary), PROF_OK);
    }
    return build_finish(builder);
}

#define BUILD(rows) build_profile((rows), COUNT_OF(rows), NULL)
#define BUILD_WITH(rows, summary) build_profile((rows), COUNT_OF(rows), (summary))

/* One frame calling itself; each level has one call, 3 ns of wall and 2 ns of CPU time of its own. */
static inline prof_profile *
build_recursion(uint32_t depth)
{
    prof__builder *builder = prof__builder_create(0, 0);
    assert_non_null(builder);
    uint32_t frame = build_frame(builder, "f", 1);
    uint32_t node = 0;
    const prof_node values = {.calls = 1, .self_wall_ns = 3, .self_cpu_ns = 2};
    for (uint32_t i = 0; i < depth; i++) {
        assert_int_equal(prof__builder_child(builder, node, frame, &node), PROF_OK);
        prof__builder_add(builder, node, &values);
    }
    return build_finish(builder);
}

/* Names that exporters and documents could stumble over. */
static const char *const build_odd_names[] = {
    "f",
    "g",
    "<lambda>",
    "a;b",
    "line\nbreak",
    "quote\"back\\slash",
    "",
    "\xC3\xA9t\xC3\xA9",
    "not utf-8 \xFF",
    "(7) compressed",
};

static inline uint64_t
build_random_value(uint64_t *state)
{
    return random_below(state, 4) == 0 ? 0 : next_random(state) >> (20 + random_below(state, 40));
}

static inline void
build_random_summary(prof__builder *builder, uint64_t *state)
{
    static const char *const names[] = {"", "GET /", "caf\xC3\xA9"};
    static const char *const engines[] = {"trace", "sample", "sample+trace"};
    static const char *const started[] = {"", "2026-11-24T10:00:00.000000Z",
                                          "2025-01-02T03:04:05.678901Z"};
    static const char *const metadata[] = {"{}", "{\"b\":[1,2.5],\"a\":{\"z\":null,\"y\":true}}",
                                           "{\"a\":{\"y\":true,\"z\":null}}"};
    const prof_summary summary = {
        .name = names[random_below(state, 3)],
        .engine = engines[random_below(state, 3)],
        .started = started[random_below(state, 3)],
        .metadata = metadata[random_below(state, 3)],
        .wall_ns = build_random_value(state),
        .cpu_ns = build_random_value(state),
        .overhead_ns = build_random_value(state),
        .counters = {.events = build_random_value(state), .merged = random_below(state, 3)},
    };
    assert_int_equal(prof__builder_summary(builder, &summary), PROF_OK);
}

/* Adds to a line of the frame with this name; each column has a multiple of `value`. */
static inline void
build_line(prof__builder *builder, const char *name, uint32_t line, uint64_t value)
{
    const prof_line values = {
        .frame = build_frame(builder, name, strlen(name)),
        .line = line,
        .samples = value,
        .self_wall_ns = 2 * value,
        .self_cpu_ns = 3 * value,
        .total_wall_ns = 4 * value,
        .total_cpu_ns = 5 * value,
    };
    assert_int_equal(prof__builder_line(builder, &values), PROF_OK);
}

static inline void
assert_line(const prof_line *have, uint32_t frame, uint32_t line, uint64_t value)
{
    assert_int_equal(have->frame, frame);
    assert_int_equal(have->line, line);
    assert_int_equal(have->samples, value);
    assert_int_equal(have->self_wall_ns, 2 * value);
    assert_int_equal(have->self_cpu_ns, 3 * value);
    assert_int_equal(have->total_wall_ns, 4 * value);
    assert_int_equal(have->total_cpu_ns, 5 * value);
}

/* Half of the profiles have lines: few for each frame, so that some come again. */
static inline void
build_random_lines(prof__builder *builder, uint64_t *state)
{
    uint32_t frames = prof__builder_frame_count(builder);
    uint32_t wanted = frames == 1 || random_below(state, 2) == 0 ? 0 : random_below(state, 50);
    for (uint32_t i = 0; i < wanted; i++) {
        const prof_line line = {
            .frame = 1 + random_below(state, frames - 1),
            .line = random_below(state, 2) == 0 ? random_below(state, 3) : UINT32_MAX,
            .samples = build_random_value(state),
            .self_wall_ns = build_random_value(state),
            .self_cpu_ns = build_random_value(state),
            .total_wall_ns = build_random_value(state),
            .total_cpu_ns = build_random_value(state),
        };
        assert_int_equal(prof__builder_line(builder, &line), PROF_OK);
    }
}

/* Half of the profiles have a timeline: of few threads, some of which did nothing. */
static inline void
build_random_timeline(prof__builder *builder, uint64_t *state)
{
    uint32_t nodes = prof__builder_node_count(builder);
    uint32_t wanted = random_below(state, 2) == 0 ? 0 : random_below(state, 50);
    prof_slice slice = {.track = 0};
    for (uint32_t i = 0; i < wanted; i++) {
        slice.track += random_below(state, 10) == 0 ? random_below(state, 3) : 0;
        slice.node = random_below(state, nodes);
        slice.wall_ns = build_random_value(state);
        assert_int_equal(prof__builder_slice(builder, &slice), PROF_OK);
    }
}

/* Up to `max_nodes` nodes over few frames, so that recursion is common. */
static inline prof_profile *
build_random(uint64_t *state, uint32_t max_nodes)
{
    prof__builder *builder = prof__builder_create(0, 0);
    assert_non_null(builder);
    uint32_t wanted = random_below(state, max_nodes);
    for (uint32_t i = 0; i < wanted; i++) {
        uint32_t parent = random_below(state, prof__builder_node_count(builder));
        const prof_frame frame = {
            .name = build_odd_names[random_below(state, COUNT_OF(build_odd_names))],
            .file = random_below(state, 2) == 0 ? "" : "/srv/app/m\xFF.py",
            .line = random_below(state, 2),
            .kind = 1 + random_below(state, 2),
        };
        uint32_t index;
        uint32_t node;
        assert_int_equal(prof__builder_frame(builder, &frame, &index), PROF_OK);
        assert_int_equal(prof__builder_child(builder, parent, index, &node), PROF_OK);
        const prof_node values = {
            .calls = build_random_value(state),
            .self_wall_ns = build_random_value(state),
            .self_cpu_ns = build_random_value(state),
            .await_ns = build_random_value(state),
            .samples = build_random_value(state),
            .overhead_ns = build_random_value(state),
        };
        prof__builder_add(builder, node, &values);
    }
    build_random_lines(builder, state);
    build_random_timeline(builder, state);
    build_random_summary(builder, state);
    return build_finish(builder);
}

/* The document; the caller frees it. */
static inline char *
document_of(const prof_profile *profile)
{
    prof_bytes document;
    assert_int_equal(prof_document_write(profile, &document), PROF_OK);
    assert_int_equal(strlen(document.bytes), document.length);
    return document.bytes;
}

static inline void
assert_same_document(const prof_profile *a, const prof_profile *b)
{
    char *left = document_of(a);
    char *right = document_of(b);
    assert_string_equal(left, right);
    free(left);
    free(right);
}

#endif
