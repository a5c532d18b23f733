/* SPDX-License-Identifier: MIT */
/* What the writer and the reader of the document agree on; docs/format.md says it in prose. */
#ifndef PROF_EXPORT_DOCUMENT_H
#define PROF_EXPORT_DOCUMENT_H

#include <prof/prof.h>

#define PROF__SCHEMA "libprof.profile/1"

/*
 * JSON values in one document, about a million nodes. cJSON takes 64 bytes for each, so that this and not
 * the length bounds the memory that reading needs (0.6 GB).
 */
#define PROF__MAX_DOCUMENT_VALUES (8u << 20)

/* Top-level members, in the order in which they are written; all but overhead_ns, lines and timeline are required. */
#define PROF__MEMBER_MAP(X)                                                                        \
    X(schema)                                                                                      \
    X(engine)                                                                                      \
    X(name)                                                                                        \
    X(started)                                                                                     \
    X(wall_ns)                                                                                     \
    X(cpu_ns)                                                                                      \
    X(overhead_ns)                                                                                 \
    X(strings)                                                                                     \
    X(frames)                                                                                      \
    X(nodes)                                                                                       \
    X(lines)                                                                                       \
    X(timeline)                                                                                    \
    X(metadata)                                                                                    \
    X(counters)

/* Columns of "frames": string index, string index, number, string index. */
#define PROF__FRAME_COLUMN_MAP(X) X(name) X(file) X(line) X(kind)

/* Columns of "nodes", each with the member of prof_node that it holds. */
#define PROF__NODE_COLUMN_MAP(X)                                                                   \
    X(parent, parent)                                                                              \
    X(frame, frame)                                                                                \
    X(calls, calls)                                                                                \
    X(self_wall, self_wall_ns)                                                                     \
    X(self_cpu, self_cpu_ns)                                                                       \
    X(await, await_ns)                                                                             \
    X(samples, samples)                                                                            \
    X(overhead, overhead_ns)

/* Documents may lack the columns from here on; then they are zero. */
#define PROF__NODE_COLUMNS_REQUIRED 7

/* Columns of "lines", each with the member of prof_line that it holds. */
#define PROF__LINE_COLUMN_MAP(X)                                                                   \
    X(frame, frame)                                                                                \
    X(line, line)                                                                                  \
    X(samples, samples)                                                                            \
    X(self_wall, self_wall_ns)                                                                     \
    X(self_cpu, self_cpu_ns)                                                                       \
    X(total_wall, total_wall_ns)                                                                   \
    X(total_cpu, total_cpu_ns)

/* Columns of "timeline", each with the member of prof_slice that it holds. */
#define PROF__SLICE_COLUMN_MAP(X) X(track, track) X(node, node) X(wall, wall_ns)

#define PROF__COUNT_FRAME_COLUMN(column) +1
#define PROF__COUNT_VALUE_COLUMN(column, member) +1
#define PROF__FRAME_COLUMNS (0 PROF__FRAME_COLUMN_MAP(PROF__COUNT_FRAME_COLUMN))
#define PROF__NODE_COLUMNS (0 PROF__NODE_COLUMN_MAP(PROF__COUNT_VALUE_COLUMN))
#define PROF__LINE_COLUMNS (0 PROF__LINE_COLUMN_MAP(PROF__COUNT_VALUE_COLUMN))
#define PROF__SLICE_COLUMNS (0 PROF__SLICE_COLUMN_MAP(PROF__COUNT_VALUE_COLUMN))

/* Of any table. */
#define PROF__MAX_COLUMNS PROF__NODE_COLUMNS
_Static_assert(PROF__FRAME_COLUMNS <= PROF__MAX_COLUMNS &&
                   PROF__LINE_COLUMNS <= PROF__MAX_COLUMNS &&
                   PROF__SLICE_COLUMNS <= PROF__MAX_COLUMNS,
               "nodes have the most columns");

#endif
