/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "reserve.h"
#include "sample.h"
#include "support/harness.h"
#include "support/heap.h"

#define PAGE ((size_t)4096)
#define RESERVE_BYTES ((size_t)4 << 20)
#define GARBAGE 0x5A

static prof__reserve *
create(size_t size)
{
    prof__reserve *reserve = prof__reserve_create(size);
    assert_non_null(reserve);
    return reserve;
}

static char *
take(prof__reserve *reserve, size_t size)
{
    const prof_memory memory = prof__reserve_memory(reserve);
    return prof__memory_map(&memory, size);
}

static bool
is_filled_with(const char *bytes, char value, size_t size)
{
    return size == 0 || (bytes[0] == value && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static void
a_size_is_rounded_up_to_pages(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, PAGE - 1, PAGE, PAGE + 1, RESERVE_BYTES - 1, RESERVE_BYTES};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        prof__reserve *reserve = create(sizes[i]);
        size_t size = prof__reserve_size(reserve);
        assert_int_equal(size, prof__memory_pages(sizes[i]));
        char *all = take(reserve, size);
        assert_non_null(all);
        memset(all, GARBAGE, size); /* to the last byte */
        assert_int_equal(prof__reserve_size(reserve), size);
        prof__reserve_destroy(reserve);
    }
}

static void
what_the_system_cannot_map_is_no_reserve(void **state)
{
    (void)state;
    assert_null(prof__reserve_create(0));
    assert_null(prof__reserve_create(SIZE_MAX / 2));
    assert_null(prof__reserve_create(SIZE_MAX)); /* rounded up it is 0 */
    prof__reserve_destroy(NULL);
}

static prof_status
create_once(void *context)
{
    (void)context;
    prof__reserve *reserve = prof__reserve_create(RESERVE_BYTES);
    prof__reserve_destroy(reserve);
    return reserve == NULL ? PROF_NO_MEMORY : PROF_OK;
}

static void
without_memory_there_is_no_reserve(void **state)
{
    (void)state;
    assert_int_equal(heap_sweep(create_once, NULL), 2);
}

/* More than most machines have: what is not touched costs nothing. */
static void
address_space_is_not_memory(void **state)
{
    (void)state;
    const size_t size = (size_t)64 << 30;
    prof__reserve *reserve = create(size);
    char *first = take(reserve, size - PAGE);
    char *last = take(reserve, PAGE);
    first[0] = last[PAGE - 1] = GARBAGE;
    assert_null(take(reserve, PAGE));
    prof__reserve_destroy(reserve);
}

/* Far more in turn than there are addresses. */
static void
a_reserve_gives_its_addresses_back(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++) {
        prof__reserve_destroy(create((size_t)64 << 30));
    }
}

/* ---- pieces --------------------------------------------------------------------------------------- */

typedef struct piece {
    char *bytes;
    size_t size;
} piece;

/*
 * Takes pieces until nothing is left, each with a mark of its own; gives their number. A piece is refused when, and
 * only when, there is no room for it.
 */
static size_t
take_all(prof__reserve *reserve, uint64_t *random, piece *pieces)
{
    size_t count = 0;
    for (size_t left = prof__reserve_size(reserve); left > 0;) {
        size_t size = PAGE * (1 + random_below(random, 16));
        char *bytes = take(reserve, size);
        assert_int_equal(bytes != NULL, size <= left);
        if (bytes != NULL) {
            assert_true(is_filled_with(bytes, 0, size));
            memset(bytes, (int)(1 + count % 100), size);
            pieces[count++] = (piece){bytes, size};
            left -= size;
        }
    }
    return count;
}

static void
pieces_are_clean_and_apart_each_time(void **state)
{
    (void)state;
    static piece pieces[RESERVE_BYTES / PAGE];
    uint64_t random = 3;
    prof__reserve *reserve = create(RESERVE_BYTES);
    for (int round = 0; round < 5; round++) {
        size_t count = take_all(reserve, &random, pieces);
        assert_null(take(reserve, 1));
        for (size_t i = 0; i < count; i++) {
            assert_true(is_filled_with(pieces[i].bytes, (char)(1 + i % 100), pieces[i].size));
        }
        prof__reserve_reset(reserve);
    }
    prof__reserve_destroy(reserve);
}

