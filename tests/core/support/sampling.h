/* SPDX-License-Identifier: MIT */
/* A session whose samples are written down as stacks of letters and lines. */
#ifndef PROF_TESTS_SAMPLING_H
#define PROF_TESTS_SAMPLING_H

#include "harness.h"
#include "sample.h"

/* A letter and a line, in which the letter's frame runs. The frame of z is the profiler's own. */
#define KEY(letter, line) (UINT64_C(4096) * (letter) + (line))

typedef struct sampling {
    harness test;
    prof__path path;
    uint32_t frames['z' + 1];
    const uint64_t *keys; /* of the sample that is added */
    uint64_t thread;      /* whose samples are added */
    uint32_t asked;       /* places of the last one that were not known */
} sampling;

static inline prof__place
sampling__find_place(void *context, uint32_t index)
{
    sampling *record = context;
    record->asked++;
    uint64_t key = record->keys[index];
    return (prof__place){record->frames[key / 4096], (uint32_t)(key % 4096)};
}

static inline void
sampling_start(sampling *record)
{
    prof__tree *tree;
    *record = (sampling){0};
    harness_start(&record->test, 1.0, 0, 0);
    assert_int_equal(prof__session_add_tree(record->test.session, &tree), PROF_OK);
    record->test.session->sampled = true;
    for (char letter = 'a'; letter < 'z'; letter++) {
        record->frames[(int)letter] =
            harness_frame_of(&record->test, (const char[]){letter, '\0'}, PROF_KIND_PYTHON);
    }
    record->frames['z'] = PROF__FRAME_HIDDEN;
}

/*
 * The thread's stack, the innermost frame first, ended by 0. It was this one for the last `wall` ns. Returns what it has
 * taken of the CPU time.
 */
static inline uint64_t
sampling_add_now(sampling *record, const uint64_t *keys, uint64_t wall, uint64_t cpu)
{
    uint32_t depth = 0;
    while (keys[depth] != 0) {
        depth++;
    }
    const prof__sample sample = {
        .keys = keys,
        .depth = depth,
        .deeper = depth == PROF__SAMPLE_FRAMES,
        .ticks = 1,
        .thread = record->thread,
        .end_ns = record->test.clock.wall_ns,
        .wall_ns = wall,
        .cpu_ns = cpu,
    };
    record->keys = keys;
    record->asked = 0;
    return prof__sample_add(record->test.session, &sample, &record->path, 0, sampling__find_place,
                            record);
}

/* It was this one until `wall` from now. */
static inline void
sampling_add(sampling *record, const uint64_t *keys, uint64_t wall, uint64_t cpu)
{
    fake_clock_run(&record->test.clock, wall);
    (void)sampling_add_now(record, keys, wall, cpu);
}

/* What heap_sweep runs on the session. */
static inline prof_status
sampling_snapshot(void *context)
{
    prof_profile *profile = NULL;
    prof_status status = prof__snapshot(context, &profile);
    prof_profile_destroy(profile);
    return status;
}

#endif
