/* SPDX-License-Identifier: MIT */
#include "support/heap.h"
#include "support/testing.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"

/* Ends the buffer and compares what it holds. */
static void
assert_holds(prof__buffer *buffer, const char *wanted)
{
    prof_bytes bytes;
    assert_int_equal(prof__buffer_finish(buffer, &bytes), PROF_OK);
    assert_string_equal(bytes.bytes, wanted);
    assert_int_equal(bytes.length, strlen(wanted));
    free(bytes.bytes);
}

static void
writes_follow_each_other(void **state)
{
    (void)state;
    prof__buffer buffer;
    prof__buffer_init(&buffer);
    prof__buffer_text(&buffer, "ab");
    prof__buffer_text(&buffer, "");
    prof__buffer_char(&buffer, 'c');
    prof__buffer_add(&buffer, "defg", 2);
    assert_holds(&buffer, "abcde");
}

static void
an_empty_buffer_is_an_empty_text(void **state)
{
    (void)state;
    prof__buffer buffer;
    prof__buffer_init(&buffer);
    assert_holds(&buffer, "");
}

static void
numbers_are_decimal(void **state)
{
    (void)state;
    prof__buffer buffer;
    prof__buffer_init(&buffer);
    static const uint64_t numbers[] = {0,         9, 10, 1234567890, UINT64_C(9007199254740993),
                                       UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        prof__buffer_number(&buffer, numbers[i]);
        prof__buffer_char(&buffer, ' ');
    }
    assert_holds(&buffer, "0 9 10 1234567890 9007199254740993 18446744073709551615 ");
}

static void
json_strings_are_escaped(void **state)
{
    (void)state;
    prof__buffer buffer;
    prof__buffer_init(&buffer);
    prof__buffer_json(&buffer, "");
    prof__buffer_json(&buffer, "a\"b\\c/\n\x01\x1F\x7F caf\xC3\xA9");
    assert_holds(&buffer, "\"\"\"a\\\"b\\\\c/\\u000a\\u0001\\u001f\\u007f caf\xC3\xA9\"");
}

static void
much_is_kept(void **state)
{
    (void)state;
    const size_t count = 100000;
    prof__buffer buffer;
    prof_bytes bytes;
    prof__buffer_init(&buffer);
    for (size_t i = 0; i < count; i++) {
        prof__buffer_char(&buffer, (char)('a' + i % 26));
    }
    assert_int_equal(prof__buffer_finish(&buffer, &bytes), PROF_OK);
    assert_int_equal(bytes.length, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(bytes.bytes[i], 'a' + i % 26);
    }
    free(bytes.bytes);
}

static void
past_the_limit_nothing_is_written(void **state)
{
    (void)state;
    prof__buffer buffer;
    prof_bytes bytes = {0};
    prof__buffer_init(&buffer);
    prof__buffer_text(&buffer, "a");
    prof__buffer_add(&buffer, "", PROF__MAX_EXPORT_BYTES); /* not read: it does not fit */
    prof__buffer_text(&buffer, "b");
    assert_int_equal(buffer.length, 1);
    assert_int_equal(prof__buffer_finish(&buffer, &bytes), PROF_LIMIT);
    assert_null(bytes.bytes);
}

static prof_status
write_much(void *context)
{
    (void)context;
    prof__buffer buffer;
    prof_bytes bytes = {0};
    prof__buffer_init(&buffer);
    for (int i = 0; i < 5000; i++) {
        prof__buffer_text(&buffer, "text");
    }
    prof_status status = prof__buffer_finish(&buffer, &bytes);
    free(bytes.bytes);
    return status;
}

static void
the_first_failure_sticks(void **state)
{
    (void)state;
    assert_int_equal(heap_sweep(write_much, NULL), 4); /* 4, 8, 16 and 32 KiB */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_follow_each_other),
        cmocka_unit_test(an_empty_buffer_is_an_empty_text),
        cmocka_unit_test(numbers_are_decimal),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(much_is_kept),
        cmocka_unit_test(past_the_limit_nothing_is_written),
        cmocka_unit_test(the_first_failure_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
