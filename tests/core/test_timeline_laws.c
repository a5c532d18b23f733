/* SPDX-License-Identifier: MIT */
/* Random stretches of several threads, against a list of what each thread did that is never thinned. */
#include "support/timelines.h"

#define STRETCHES 3000u
#define MOST_THREADS 6u

/* What a thread did without a break. Times are those since the start. */
typedef struct spell {
    char node;
    uint64_t begin_ns;
    uint64_t end_ns;
    uint64_t longest_ns; /* of the stretches that it was told in */
} spell;

typedef struct record {
    spell spells[2 * STRETCHES];
    size_t count;
    char node; /* in which the thread is */
} record;

static record records[MOST_THREADS];

/* ---- model ---------------------------------------------------------------------------------------- */

static uint64_t
end_of(const record *self)
{
    return self->count == 0 ? 0 : self->spells[self->count - 1].end_ns;
}

static void
tell(record *self, char node, uint64_t end_ns)
{
    uint64_t begin_ns = end_of(self);
    if (begin_ns >= end_ns) {
        return;
    }
    if (self->count == 0 || self->spells[self->count - 1].node != node) {
        self->spells[self->count++] = (spell){.node = node, .begin_ns = begin_ns};
    }
    spell *last = &self->spells[self->count - 1];
    last->end_ns = end_ns;
    last->longest_ns = end_ns - begin_ns > last->longest_ns ? end_ns - begin_ns : last->longest_ns;
}

static void
tell_stretch(record *self, char node, uint64_t end_ns, uint64_t wall_ns)
{
    if (end_ns > end_of(self)) {
        tell(self, '-', wall_ns < end_ns ? end_ns - wall_ns : 0);
        tell(self, node, end_ns);
    }
}

/* For how long the node ran between two times. */
static uint64_t
time_of(const record *self, char node, uint64_t begin_ns, uint64_t end_ns)
{
    uint64_t sum_ns = 0;
    for (size_t i = 0; i < self->count; i++) {
        const spell *at = &self->spells[i];
        uint64_t from_ns = at->begin_ns > begin_ns ? at->begin_ns : begin_ns;
        uint64_t to_ns = at->end_ns < end_ns ? at->end_ns : end_ns;
        sum_ns += at->node == node && from_ns < to_ns ? to_ns - from_ns : 0;
    }
    return sum_ns;
}

/* ---- laws ----------------------------------------------------------------------------------------- */

static char
node_at(const prof__track *track, uint64_t ns)
{
    uint64_t end_ns = 0;
    slice_walk walk = {.chunk = track->first};
    for (const prof__slice *slice; (slice = slice_walk_next(&walk)) != NULL;) {
        end_ns += slice->wall_ns;
        if (ns < end_ns) {
            return timelines_letter(slice->node);
        }
    }
    fail_msg("the track ends before %ju", (uintmax_t)ns);
    return '?';
}

static void
assert_slices_have_nodes_that_ran(const prof__track *track, const record *self)
{
    uint64_t begin_ns = 0;
    slice_walk walk = {.chunk = track->first};
    for (const prof__slice *slice; (slice = slice_walk_next(&walk)) != NULL;) {
        uint64_t end_ns = begin_ns + slice->wall_ns;
        assert_true(time_of(self, timelines_letter(slice->node), begin_ns, end_ns) > 0);
        begin_ns = end_ns;
    }
    assert_int_equal(begin_ns, end_of(self));
}

/* A spell can begin in a slice of the one before it and end in that of the next, both hardly longer than they must be. */
static void
assert_long_spells_are_there(const prof__timeline *timeline, const prof__track *track,
                             const record *self)
{
    for (size_t i = 0; i < self->count; i++) {
        const spell *at = &self->spells[i];
        uint64_t length_ns = at->end_ns - at->begin_ns;
        if (length_ns > 4 * (timeline->resolution_ns + at->longest_ns) ||
            (length_ns == at->longest_ns && length_ns > 2 * timeline->resolution_ns)) {
            assert_int_equal(node_at(track, at->begin_ns + length_ns / 2), at->node);
        }
    }
}

