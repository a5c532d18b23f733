/* SPDX-License-Identifier: MIT */
/* UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef PROF_CORE_UTF8_H
#define PROF_CORE_UTF8_H

#include <stddef.h>

/* The length of the longest valid beginning of `bytes`; `length` when all of it is valid. */
size_t prof__utf8_valid(const char *bytes, size_t length);

/* The size of prof__utf8_repair's result, without a NUL. */
size_t prof__utf8_repaired_length(const char *bytes, size_t length);

/* Copies `bytes`, with U+FFFD for each byte that belongs to no character; gives the end of the copy. */
char *prof__utf8_repair(char *copy, const char *bytes, size_t length);

/* A repaired copy of a string on the heap; NULL: no memory. */
char *prof__utf8_strdup(const char *text);

#endif
