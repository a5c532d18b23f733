/* SPDX-License-Identifier: MIT */
#include "support/testing.h"

#include <stdlib.h>

#include "protobuf.h"

/* Ends the buffer and compares its bytes. */
static void
assert_bytes(prof__buffer *buffer, const char *wanted, size_t length)
{
    prof_bytes bytes;
    assert_int_equal(prof__buffer_finish(buffer, &bytes), PROF_OK);
    assert_int_equal(bytes.length, length);
    assert_memory_equal(bytes.bytes, wanted, length);
    free(bytes.bytes);
}

#define ASSERT_BYTES(buffer, wanted) assert_bytes((buffer), (wanted), sizeof(wanted) - 1)

static void
varints_have_seven_bits_a_byte(void **state)
{
    (void)state;
    prof__buffer buffer;
    prof__buffer_init(&buffer);
    prof__protobuf_varint(&buffer, 0);
    prof__protobuf_varint(&buffer, 127);
    prof__protobuf_varint(&buffer, 128);
    prof__protobuf_varint(&buffer, 300);
    prof__protobuf_varint(&buffer, UINT64_MAX);
    ASSERT_BYTES(&buffer, "\x00\x7F\x80\x01\xAC\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
}

static void
a_zero_is_a_missing_field(void **state)
{
    (void)state;
    prof__buffer buffer;
    prof__buffer_init(&buffer);
    prof__protobuf_number(&buffer, 1, 0);
    prof__protobuf_number(&buffer, 1, 150);
    prof__protobuf_number(&buffer, 16, 1);
    ASSERT_BYTES(&buffer, "\x08\x96\x01\x80\x01\x01");
}

static void
bytes_and_parts_have_their_length(void **state)
{
    (void)state;
    prof__buffer buffer;
    prof__buffer part;
    prof__buffer_init(&buffer);
    prof__buffer_init(&part);
    prof__protobuf_bytes(&buffer, 2, "testing", 7);
    prof__protobuf_bytes(&buffer, 6, "", 0);
    prof__protobuf_number(&part, 1, 150);
    prof__protobuf_part(&buffer, 3, &part);
    prof__protobuf_part(&buffer, 3, &part); /* empty again */
    prof__buffer_deinit(&part);
    ASSERT_BYTES(&buffer, "\x12\x07testing\x32\x00\x1A\x03\x08\x96\x01\x1A\x00");
}

static void
a_failure_of_a_part_is_one_of_the_whole(void **state)
{
    (void)state;
    prof__buffer buffer;
    prof__buffer part;
    prof_bytes bytes = {0};
    prof__buffer_init(&buffer);
    prof__buffer_init(&part);
    prof__buffer_add(&part, "", PROF__MAX_EXPORT_BYTES + 1);
    prof__protobuf_part(&buffer, 1, &part);
    prof__buffer_deinit(&part);
    assert_int_equal(prof__buffer_finish(&buffer, &bytes), PROF_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(varints_have_seven_bits_a_byte),
        cmocka_unit_test(a_zero_is_a_missing_field),
        cmocka_unit_test(bytes_and_parts_have_their_length),
        cmocka_unit_test(a_failure_of_a_part_is_one_of_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
