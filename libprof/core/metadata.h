/* SPDX-License-Identifier: MIT */
/*
 * A profile's metadata: a JSON object, handled in canonical form (keys sorted at every level, of a
 * repeated key the last one), so that equal metadata has equal text. Numbers are doubles, as everywhere
 * in JSON.
 */
#ifndef PROF_CORE_METADATA_H
#define PROF_CORE_METADATA_H

#include <cjson/cJSON.h>

#include <prof/prof.h>

/* Metadata is facts about one run, not a data store; it is read with every document. */
#define PROF__MAX_METADATA_BYTES (1u << 20)
/* Far below the depth that cJSON can read, because the document around it is nested too. */
#define PROF__MAX_METADATA_DEPTH 64

/*
 * Parses a text that may hold invalid UTF-8, lone surrogates or NULs (each becomes U+FFFD).
 * PROF_BAD_ARGUMENT: not a JSON object; PROF_LIMIT: too long or too deep. The caller deletes the object.
 */
prof_status prof__metadata_parse(const char *text, cJSON **object);

/* Brings a parsed object into canonical form. PROF_BAD_ARGUMENT: not an object; PROF_LIMIT: too deep. */
prof_status prof__metadata_normalise(cJSON *object);

/* Removes from `object` what is not in `other` with the same value; both must be canonical. */
prof_status prof__metadata_intersect(cJSON *object, const cJSON *other);

/* The text of an object; the caller frees it. NULL: no memory. */
char *prof__metadata_print(const cJSON *object);

#endif
