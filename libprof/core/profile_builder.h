/* SPDX-License-Identifier: MIT */
/*
 * The only way to make a profile: frames are interned by content, nodes by (parent, frame), lines by
 * (frame, line), values add up. Snapshots, merging and reading documents all end here, so the laws of a
 * profile are established in one place:
 *
 *   - parents come before children, and no two children of a parent have the same frame;
 *   - the frame of the root node is the root frame, which no other node has;
 *   - no two lines have the same frame and line, and none has the root frame;
 *   - slices of a track stand together, the tracks in ascending order; no two slices of a track that follow one
 *     another have the same node, and none is empty;
 *   - total = self + the children's totals, and every value is at most PROF__MAX_VALUE;
 *   - all strings are valid UTF-8: other bytes (file names may hold any) become U+FFFD.
 *
 * Runs after a session, outside hooks, so it uses the heap.
 */
#ifndef PROF_CORE_PROFILE_BUILDER_H
#define PROF_CORE_PROFILE_BUILDER_H

#include "profile.h"

typedef struct prof__builder prof__builder;

/*
 * A builder with the root frame and the root node (index 0 each). NULL: no memory. Room is made for so many
 * frames and nodes; 0 where their number is not known, or is only what a file says.
 */
prof__builder *prof__builder_create(uint32_t frames, uint32_t nodes);
void prof__builder_destroy(prof__builder *builder); /* NULL is allowed */

/* Finds or adds a frame; strings are copied. A frame of kind root is the root frame, whatever its name. */
prof_status prof__builder_frame(prof__builder *builder, const prof_frame *frame, uint32_t *index);

/* Finds or adds the child of a node. PROF_BAD_ARGUMENT: no such parent or frame, or the root frame. */
prof_status prof__builder_child(prof__builder *builder, uint32_t parent, uint32_t frame,
                                uint32_t *node);

/* Adds calls, self times, await, samples and overhead of `values` to a node (its other members are not read). */
void prof__builder_add(prof__builder *builder, uint32_t node, const prof_node *values);

/*
 * Finds or adds the row of a frame and line and adds the values. PROF_BAD_ARGUMENT: no such frame, or the root
 * frame. Rows keep the order in which they were first added.
 */
prof_status prof__builder_line(prof__builder *builder, const prof_line *line);

/* Adds all lines of a profile, whose frames are `frames` in the builder. */
prof_status prof__builder_lines(prof__builder *builder, const prof_profile *profile,
                                const uint32_t *frames);

/*
 * Adds a slice to the end of the timeline; it becomes a part of the last one if that has the same track and node.
 * PROF_BAD_ARGUMENT: no such node, or a track before that of the last slice. Without time there is no slice.
 */
prof_status prof__builder_slice(prof__builder *builder, const prof_slice *slice);

/* Sets the facts; strings are copied, NULL leaves the text as it is. */
prof_status prof__builder_summary(prof__builder *builder, const prof_summary *summary);

/*
 * Computes totals, leaves out frames that no node has and their lines, and hands the profile over; the
 * builder is empty afterwards and must be destroyed. On failure the builder is as it was.
 */
prof_status prof__builder_finish(prof__builder *builder, prof_profile **profile);

uint32_t prof__builder_frame_count(const prof__builder *builder);
uint32_t prof__builder_node_count(const prof__builder *builder);
uint32_t prof__builder_line_count(const prof__builder *builder);
uint32_t prof__builder_slice_count(const prof__builder *builder);

#endif
