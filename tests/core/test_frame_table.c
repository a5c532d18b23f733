/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "frame_table.h"
#include "support/test_memory.h"
#include "support/testing.h"

typedef struct fixture {
    test_memory memory;
    prof__arena arena;
    prof__frame_table table;
} fixture;

static void
start(fixture *test)
{
    *test = (fixture){0};
    prof_memory memory = test_memory_source(&test->memory);
    prof__arena_init(&test->arena, &memory);
    assert_int_equal(prof__frame_table_init(&test->table, &test->arena), PROF_OK);
}

static void
end(fixture *test)
{
    prof__arena_deinit(&test->arena);
    assert_int_equal(test->memory.live, 0);
}

static uint32_t
intern(fixture *test, const char *name, const char *file, uint32_t line, prof_kind kind)
{
    const prof_frame frame = {.name = name, .file = file, .line = line, .kind = kind};
    uint32_t id = PROF__FRAME_NONE;
    assert_int_equal(prof__frame_table_intern(&test->table, &frame, &id), PROF_OK);
    assert_true(id < test->table.count);
    return id;
}

static void
the_first_three_frames_are_fixed(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    assert_int_equal(test.table.count, 3);
    assert_int_equal(test.table.frames[PROF__FRAME_ROOT].kind, PROF_KIND_ROOT);
    assert_int_equal(test.table.frames[PROF__FRAME_OVERFLOW].kind, PROF_KIND_OVERFLOW);
    assert_string_equal(test.table.frames[PROF__FRAME_OVERFLOW].name, "<overflow>");
    assert_int_equal(intern(&test, "a", "", 0, PROF_KIND_SPAN), 3);
    end(&test);
}

static void
frames_with_one_content_are_one(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    uint32_t id = intern(&test, "Shop.total", "shop.py", 10, PROF_KIND_PYTHON);
    char name[] = "Shop.total";
    char file[] = "shop.py";
    assert_int_equal(intern(&test, name, file, 10, PROF_KIND_PYTHON), id);
    memset(name, 'x', sizeof(name) - 1);
    memset(file, 'x', sizeof(file) - 1);
    assert_string_equal(test.table.frames[id].name, "Shop.total");
    assert_string_equal(test.table.frames[id].file, "shop.py");
    assert_int_equal(test.table.frames[id].line, 10);
    end(&test);
}

static void
every_member_makes_a_frame_another(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    const uint32_t ids[] = {
        intern(&test, "a", "b", 1, PROF_KIND_PYTHON), intern(&test, "ab", "", 1, PROF_KIND_PYTHON),
        intern(&test, "", "ab", 1, PROF_KIND_PYTHON), intern(&test, "a", "b", 2, PROF_KIND_PYTHON),
        intern(&test, "a", "b", 1, PROF_KIND_NATIVE), intern(&test, "a", "", 1, PROF_KIND_PYTHON),
        intern(&test, "", "", 0, PROF_KIND_PYTHON),
    };
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        assert_int_equal(ids[i], 3 + i);
    }
    end(&test);
}

/* All of them begin alike, so whatever lies in one probe's way is nearly the frame that is looked for. */
static void
every_beginning_of_a_name_is_a_frame_of_its_own(void **state)
{
    (void)state;
    enum { LENGTH = 3000 };
    static char name[LENGTH + 1];
    fixture test;
    start(&test);
    for (int round = 0; round < 2; round++) {
        for (uint32_t length = LENGTH; length > 0; length--) {
            memset(name, 'n', length);
            name[length] = '\0';
            assert_int_equal(intern(&test, name, "", 0, PROF_KIND_SQL), 3 + LENGTH - length);
        }
    }
    end(&test);
}

static void
many_frames_keep_their_ids(void **state)
{
    (void)state;
    enum { FRAMES = 20000 };
    fixture test;
    start(&test);
    char name[32];
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < FRAMES; i++) {
            (void)snprintf(name, sizeof(name), "f%u", i / 4);
            assert_int_equal(intern(&test, name, "m.py", i % 4, PROF_KIND_PYTHON), 3 + i);
        }
    }
    assert_int_equal(test.table.count, FRAMES + 3);
    assert_string_equal(test.table.frames[3 + 4 * 77].name, "f77");
    end(&test);
}

static void
keys_are_found_while_their_number_grows(void **state)
{
    (void)state;
    enum { KEYS = 20000 };
    fixture test;
    start(&test);
    for (uint64_t i = 1; i <= KEYS; i++) {
        uint64_t key = i * 64; /* like addresses of objects */
        assert_int_equal(prof__frame_table_find(&test.table, key), PROF__FRAME_NONE);
        assert_int_equal(prof__frame_table_bind(&test.table, key, (uint32_t)(i % 50), 0), PROF_OK);
    }
    for (uint64_t i = 1; i <= KEYS; i++) {
        assert_int_equal(prof__frame_table_find(&test.table, i * 64), i % 50);
        assert_int_equal(prof__frame_table_find(&test.table, i * 64 + 1), PROF__FRAME_NONE);
    }
    end(&test);
}

