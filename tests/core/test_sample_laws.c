/* SPDX-License-Identifier: MIT */
/* Random samples of several threads in several sessions, against a list of them that is added up by hand. */
#include <ctype.h>

#include "profile.h"
#include "sample.h"
#include "support/harness.h"
#include "support/model.h"

#define DEEPEST 10u
#define SAMPLES 1000u
#define SESSIONS 2u
#define THREADS 2u

/*
 * A place is a letter: a line of the frame that has the letter as its name, and another line if it is upper case.
 * Several keys are one place.
 */
#define PLACES "abcdefABCDdef"
#define KEYS ((uint32_t)sizeof(PLACES) - 1)

/* The profiler's own frame, a builtin, and a frame that stands for others. */
#define HIDDEN 'a'
#define BUILTIN 'b'
#define OVERFLOW '<'

typedef struct stack {
    uint64_t keys[DEEPEST]; /* the outermost first */
    uint32_t depth;
    bool deeper;
} stack;

/* A sample as the model knows it: places, the outermost first. */
typedef struct taken {
    model_path path;
    size_t thread;
    uint64_t end; /* since the session's start */
    uint64_t wall;
    uint64_t cpu;
    uint32_t ticks;
} taken;

typedef struct recording {
    harness test;
    uint32_t frames[26];  /* by letter */
    const uint64_t *keys; /* of the sample that is added */
    taken samples[SAMPLES];
    size_t count;
    bool starved; /* its timeline may have lost something */
} recording;

typedef struct thread {
    prof__path path;
    stack last;       /* what was sampled last, in which session and epoch */
    model_path shown; /* and what it meant then */
    uint64_t serial;
    uint64_t epoch;
    recording *recording;
} thread;

typedef struct options {
    uint32_t max_nodes;
    bool deeper;  /* some stacks are */
    bool hidden;  /* there are frames of the profiler */
    bool starved; /* memory runs out */
} options;

/* Too large for the stack; and its threads remember sessions that are gone. */
static struct {
    options options;
    recording recordings[SESSIONS];
    thread threads[THREADS];
    uint64_t random;
    uint64_t epoch;
    uint32_t asked; /* places since the last sample */
} world;

/* ---- model ---------------------------------------------------------------------------------------- */

/* What a thread did, one after another. */
typedef struct spells {
    size_t thread;
    model_path paths[2 * SAMPLES];
    uint64_t walls[2 * SAMPLES];
    size_t count;
    uint64_t end;
} spells;

typedef struct sums {
    model shown;    /* self times, and samples as calls */
    model overhead; /* what was taken out of them */
    model known;    /* the paths of places that the tree has room for: those that came first */
    size_t cut;
    size_t too_deep;
    size_t ticks;
    uint64_t wall;
    uint64_t cpu;
    spells *tracks; /* in the order in which the threads were seen */
    size_t track_count;
} sums;

static bool
is_known(model *known, const model_path *path, uint32_t limit)
{
    if (model_calls(known, path->names) == 0) {
        if (known->call_count == limit) {
            return false;
        }
        known->calls[known->call_count++] = *path;
    }
    return true;
}

/* The first frame that the tree has no room for becomes `rest`, and those in it vanish. */
static bool
cut(model *known, model_path *path, uint32_t limit, char rest)
{
    model_path prefix = {{0}};
    for (size_t depth = 0; path->names[depth] != '\0'; depth++) {
        prefix.names[depth] = path->names[depth];
        if (!is_known(known, &prefix, limit)) {
            prefix.names[depth] = rest;
            *path = prefix;
            return true;
        }
    }
    return false;
}

/* What a profile shows: frames, without those of the profiler and the builtins that they call. True: it was in one. */
static bool
show(model_path *path)
{
    bool hidden = false;
    model_path shown = {{0}};
    for (const char *place = path->names; *place != '\0'; place++) {
        char name = (char)tolower(*place);
        hidden = name == HIDDEN || (hidden && name == BUILTIN);
        if (!hidden) {
            shown.names[strlen(shown.names)] = name;
        }
    }
    *path = shown;
    return hidden;
}

static void
tell(spells *track, const model_path *path, uint64_t wall)
{
    if (wall > 0 &&
        (track->count == 0 || strcmp(track->paths[track->count - 1].names, path->names) != 0)) {
        track->paths[track->count++] = *path;
    }
    if (wall > 0) {
        track->walls[track->count - 1] += wall;
    }
    track->end += wall;
}

