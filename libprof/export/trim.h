/* SPDX-License-Identifier: MIT */
/*
 * Formats that spell out the path of every node are quadratic in its depth: a recursion 20,000 deep would
 * make a file of gigabytes. For them the tree is cut: what lies deeper than the limit becomes one node
 * `<deeper>`, so that times still add up and the cut can be seen.
 */
#ifndef PROF_EXPORT_TRIM_H
#define PROF_EXPORT_TRIM_H

#include "profile.h"

/* Twice Python's default recursion limit; ordinary programs stay far below it. */
#define PROF__MAX_EXPORT_DEPTH 2000u
#define PROF__DEEPER_NAME "<deeper>"

/*
 * A copy without the nodes that have more than `depth` ancestors; NULL when there are none and the profile
 * can stay as it is.
 */
prof_status prof__trim(const prof_profile *profile, uint32_t depth, prof_profile **trimmed);

#endif