static void
a_piece_that_comes_back_is_not_given_to_another(void **state)
{
    (void)state;
    prof__reserve *reserve = create(2 * PAGE);
    const prof_memory memory = prof__reserve_memory(reserve);
    char *bytes = take(reserve, PAGE);
    memset(bytes, GARBAGE, PAGE);
    prof__memory_unmap(&memory, bytes, PAGE);
    assert_true(is_filled_with(bytes, GARBAGE, PAGE));
    assert_ptr_equal(take(reserve, PAGE), bytes + PAGE);
    assert_null(take(reserve, PAGE));
    assert_true(is_filled_with(bytes, GARBAGE, PAGE));
    prof__reserve_destroy(reserve);
}

/* ---- reset ---------------------------------------------------------------------------------------- */

static size_t
page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t
bytes_in_memory(char *bytes, size_t size)
{
    static unsigned char pages[RESERVE_BYTES / PAGE];
    size_t page = page_size();
    size_t present = 0;
    assert_int_equal(mincore(bytes, size, pages), 0);
    for (size_t i = 0; i < size / page; i++) {
        present += (pages[i] & 1u) * page;
    }
    return present;
}

/* Whatever was used of it: the first bytes stay, the rest goes, and all is clean. */
static void
a_reset_keeps_the_beginning_and_gives_back_the_rest(void **state)
{
    (void)state;
    static const size_t sizes[] = {0,
                                   PAGE,
                                   PROF__RESERVE_KEPT - PAGE,
                                   PROF__RESERVE_KEPT,
                                   PROF__RESERVE_KEPT + PAGE,
                                   RESERVE_BYTES};
    prof__reserve *reserve = create(RESERVE_BYTES);
    char *begin = take(reserve, 0);
    (void)madvise(begin, RESERVE_BYTES, MADV_NOHUGEPAGE); /* or a byte can bring 2 MiB */
    assert_int_equal(bytes_in_memory(begin, RESERVE_BYTES), 0);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        prof__reserve_reset(reserve);
        assert_ptr_equal(take(reserve, sizes[i]), begin);
        memset(begin, GARBAGE, sizes[i]);
        prof__reserve_reset(reserve);
        size_t kept = sizes[i] < PROF__RESERVE_KEPT ? sizes[i] : PROF__RESERVE_KEPT;
        assert_uint_in_range(bytes_in_memory(begin, RESERVE_BYTES), kept, kept + page_size() - 1);
        assert_true(is_filled_with(begin, 0, RESERVE_BYTES));
        assert_int_equal(madvise(begin, RESERVE_BYTES, MADV_DONTNEED), 0);
    }
    prof__reserve_destroy(reserve);
}

/* The system takes no page back that is locked. */
static void
what_is_not_taken_back_is_wiped(void **state)
{
    (void)state;
    prof__reserve *reserve = create(RESERVE_BYTES);
    char *begin = take(reserve, RESERVE_BYTES);
    char *locked = begin + PROF__RESERVE_KEPT + 16 * PAGE;
    if (mlock(locked, PAGE) != 0) {
        prof__reserve_destroy(reserve);
        skip();
    }
    memset(begin, GARBAGE, RESERVE_BYTES);
    prof__reserve_reset(reserve);
    assert_true(is_filled_with(begin, 0, RESERVE_BYTES));
    prof__reserve_destroy(reserve);
}

/* ---- a session on reserved memory ----------------------------------------------------------------- */

#define DEPTH 12u
#define SAMPLE_NS 5u

typedef struct sampled {
    prof__reserve *reserve;
    fake_clock clock;
    prof_session *session;
    prof__path path;
    const uint64_t *keys; /* of the sample that is added */
    uint64_t random;
    uint64_t samples;
} sampled;

static void
start(sampled *test, prof__reserve *reserve)
{
    *test = (sampled){.reserve = reserve, .random = 9};
    fake_clock_init(&test->clock, 1.0);
    const prof_clock clock = fake_clock_clock(&test->clock);
    const prof_memory memory = prof__reserve_memory(reserve);
    const prof_options options = {.engine = "sample", .clock = &clock, .memory = &memory};
    prof__tree *tree;
    assert_int_equal(prof_session_create(&options, &test->session), PROF_OK);
    assert_int_equal(prof__session_add_tree(test->session, &tree), PROF_OK);
    test->session->sampled = true;
}