static void
tell_sample(sums *sum, const taken *sample, const model_path *path)
{
    static const model_path root = {{0}};
    spells *track = sum->tracks;
    while (track < sum->tracks + sum->track_count && track->thread != sample->thread) {
        track++;
    }
    if (track == sum->tracks + sum->track_count) {
        track->thread = sample->thread;
        sum->track_count++;
    }
    tell(track, &root, sample->end - sample->wall - track->end);
    tell(track, path, sample->wall);
}

static void
add_up(sums *sum, const taken *sample, uint32_t limit, char rest)
{
    model_path path = sample->path;
    sum->cut += cut(&sum->known, &path, limit, rest) ? sample->ticks : 0;
    bool hidden = show(&path);
    uint64_t cost = hidden ? sample->cpu : 0;
    sum->shown.open = sum->overhead.open = path;
    model_pass(&sum->shown, sample->wall - cost, sample->cpu - cost);
    model_pass(&sum->overhead, cost, cost);
    for (uint32_t i = 0; !hidden && i < sample->ticks; i++) {
        sum->shown.calls[sum->shown.call_count++] = path;
    }
    tell_sample(sum, sample, &path);
    sum->too_deep += sample->path.names[0] == OVERFLOW ? sample->ticks : 0;
    sum->ticks += sample->ticks;
    sum->wall += sample->wall;
    sum->cpu += sample->cpu;
}

static void
assert_profile(const prof_profile *profile, const sums *sum)
{
    uint64_t samples = 0;
    for (uint32_t i = 0; i < profile->node_count; i++) {
        const prof_node *node = &profile->nodes[i];
        const model_path path = model_path_of(profile, i);
        model_interval self = model_time(&sum->shown, path.names, false);
        assert_int_equal(node->self_wall_ns, self.wall);
        assert_int_equal(node->self_cpu_ns, self.cpu);
        assert_int_equal(node->overhead_ns, model_time(&sum->overhead, path.names, false).cpu);
        assert_int_equal(node->samples, model_calls(&sum->shown, path.names));
        assert_int_equal(node->calls, i == 0);
        samples += node->samples;
    }
    assert_int_equal(samples, sum->shown.call_count);
    assert_int_equal(profile->wall_ns, profile->nodes[0].total_wall_ns);
    assert_int_equal(profile->cpu_ns, profile->nodes[0].total_cpu_ns);
    assert_int_equal(profile->wall_ns + profile->overhead_ns, sum->wall);
    assert_int_equal(profile->cpu_ns + profile->overhead_ns, sum->cpu);
    assert_int_equal(profile->counters.samples, sum->ticks);
    assert_int_equal(profile->counters.too_deep, sum->too_deep);
}

static void
assert_timeline(const prof_profile *profile, const sums *sum)
{
    const prof_slice *slice = profile->slices;
    for (uint32_t i = 0; i < sum->track_count; i++) {
        const spells *track = &sum->tracks[i];
        for (size_t at = 0; at < track->count; at++, slice++) {
            assert_true(slice < profile->slices + profile->slice_count);
            assert_int_equal(slice->track, i);
            assert_string_equal(model_path_of(profile, slice->node).names, track->paths[at].names);
            assert_int_equal(slice->wall_ns, track->walls[at]);
        }
    }
    assert_ptr_equal(slice, profile->slices + profile->slice_count);
}

/* Ends the recording. Its tree had room for `limit` paths besides the root; beyond them is `rest`. */
static void
check(recording *record, uint32_t limit, char rest)
{
    sums sum = {0};
    model_init(&sum.shown, 2 * SAMPLES);
    model_init(&sum.overhead, SAMPLES);
    model_init(&sum.known, (size_t)SAMPLES * (DEEPEST + 1));
    sum.tracks = calloc(THREADS, sizeof(*sum.tracks));
    assert_non_null(sum.tracks);
    for (size_t i = 0; i < record->count; i++) {
        add_up(&sum, &record->samples[i], limit, rest);
    }
    const prof_profile *profile = harness_stop(&record->test);
    assert_profile(profile, &sum);
    assert_int_equal(profile->counters.overflow_calls, sum.cut);
    if (!record->starved) {
        assert_timeline(profile, &sum);
    }
    free(sum.tracks);
    model_deinit(&sum.shown);
    model_deinit(&sum.overhead);
    model_deinit(&sum.known);
    harness_end(&record->test);
}

