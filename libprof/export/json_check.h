/* SPDX-License-Identifier: MIT */
/*
 * What cJSON lets pass or cannot hold, checked before it sees the text: bytes that are not UTF-8, control
 * characters, and NUL, written out or as \u0000, which would cut a string short; and how many values there
 * are, since each costs memory. The grammar is left to cJSON.
 */
#ifndef PROF_EXPORT_JSON_CHECK_H
#define PROF_EXPORT_JSON_CHECK_H

#include <prof/prof.h>

/* NULL when all is well, else what is wrong (a constant) and the byte at which it is. */
const char *prof__json_check(const char *json, size_t length, size_t max_values, size_t *position);

#endif
