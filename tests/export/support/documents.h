/* SPDX-License-Identifier: MIT */
/* A good document, and what becomes of it with a mistake in it. */
#ifndef PROF_TESTS_DOCUMENTS_H
#define PROF_TESTS_DOCUMENTS_H

#include "support/build.h"

/* A document of three nodes; each test of a mistake puts one into it. */
static const char good[] =
    "{\"schema\":\"libprof.profile/1\",\"engine\":\"trace\",\"name\":\"GET /\","
    "\"started\":\"2026-11-24T10:00:00.000000Z\",\"wall_ns\":50,\"cpu_ns\":30,"
    "\"overhead_ns\":6,"
    "\"strings\":[\"\",\"<root>\",\"root\",\"f\",\"app.py\",\"python\",\"g\"],"
    "\"frames\":{\"name\":[1,3,6],\"file\":[0,4,4],\"line\":[0,7,8],\"kind\":[2,5,5]},"
    "\"nodes\":{\"parent\":[-1,0,1],\"frame\":[0,1,2],\"calls\":[1,3,1],"
    "\"self_wall\":[2,40,5],\"self_cpu\":[0,30,0],\"await\":[0,20,0],\"samples\":[0,10,0],"
    "\"overhead\":[1,2,4]},"
    "\"lines\":{\"frame\":[2,1,2],\"line\":[12,11,4294967295],\"samples\":[9,0,1],"
    "\"self_wall\":[4,39,6],\"self_cpu\":[0,29,3],\"total_wall\":[5,41,8],"
    "\"total_cpu\":[1,31,2]},"
    "\"timeline\":{\"track\":[0,0,0,2],\"node\":[0,2,1,1],\"wall\":[3,5,40,9007199254740991]},"
    "\"metadata\":{\"a\":\"x\"},\"counters\":{\"events\":8,\"merged\":2}}";

/* The good document with the first `from` replaced; the caller frees it. */
static inline char *
changed(const char *from, const char *to)
{
    const char *place = strstr(good, from);
    assert_non_null(place);
    size_t before = (size_t)(place - good);
    char *text = calloc(strlen(good) + strlen(to) + 1, 1);
    assert_non_null(text);
    memcpy(text, good, before);
    strcpy(text + before, to);
    strcat(text, place + strlen(from));
    return text;
}

static inline prof_status
read_text(const char *text, char *error)
{
    prof_profile *profile = NULL;
    prof_status status = prof_document_read(text, strlen(text), &profile, error);
    assert_true((status == PROF_OK) == (profile != NULL));
    prof_profile_destroy(profile);
    return status;
}

/* A change and the line that must come of it; NULL: the document is still good. */
typedef struct change {
    const char *from;
    const char *to;
    const char *error;
} change;

static inline void
assert_changes(const change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char error[PROF_ERROR_BYTES] = "";
        char *text = changed(changes[i].from, changes[i].to);
        prof_status status = read_text(text, error);
        if (changes[i].error == NULL) {
            assert_string_equal(error, "");
            assert_int_equal(status, PROF_OK);
        } else {
            assert_string_equal(error, changes[i].error);
            assert_int_equal(status, PROF_FORMAT);
            assert_int_equal(read_text(text, NULL), PROF_FORMAT);
        }
        free(text);
    }
}

#define ASSERT_CHANGES(changes) assert_changes((changes), COUNT_OF(changes))

#endif