/* ---- random samples ------------------------------------------------------------------------------- */

/* What a key means as long as the epoch is the same. */
static char
place_of(uint64_t key)
{
    uint64_t number = key / 4096 - 1;
    char place = PLACES[(number + world.epoch) % KEYS];
    return (char)(world.options.hidden ? place : place + 2);
}

static prof__place
find_place(void *context, uint32_t index)
{
    const recording *record = context;
    char place = place_of(record->keys[index]);
    world.asked++;
    return (prof__place){record->frames[tolower(place) - 'a'], isupper(place) ? 7 : 8};
}

static recording *
start(size_t index, uint32_t max_nodes)
{
    recording *record = &world.recordings[index];
    prof__tree *tree;
    record->count = 0;
    record->starved = false;
    harness_start(&record->test, 1.0, max_nodes, 0);
    assert_int_equal(prof__session_add_tree(record->test.session, &tree), PROF_OK);
    record->test.session->sampled = true;
    for (char letter = 'a'; letter <= 'z'; letter++) {
        const char name[] = {letter, '\0'};
        prof_kind kind = letter == BUILTIN ? PROF_KIND_BUILTIN : PROF_KIND_PYTHON;
        record->frames[letter - 'a'] = harness_frame_of(&record->test, name, kind);
    }
    record->frames[HIDDEN - 'a'] = PROF__FRAME_HIDDEN;
    return record;
}

/* Mostly it begins as the one before; often it is the same. */
static stack
next_stack(const stack *before)
{
    stack next = *before;
    next.deeper = world.options.deeper && random_below(&world.random, 6) == 0;
    if (random_below(&world.random, 4) > 0) {
        next.depth -= random_below(&world.random, next.depth + 1);
        for (uint32_t more = random_below(&world.random, DEEPEST - next.depth + 1); more > 0;
             more--) {
            uint32_t key = random_below(&world.random, KEYS);
            next.keys[next.depth++] = 4096 * ((uint64_t)key + 1);
        }
    }
    return next;
}

/* How many places need no asking: those that the thread's last sample has in common with this one. */
static uint32_t
frames_known(const thread *self, const stack *next)
{
    uint32_t common = 0;
    if (self->serial == self->recording->test.session->serial && self->epoch == world.epoch &&
        self->last.deeper == next->deeper) {
        while (common < self->last.depth && common < next->depth &&
               self->last.keys[common] == next->keys[common]) {
            common++;
        }
    }
    return common;
}

static void
record_sample(recording *record, const stack *now, const prof__sample *sample)
{
    taken *copy = &record->samples[record->count++];
    *copy = (taken){.thread = sample->thread,
                    .end = sample->end_ns - record->test.session->start_ns,
                    .wall = sample->wall_ns,
                    .cpu = sample->cpu_ns,
                    .ticks = sample->ticks};
    char *end = copy->path.names;
    if (now->deeper) {
        *end++ = OVERFLOW;
    }
    for (uint32_t depth = 0; depth < now->depth; depth++) {
        *end++ = place_of(now->keys[depth]);
    }
}

/* The thread waits where it was, whatever its keys mean now; or it was in another session. */
static void
take_again(thread *self)
{
    recording *record = self->recording;
    uint64_t wall = random_below(&world.random, 1000);
    bool was_here = self->serial == record->test.session->serial;
    fake_clock_run(&record->test.clock, was_here ? wall : 0);
    const prof__sample sample = {.thread = (uint64_t)(self - world.threads),
                                 .end_ns = record->test.clock.wall_ns,
                                 .wall_ns = wall,
                                 .ticks = random_below(&world.random, 3)};
    prof__sample_again(record->test.session, &sample, &self->path);
    if (was_here) {
        record_sample(record, &(stack){0}, &sample);
        record->samples[record->count - 1].path = self->shown;
    }
}

