/* SPDX-License-Identifier: MIT */
/* The one form of time in a profile: 2026-11-24T10:00:00.000000Z, or "" when it is not known. */
#ifndef PROF_EXPORT_TIMESTAMP_H
#define PROF_EXPORT_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the text has that form and is a time of some day. */
bool prof__timestamp_is_valid(const char *text);

/* Nanoseconds since 1970, UTC; 0, which pprof reads as "unknown", when the text is not valid. */
int64_t prof__timestamp_unix_ns(const char *text);

#endif
