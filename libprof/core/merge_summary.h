/* SPDX-License-Identifier: MIT */
/*
 * What is true of several profiles together. Each fact has a rule that is associative and commutative:
 *
 *   times, counters    added, capped at PROF__MAX_VALUE
 *   merged             the number of sessions behind a profile; one that was never merged counts as 1
 *   name               kept when all have the same, else ""
 *   engine             the sorted set of all, joined by "+"
 *   started            the earliest that is known
 *   metadata           members that all have with the same value
 */
#ifndef PROF_CORE_MERGE_SUMMARY_H
#define PROF_CORE_MERGE_SUMMARY_H

#include "profile_builder.h"

/* Sets the builder's summary; PROF_BAD_ARGUMENT when a profile's metadata is no JSON object. */
prof_status prof__merge_summary(prof__builder *builder, const prof_profile *const *profiles,
                                size_t count);

#endif