static void
take_sample(thread *self)
{
    recording *record = self->recording;
    stack next = next_stack(&self->last);
    uint64_t keys[DEEPEST];
    for (uint32_t depth = 0; depth < next.depth; depth++) {
        keys[next.depth - 1 - depth] = next.keys[depth];
    }
    uint64_t wall = random_below(&world.random, 1000);
    uint64_t cpu = random_below(&world.random, (uint32_t)wall + 1);
    fake_clock_run(&record->test.clock, wall);
    const prof__sample sample = {.keys = keys,
                                 .depth = next.depth,
                                 .deeper = next.deeper,
                                 .ticks = 1,
                                 .thread = (uint64_t)(self - world.threads),
                                 .end_ns = record->test.clock.wall_ns,
                                 .wall_ns = wall,
                                 .cpu_ns = cpu};
    world.asked = 0;
    record->keys = keys;
    prof__sample_add(record->test.session, &sample, &self->path, world.epoch, find_place, record);
    uint32_t unknown = next.depth - frames_known(self, &next);
    assert_true(world.options.starved || world.asked == unknown);
    record_sample(record, &next, &sample);
    self->last = next;
    self->shown = record->samples[record->count - 1].path;
    self->serial = record->test.session->serial;
    self->epoch = world.epoch;
}

/* Threads change sessions now and then, and keys their meaning. */
static void
run(uint64_t seed, options wanted)
{
    print_message("seed %ju\n", (uintmax_t)seed);
    world.options = wanted;
    world.random = seed;
    for (size_t i = 0; i < THREADS; i++) {
        world.threads[i].recording = &world.recordings[i];
    }
    while (world.recordings[0].count < SAMPLES && world.recordings[1].count < SAMPLES) {
        thread *self = &world.threads[random_below(&world.random, THREADS)];
        if (random_below(&world.random, 8) == 0) {
            self->recording = &world.recordings[random_below(&world.random, SESSIONS)];
        }
        world.epoch += random_below(&world.random, 60) == 0;
        if (random_below(&world.random, 5) == 0) {
            take_again(self);
        } else {
            take_sample(self);
        }
    }
}

static void
compare(uint64_t seeds, options wanted)
{
    uint32_t limit = wanted.max_nodes == 0 ? UINT32_MAX : wanted.max_nodes - 1;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        recording *records[SESSIONS] = {start(0, wanted.max_nodes), start(1, wanted.max_nodes)};
        run(seed, wanted);
        check(records[0], limit, OVERFLOW);
        check(records[1], limit, OVERFLOW);
    }
}

/* ---- laws ----------------------------------------------------------------------------------------- */

static void
a_profile_is_the_sum_of_its_samples(void **state)
{
    (void)state;
    compare(5, (options){0});
}

static void
frames_of_the_profiler_melt_into_their_parents(void **state)
{
    (void)state;
    compare(5, (options){.hidden = true});
}

static void
stacks_without_their_outermost_frames_are_in_an_overflow_frame(void **state)
{
    (void)state;
    compare(5, (options){.deeper = true});
}

static void
paths_past_the_limit_end_in_an_overflow_frame(void **state)
{
    (void)state;
    static const uint32_t limits[] = {1, 2, 10, 100, 500};
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        compare(2, (options){.max_nodes = limits[i]});
        compare(2, (options){.max_nodes = limits[i], .deeper = true, .hidden = true});
    }
}

/* When the tree cannot grow any more, the time of a path that it does not have is that of the frame above. */
static void
without_memory_time_goes_to_the_parent(void **state)
{
    (void)state;
    uint64_t mappings = 0;
    for (bool failed = true; failed; mappings++) {
        recording *record = start(0, 0);
        recording *other = start(1, 0);
        record->test.memory.fail_at = record->test.memory.calls + mappings + 1;
        record->test.memory.fail_after = true;
        record->starved = true;
        run(mappings + 1, (options){.starved = true});
        failed = record->test.memory.calls >= record->test.memory.fail_at;
        check(record, record->test.session->trees->cct.count - 1, '\0');
        check(other, UINT32_MAX, OVERFLOW);
    }
    assert_true(mappings > 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_is_the_sum_of_its_samples),
        cmocka_unit_test(frames_of_the_profiler_melt_into_their_parents),
        cmocka_unit_test(stacks_without_their_outermost_frames_are_in_an_overflow_frame),
        cmocka_unit_test(paths_past_the_limit_end_in_an_overflow_frame),
        cmocka_unit_test(without_memory_time_goes_to_the_parent),
    };
    return cmocka_run_group_tests_name("sample laws", tests, NULL, NULL);
}
