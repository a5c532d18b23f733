/* SPDX-License-Identifier: MIT */
/* The little of protobuf's wire format that pprof needs: varints and length-delimited fields. */
#ifndef PROF_EXPORT_PROTOBUF_H
#define PROF_EXPORT_PROTOBUF_H

#include "buffer.h"

void prof__protobuf_varint(prof__buffer *buffer, uint64_t value);

/* A number; zero is what a missing field means and is not written. */
void prof__protobuf_number(prof__buffer *buffer, uint32_t field, uint64_t value);

void prof__protobuf_bytes(prof__buffer *buffer, uint32_t field, const void *bytes, size_t length);

/* A message or packed numbers that were written to `part`, which is emptied for the next one. */
void prof__protobuf_part(prof__buffer *buffer, uint32_t field, prof__buffer *part);

#endif
