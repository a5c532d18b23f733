/* SPDX-License-Identifier: MIT */
/*
 * Bytes being written. The first failure sticks: later writes do nothing, so a writer is a straight line
 * of calls and asks once, at the end, whether all went well.
 */
#ifndef PROF_EXPORT_BUFFER_H
#define PROF_EXPORT_BUFFER_H

#include <prof/prof.h>

/* Formats that spell out every stack grow with nodes times depth; nobody can open a file of this size. */
#define PROF__MAX_EXPORT_BYTES (1u << 30)

typedef struct prof__buffer {
    char *bytes;
    size_t length;
    size_t capacity;
    prof_status status;
} prof__buffer;

void prof__buffer_init(prof__buffer *buffer);
void prof__buffer_deinit(prof__buffer *buffer);

void prof__buffer_add(prof__buffer *buffer, const void *bytes, size_t length);
void prof__buffer_text(prof__buffer *buffer, const char *text);
void prof__buffer_char(prof__buffer *buffer, char c);

/* Decimal digits. */
void prof__buffer_number(prof__buffer *buffer, uint64_t number);

/* A JSON string with its quotes; the text must be valid UTF-8. */
void prof__buffer_json(prof__buffer *buffer, const char *text);

/*
 * Hands the bytes over, with a NUL behind them that is not counted, or gives the first failure. The buffer
 * is empty afterwards.
 */
prof_status prof__buffer_finish(prof__buffer *buffer, prof_bytes *bytes);

#endif