/*
 * Keys that come again are addresses that something else has now. The table stays what it has grown to: to forget and
 * to learn anew takes no memory.
 */
static void
keys_are_forgotten_and_frames_are_not(void **state)
{
    (void)state;
    enum { KEYS = 2000, ROUNDS = 20, FRAMES = 50 };
    fixture test;
    start(&test);
    char name[32];
    uint64_t mappings = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint64_t first = 64 + 8 * (round / 2); /* every other time the same keys */
        for (uint64_t i = 0; i < KEYS; i++) {
            (void)snprintf(name, sizeof(name), "f%ju", (uintmax_t)(i + round) % FRAMES);
            uint32_t id = intern(&test, name, "m.py", 0, PROF_KIND_PYTHON);
            assert_int_equal(prof__frame_table_find(&test.table, first + i * 64), PROF__FRAME_NONE);
            assert_int_equal(prof__frame_table_bind(&test.table, first + i * 64, id, 0), PROF_OK);
        }
        for (uint64_t i = 0; i < KEYS; i++) {
            uint32_t id = prof__frame_table_find(&test.table, first + i * 64);
            (void)snprintf(name, sizeof(name), "f%ju", (uintmax_t)(i + round) % FRAMES);
            assert_string_equal(test.table.frames[id].name, name);
        }
        assert_int_equal(test.table.count, 3 + FRAMES);
        assert_true(round == 0 || test.memory.calls == mappings);
        mappings = test.memory.calls;
        prof__frame_table_forget(&test.table);
        for (uint64_t i = 0; i < KEYS; i++) {
            assert_int_equal(prof__frame_table_find(&test.table, first + i * 64), PROF__FRAME_NONE);
        }
    }
    prof__frame_table_forget(&test.table); /* there is nothing */
    end(&test);
}

static void
a_key_can_be_bound_to_be_ignored(void **state)
{
    (void)state;
    fixture test;
    start(&test);
    assert_int_equal(prof__frame_table_bind(&test.table, 64, PROF__FRAME_IGNORED, 0), PROF_OK);
    assert_int_equal(prof__frame_table_find(&test.table, 64), PROF__FRAME_IGNORED);
    end(&test);
}

/* `tail` stands at the byte `offset` of a name that is longer than the limit. */
static size_t
cut_with(fixture *test, const char *tail, size_t offset)
{
    static char name[PROF__FRAME_NAME_BYTES + 100];
    memset(name, 'n', sizeof(name));
    memcpy(name + offset, tail, strlen(tail));
    name[sizeof(name) - 1] = '\0';
    uint32_t id = intern(test, name, "", (uint32_t)offset, PROF_KIND_SQL);
    assert_memory_equal(test->table.frames[id].name, name, strlen(test->table.frames[id].name));
    return strlen(test->table.frames[id].name);
}

static void
long_names_are_cut_between_characters(void **state)
{
    (void)state;
    const size_t limit = PROF__FRAME_NAME_BYTES;
    static const char euro[] = "\xE2\x82\xAC";
    static const char clef[] = "\xF0\x9D\x84\x9E";
    fixture test;
    start(&test);
    assert_int_equal(cut_with(&test, "", 0), limit);
    assert_int_equal(cut_with(&test, euro, limit - 3), limit); /* just fits */
    assert_int_equal(cut_with(&test, euro, limit - 2), limit - 2);
    assert_int_equal(cut_with(&test, euro, limit - 1), limit - 1);
    assert_int_equal(cut_with(&test, euro, limit), limit);
    assert_int_equal(cut_with(&test, clef, limit - 4), limit);
    assert_int_equal(cut_with(&test, clef, limit - 3), limit - 3);
    assert_int_equal(cut_with(&test, clef, limit - 1), limit - 1);
    end(&test);
}

static void
bytes_that_are_no_characters_are_not_searched(void **state)
{
    (void)state;
    static char name[PROF__FRAME_NAME_BYTES * 2];
    memset(name, 0x80, sizeof(name) - 1);
    fixture test;
    start(&test);
    uint32_t id = intern(&test, name, "", 0, PROF_KIND_NATIVE);
    assert_uint_in_range(strlen(test.table.frames[id].name), PROF__FRAME_NAME_BYTES - 3,
                         PROF__FRAME_NAME_BYTES);
    end(&test);
}

static void
a_name_of_the_limits_length_is_kept(void **state)
{
    (void)state;
    static char name[PROF__FRAME_NAME_BYTES + 1];
    memset(name, 'n', sizeof(name) - 1);
    fixture test;
    start(&test);
    uint32_t id = intern(&test, name, name, 0, PROF_KIND_NATIVE);
    assert_string_equal(test.table.frames[id].name, name);
    assert_string_equal(test.table.frames[id].file, name);
    end(&test);
}