static void
assert_laws(const timelines *test, uint32_t threads)
{
    assert_timeline_laws(&test->timeline);
    for (uint32_t thread = 0; thread < threads; thread++) {
        const prof__track *track = timelines_find(test, thread);
        if (track != NULL && track->first != NULL) {
            assert_slices_have_nodes_that_ran(track, &records[thread]);
            assert_long_spells_are_there(&test->timeline, track, &records[thread]);
        }
    }
}

/* ---- random stretches ----------------------------------------------------------------------------- */

/* Mostly they are short; some overlap, some leave gaps, some come too late, and some say more than can be. */
static void
add_random(timelines *test, uint32_t threads, uint64_t *random, uint64_t *now_ns)
{
    uint32_t thread = random_below(random, threads);
    uint32_t longest_ns = random_below(random, 40) == 0 ? 5000 : 30;
    uint64_t wall_ns = random_below(random, longest_ns);
    *now_ns += random_below(random, 3) == 0 ? random_below(random, longest_ns) : wall_ns;
    uint64_t end_ns = random_below(random, 20) == 0 ? *now_ns / 2 : *now_ns;
    record *self = &records[thread];
    if (random_below(random, 3) == 0) {
        self->node = (char)('a' + random_below(random, 4));
    }
    timelines_add(test, thread, end_ns, wall_ns, self->node);
    const prof__track *track = timelines_find(test, thread);
    if (track != NULL && track->first != NULL) {
        tell_stretch(self, self->node, end_ns, wall_ns);
    }
}

static void
run(timelines *test, uint64_t seed, uint32_t threads, uint32_t max_slices)
{
    uint64_t random = seed;
    uint64_t now_ns = 0;
    print_message("seed %ju\n", (uintmax_t)seed);
    timelines_start(test, max_slices);
    for (size_t i = 0; i < MOST_THREADS; i++) {
        records[i].count = 0;
        records[i].node = 'a';
    }
    for (uint32_t i = 0; i < STRETCHES; i++) {
        add_random(test, threads, &random, &now_ns);
        if (i % 300 == 299) {
            assert_laws(test, threads);
        }
    }
}

static void
a_timeline_with_room_has_every_spell(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        timelines test;
        run(&test, seed, MOST_THREADS, 2 * STRETCHES);
        for (uint32_t thread = 0; thread < MOST_THREADS; thread++) {
            slice_walk walk = {.chunk = timelines_find(&test, thread)->first};
            for (size_t i = 0; i < records[thread].count; i++) {
                const spell *wanted = &records[thread].spells[i];
                const prof__slice *slice = slice_walk_next(&walk);
                assert_non_null(slice);
                assert_int_equal(timelines_letter(slice->node), wanted->node);
                assert_int_equal(slice->wall_ns, wanted->end_ns - wanted->begin_ns);
            }
            assert_null(slice_walk_next(&walk));
        }
        timelines_end(&test);
    }
}

static void
a_thinned_timeline_keeps_the_laws(void **state)
{
    (void)state;
    static const uint32_t max_slices[] = {1, 2, 3, 5, 8, 40, 127, 128, 500, 1000};
    for (size_t i = 0; i < COUNT_OF(max_slices); i++) {
        for (uint64_t seed = 1; seed <= MOST_THREADS; seed++) {
            timelines test;
            run(&test, seed, (uint32_t)seed, max_slices[i]);
            assert_true(test.timeline.resolution_ns > 0);
            timelines_end(&test);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timeline_with_room_has_every_spell),
        cmocka_unit_test(a_thinned_timeline_keeps_the_laws),
    };
    return cmocka_run_group_tests_name("timeline_laws", tests, NULL, NULL);
}
