/* SPDX-License-Identifier: MIT */
#include "support/exported.h"
#include "support/wire.h"

/* Field numbers of profile.proto. */
enum {
    SAMPLE_TYPE = 1,
    SAMPLE = 2,
    LOCATION = 4,
    FUNCTION = 5,
    STRING_TABLE = 6,
    TIME_NANOS = 9,
    DURATION_NANOS = 10,
    DEFAULT_SAMPLE_TYPE = 14,
};

static wire
message_of(const prof_bytes *out)
{
    const unsigned char *bytes = (const unsigned char *)out->bytes;
    return (wire){.at = bytes, .end = bytes + out->length};
}

static bool
string_is(wire message, uint64_t index, const char *text)
{
    return wire_is(wire_bytes(message, STRING_TABLE, index), text);
}

static size_t
count_fields(wire message, uint32_t number)
{
    size_t count = 0;
    wire_field field;
    while (wire_next(&message, &field)) {
        count += field.number == number;
    }
    return count;
}

static void
assert_packed(wire packed, const uint64_t *want, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(wire_varint(&packed), want[i]);
    }
    assert_ptr_equal(packed.at, packed.end);
}

static void
values_have_types_and_units(void **state)
{
    (void)state;
    static const char *const want[][2] = {
        {"calls", "count"}, {"wall", "nanoseconds"}, {"cpu", "nanoseconds"}};
    prof_profile *profile = exported_profile();
    prof_bytes out = export_as(profile, "pprof");
    wire message = message_of(&out);
    assert_true(string_is(message, 0, ""));
    assert_int_equal(count_fields(message, SAMPLE_TYPE), COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        wire type = wire_bytes(message, SAMPLE_TYPE, i);
        assert_true(string_is(message, wire_number(type, 1), want[i][0]));
        assert_true(string_is(message, wire_number(type, 2), want[i][1]));
    }
    assert_true(string_is(message, wire_number(message, DEFAULT_SAMPLE_TYPE), "wall"));
    assert_int_equal(wire_number(message, TIME_NANOS), UINT64_C(1795514400250000000));
    assert_int_equal(wire_number(message, DURATION_NANOS), 201037);
    free(out.bytes);
    prof_profile_destroy(profile);
}

static void
samples_are_paths_leaf_first(void **state)
{
    (void)state;
    prof_profile *profile = exported_profile();
    prof_bytes out = export_as(profile, "pprof");
    wire message = message_of(&out);
    static const struct {
        uint64_t locations[4];
        size_t depth;
        uint64_t values[3];
    } want[] = {
        {{1}, 1, {1, 7, 0}},
        {{2, 1}, 2, {1, 1000, 1000}},
        {{3, 2, 1}, 3, {2, 200000, 0}},
        {{2, 3, 2, 1}, 4, {3, 30, 30}},
        {{4, 1}, 2, {4, 0, 0}},
    };
    assert_int_equal(count_fields(message, SAMPLE), COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        wire sample = wire_bytes(message, SAMPLE, i);
        assert_packed(wire_bytes(sample, 1, 0), want[i].locations, want[i].depth);
        assert_packed(wire_bytes(sample, 2, 0), want[i].values, COUNT_OF(want[i].values));
    }
    free(out.bytes);
    prof_profile_destroy(profile);
}

static void
locations_and_functions_are_the_frames(void **state)
{
    (void)state;
    prof_profile *profile = exported_profile();
    prof_bytes out = export_as(profile, "pprof");
    wire message = message_of(&out);
    assert_int_equal(count_fields(message, LOCATION), profile->frame_count);
    assert_int_equal(count_fields(message, FUNCTION), profile->frame_count);
    for (uint32_t i = 0; i < profile->frame_count; i++) {
        const prof_frame *frame = &profile->frames[i];
        wire location = wire_bytes(message, LOCATION, i);
        wire line = wire_bytes(location, 4, 0);
        wire function = wire_bytes(message, FUNCTION, i);
        assert_int_equal(wire_number(location, 1), i + 1);
        assert_int_equal(wire_number(line, 1), i + 1);
        assert_int_equal(wire_number(line, 2), frame->line);
        assert_int_equal(wire_number(function, 1), i + 1);
        assert_true(string_is(message, wire_number(function, 2), frame->name));
        assert_true(string_is(message, wire_number(function, 4), frame->file));
        assert_int_equal(wire_number(function, 5), frame->line);
    }
    free(out.bytes);
    prof_profile_destroy(profile);
}

static void
random_profiles_keep_their_values(void **state)
{
    (void)state;
    uint64_t random = 23;
    for (int round = 0; round < 100; round++) {
        prof_profile *profile = build_random(&random, 60);
        prof_bytes out = export_as(profile, "pprof");
        wire message = message_of(&out);
        wire_field field;
        uint64_t wall = 0;
        uint64_t cpu = 0;
        while (wire_next(&message, &field)) {
            if (field.number == SAMPLE) {
                wire values = wire_bytes(field.bytes, 2, 0);
                (void)wire_varint(&values);
                wall += wire_varint(&values);
                cpu += wire_varint(&values);
                assert_ptr_equal(values.at, values.end);
            }
        }
        assert_int_equal(wall, profile->nodes[0].total_wall_ns);
        assert_int_equal(cpu, profile->nodes[0].total_cpu_ns);
        free(out.bytes);
        prof_profile_destroy(profile);
    }
}

static void
no_memory_is_reported(void **state)
{
    (void)state;
    assert_int_equal(assert_no_memory_is_reported("pprof"), 9);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_types_and_units),
        cmocka_unit_test(samples_are_paths_leaf_first),
        cmocka_unit_test(locations_and_functions_are_the_frames),
        cmocka_unit_test(random_profiles_keep_their_values),
        cmocka_unit_test(no_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