/* A statement that is executed a thousand times is interned a thousand times. */
static void
a_long_name_costs_memory_once(void **state)
{
    (void)state;
    enum { LENGTH = 1 << 20 };
    static char name[LENGTH];
    memset(name, 'n', LENGTH - 1);
    fixture test;
    start(&test);
    uint32_t id = intern(&test, name, "", 0, PROF_KIND_SQL);
    size_t bytes = test.table.bytes;
    uint64_t mappings = test.memory.calls;
    for (int i = 0; i < 1000; i++) {
        name[LENGTH - 2] = (char)('a' + i % 26); /* behind the cut, so it is the same frame */
        assert_int_equal(intern(&test, name, "", 0, PROF_KIND_SQL), id);
    }
    assert_int_equal(test.table.bytes, bytes);
    assert_int_equal(test.memory.calls, mappings);
    end(&test);
}

static void
a_full_table_gives_the_overflow_frame(void **state)
{
    (void)state;
    static char name[PROF__FRAME_NAME_BYTES + 1];
    memset(name, 'n', sizeof(name) - 1);
    fixture test;
    start(&test);
    uint32_t id = 0;
    uint32_t line = 0;
    while ((id = intern(&test, name, name, ++line, PROF_KIND_SQL)) != PROF__FRAME_OVERFLOW) {
        assert_int_equal(id, line + 2);
    }
    assert_int_equal(intern(&test, "new", "", 0, PROF_KIND_SQL), PROF__FRAME_OVERFLOW);
    assert_int_equal(intern(&test, name, name, 1, PROF_KIND_SQL), 3); /* old ones are still found */
    assert_true(test.memory.bytes < PROF__FRAME_TABLE_BYTES + ((size_t)8 << 20));
    end(&test);
}

static void
without_memory_there_is_no_table(void **state)
{
    (void)state;
    test_memory counted = {.fail_at = 1};
    prof_memory memory = test_memory_source(&counted);
    prof__arena arena;
    prof__frame_table table;
    prof__arena_init(&arena, &memory);
    assert_int_equal(prof__frame_table_init(&table, &arena), PROF_NO_MEMORY);
    prof__arena_deinit(&arena);
    assert_int_equal(counted.live, 0);
}

/* Interns and binds again what failed; gives the number of failures. */
static int
fill(fixture *test, uint32_t frames)
{
    int failures = 0;
    char name[32];
    for (uint32_t i = 0; i < frames; i++) {
        (void)snprintf(name, sizeof(name), "f%u", i);
        const prof_frame frame = {.name = name, .file = "", .kind = PROF_KIND_NATIVE};
        uint32_t id = PROF__FRAME_NONE;
        while (prof__frame_table_intern(&test->table, &frame, &id) != PROF_OK) {
            assert_int_equal(id, PROF__FRAME_NONE);
            failures++;
        }
        assert_int_equal(id, 3 + i);
        while (prof__frame_table_bind(&test->table, (i + 1) * 16, id, 0) != PROF_OK) {
            failures++;
        }
    }
    return failures;
}

static void
a_failed_mapping_does_no_harm(void **state)
{
    (void)state;
    enum { FRAMES = 3000 };
    uint64_t at = 2; /* the first one was that of start */
    int failures;
    do {
        fixture test;
        start(&test);
        test.memory.fail_at = at++;
        failures = fill(&test, FRAMES);
        for (uint32_t i = 0; i < FRAMES; i++) {
            assert_int_equal(prof__frame_table_find(&test.table, (i + 1) * 16), 3 + i);
        }
        end(&test);
    } while (failures > 0);
    assert_true(at > 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_three_frames_are_fixed),
        cmocka_unit_test(frames_with_one_content_are_one),
        cmocka_unit_test(every_member_makes_a_frame_another),
        cmocka_unit_test(every_beginning_of_a_name_is_a_frame_of_its_own),
        cmocka_unit_test(many_frames_keep_their_ids),
        cmocka_unit_test(keys_are_found_while_their_number_grows),
        cmocka_unit_test(keys_are_forgotten_and_frames_are_not),
        cmocka_unit_test(a_key_can_be_bound_to_be_ignored),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(bytes_that_are_no_characters_are_not_searched),
        cmocka_unit_test(a_name_of_the_limits_length_is_kept),
        cmocka_unit_test(a_long_name_costs_memory_once),
        cmocka_unit_test(a_full_table_gives_the_overflow_frame),
        cmocka_unit_test(without_memory_there_is_no_table),
        cmocka_unit_test(a_failed_mapping_does_no_harm),
    };
    return cmocka_run_group_tests_name("frame_table", tests, NULL, NULL);
}
