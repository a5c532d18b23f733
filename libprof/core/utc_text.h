/* SPDX-License-Identifier: MIT */
/*
 * A moment as text: "2026-01-31T12:34:56.123456Z".
 *
 * Sessions are stopped without the GIL, so another thread may fork meanwhile; and gmtime_r takes a lock of the C library
 * that a child of that fork would find taken for ever.
 */
#ifndef PROF_CORE_UTC_TEXT_H
#define PROF_CORE_UTC_TEXT_H

#include <time.h>

#define PROF__UTC_TEXT_BYTES 32

/* `moment` by CLOCK_REALTIME; one before 1970 or after 9999 is told as the beginning of 1970. Takes no lock. */
void prof__utc_text(const struct timespec *moment, char text[PROF__UTC_TEXT_BYTES]);

#endif