/* Every key is a frame of its own, which is learned as in the sampler's handler. */
static prof__place
find_place(void *context, uint32_t index)
{
    const sampled *test = context;
    prof__frame_table *frames = &test->session->frames;
    uint32_t id = prof__frame_table_find(frames, test->keys[index]);
    if (id == PROF__FRAME_NONE) {
        char name[32];
        (void)snprintf(name, sizeof(name), "f%ju", (uintmax_t)test->keys[index]);
        const prof_frame frame = {.name = name, .file = "", .kind = PROF_KIND_PYTHON};
        id = PROF__FRAME_OVERFLOW;
        (void)prof__frame_table_intern(frames, &frame, &id);
        (void)prof__frame_table_bind(frames, test->keys[index], id, 0);
    }
    return (prof__place){.frame_id = id, .line = 1};
}

static prof_status
add_samples(void *context)
{
    sampled *test = context;
    uint64_t keys[DEPTH];
    for (int i = 0; i < 1000; i++) {
        uint32_t depth = random_below(&test->random, DEPTH + 1);
        for (uint32_t at = 0; at < depth; at++) {
            keys[at] = 64 * (1 + random_below(&test->random, 200));
        }
        fake_clock_run(&test->clock, SAMPLE_NS);
        const prof__sample sample = {.keys = keys,
                                     .ticks = 1,
                                     .depth = depth,
                                     .end_ns = test->clock.wall_ns,
                                     .wall_ns = SAMPLE_NS,
                                     .cpu_ns = SAMPLE_NS};
        test->keys = keys;
        prof__sample_add(test->session, &sample, &test->path, 1, find_place, test);
        test->samples++;
    }
    return PROF_OK;
}

static uint64_t
timeline_of(const prof_profile *profile)
{
    uint64_t sum_ns = 0;
    for (uint32_t i = 0; i < prof_profile_slice_count(profile); i++) {
        sum_ns += prof_profile_slices(profile)[i].wall_ns;
    }
    return sum_ns;
}

/* No time is lost, whether or not paths and slices had room. Gives the number of nodes. */
static uint32_t
end_session(sampled *test)
{
    prof_profile *profile = NULL;
    assert_int_equal(prof_session_stop(test->session, &profile), PROF_OK);
    assert_is_tree(profile);
    const prof_node root = prof_profile_nodes(profile)[0];
    assert_int_equal(root.total_cpu_ns, test->samples * SAMPLE_NS);
    assert_int_equal(root.total_wall_ns, test->samples * SAMPLE_NS);
    assert_int_equal(summary_of(profile).counters.samples, test->samples);
    assert_int_equal(timeline_of(profile), test->samples * SAMPLE_NS);
    uint32_t nodes = prof_profile_node_count(profile);
    prof_profile_destroy(profile);
    prof_session_destroy(test->session);
    return nodes;
}

static void
samples_ask_nobody_for_memory(void **state)
{
    (void)state;
    static sampled test;
    prof__reserve *reserve = create(4 * RESERVE_BYTES);
    start(&test, reserve);
    assert_int_equal(heap_sweep(add_samples, &test), 0);
    assert_true(end_session(&test) > 3000);
    prof__reserve_destroy(reserve);
}

/* The memory runs out, and what a session has left in it does not show in the next. */
static void
sessions_in_one_reserve_are_alike(void **state)
{
    (void)state;
    static sampled test;
    prof__reserve *reserve = create(RESERVE_BYTES / 4);
    uint32_t nodes = 0;
    for (int round = 0; round < 4; round++) {
        start(&test, reserve);
        for (int i = 0; i < 5; i++) {
            (void)add_samples(&test);
        }
        assert_null(take(reserve, RESERVE_BYTES / 8));
        uint32_t now = end_session(&test);
        assert_true(now > 100 && (round == 0 || now == nodes));
        nodes = now;
        prof__reserve_reset(reserve);
    }
    prof__reserve_destroy(reserve);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_is_rounded_up_to_pages),
        cmocka_unit_test(what_the_system_cannot_map_is_no_reserve),
        cmocka_unit_test(without_memory_there_is_no_reserve),
        cmocka_unit_test(address_space_is_not_memory),
        cmocka_unit_test(a_reserve_gives_its_addresses_back),
        cmocka_unit_test(pieces_are_clean_and_apart_each_time),
        cmocka_unit_test(a_piece_that_comes_back_is_not_given_to_another),
        cmocka_unit_test(a_reset_keeps_the_beginning_and_gives_back_the_rest),
        cmocka_unit_test(what_is_not_taken_back_is_wiped),
        cmocka_unit_test(samples_ask_nobody_for_memory),
        cmocka_unit_test(sessions_in_one_reserve_are_alike),
    };
    return cmocka_run_group_tests_name("reserve", tests, NULL, NULL);
}
