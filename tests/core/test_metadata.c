/* SPDX-License-Identifier: MIT */
#include "support/heap.h"
#include "support/testing.h"

#include <stdlib.h>
#include <string.h>

#include "metadata.h"

static void
assert_canonical(const char *text, const char *wanted)
{
    cJSON *object = NULL;
    assert_int_equal(prof__metadata_parse(text, &object), PROF_OK);
    char *printed = prof__metadata_print(object);
    assert_string_equal(printed, wanted);
    free(printed);
    cJSON_Delete(object);
}

static void
keys_are_sorted_at_every_level(void **state)
{
    (void)state;
    assert_canonical(" { } ", "{}");
    assert_canonical("{\"b\":1,\"a\":[{\"y\":{\"d\":1,\"c\":2},\"x\":null}]}",
                     "{\"a\":[{\"x\":null,\"y\":{\"c\":2,\"d\":1}}],\"b\":1}");
}

static void
of_a_repeated_key_the_last_one_stays(void **state)
{
    (void)state;
    assert_canonical("{\"a\":1,\"b\":2,\"a\":3,\"a\":4,\"b\":5}", "{\"a\":4,\"b\":5}");
}

static void
text_that_json_cannot_hold_is_repaired(void **state)
{
    (void)state;
    assert_canonical("{\"a\":\"x\xFFy\"}", "{\"a\":\"x\xEF\xBF\xBDy\"}");
    assert_canonical("{\"a\":\"\\udc80\"}", "{\"a\":\"\xEF\xBF\xBD\"}");
    assert_canonical("{\"a\":\"\\uD83D\"}", "{\"a\":\"\xEF\xBF\xBD\"}");
    assert_canonical("{\"a\":\"\\ud83dx\"}", "{\"a\":\"\xEF\xBF\xBDx\"}");
    assert_canonical("{\"a\":\"1\\u00002\"}", "{\"a\":\"1\xEF\xBF\xBD"
                                              "2\"}");
    assert_canonical("{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"\xF0\x9F\x98\x80\"}");
    assert_canonical("{\"a\":\"\\\\udc80\"}", "{\"a\":\"\\\\udc80\"}"); /* a backslash, no escape */
}

static void
what_is_no_object_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "[]", "1", "\"{}\"", "{", "{}}", "{\"a\":}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\", "null",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        cJSON *object = NULL;
        assert_int_equal(prof__metadata_parse(texts[i], &object), PROF_BAD_ARGUMENT);
        assert_null(object);
    }
}

/* {"a":{"a":...}} */
static char *
nested(int depth)
{
    char *text = calloc((size_t)depth * 6 + 1, 1);
    assert_non_null(text);
    for (int i = 0; i < depth - 1; i++) {
        strcat(text, "{\"a\":");
    }
    strcat(text, "{}");
    for (int i = 0; i < depth - 1; i++) {
        strcat(text, "}");
    }
    return text;
}

static void
depth_and_length_have_limits(void **state)
{
    (void)state;
    cJSON *object = NULL;
    char *text = nested(PROF__MAX_METADATA_DEPTH);
    assert_int_equal(prof__metadata_parse(text, &object), PROF_OK);
    cJSON_Delete(object);
    free(text);
    text = nested(PROF__MAX_METADATA_DEPTH + 1);
    assert_int_equal(prof__metadata_parse(text, &object), PROF_LIMIT);
    free(text);

    text = malloc(PROF__MAX_METADATA_BYTES + 2);
    assert_non_null(text);
    memset(text, ' ', PROF__MAX_METADATA_BYTES + 1);
    memcpy(text, "{}", 2);
    text[PROF__MAX_METADATA_BYTES + 1] = '\0';
    assert_int_equal(prof__metadata_parse(text, &object), PROF_LIMIT);
    text[PROF__MAX_METADATA_BYTES] = '\0';
    assert_int_equal(prof__metadata_parse(text, &object), PROF_OK);
    cJSON_Delete(object);
    free(text);
}

static void
assert_common(const char *left, const char *right, const char *wanted)
{
    cJSON *object = NULL;
    cJSON *other = NULL;
    assert_int_equal(prof__metadata_parse(left, &object), PROF_OK);
    assert_int_equal(prof__metadata_parse(right, &other), PROF_OK);
    assert_int_equal(prof__metadata_intersect(object, other), PROF_OK);
    char *printed = prof__metadata_print(object);
    assert_string_equal(printed, wanted);
    free(printed);
    cJSON_Delete(object);
    cJSON_Delete(other);
}

static void
an_intersection_keeps_what_both_have(void **state)
{
    (void)state;
    assert_common("{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2}");
    assert_common("{\"a\":1,\"b\":2}", "{\"b\":2,\"c\":3}", "{\"b\":2}");
    assert_common("{\"a\":1}", "{\"a\":\"1\"}", "{}");
    assert_common("{\"a\":1}", "{\"a\":1.0}", "{\"a\":1}");
    assert_common("{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"y\":2,\"x\":1}}",
                  "{\"a\":{\"x\":1,\"y\":2}}");
    assert_common("{\"a\":[1,2]}", "{\"a\":[2,1]}", "{}");
    assert_common("{}", "{\"a\":1}", "{}");
    assert_common("{\"a\":1,\"c\":3,\"e\":5}", "{\"b\":2,\"c\":3,\"d\":4,\"e\":5}",
                  "{\"c\":3,\"e\":5}");
}

static prof_status
parse_and_intersect(void *context)
{
    (void)context;
    cJSON *object = NULL;
    cJSON *other = NULL;
    prof_status status = prof__metadata_parse("{\"b\":[1,\"x\"],\"a\":2}", &object);
    if (status == PROF_OK) {
        status = prof__metadata_parse("{\"a\":2,\"b\":[1,\"x\"]}", &other);
    }
    if (status == PROF_OK) {
        status = prof__metadata_intersect(object, other);
    }
    cJSON_Delete(object);
    cJSON_Delete(other);
    return status;
}

static void
no_memory_is_not_mistaken_for_a_bad_text(void **state)
{
    (void)state;
    assert_true(heap_sweep(parse_and_intersect, NULL) > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_sorted_at_every_level),
        cmocka_unit_test(of_a_repeated_key_the_last_one_stays),
        cmocka_unit_test(text_that_json_cannot_hold_is_repaired),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(depth_and_length_have_limits),
        cmocka_unit_test(an_intersection_keeps_what_both_have),
        cmocka_unit_test(no_memory_is_not_mistaken_for_a_bad_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
