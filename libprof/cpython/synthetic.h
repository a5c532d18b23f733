/* SPDX-License-Identifier: MIT */
/* Frames that are no code and whose events come from no hook: spans and garbage collections. */
#ifndef PROF_CPYTHON_SYNTHETIC_H
#define PROF_CPYTHON_SYNTHETIC_H

#include "source.h"

/* Frames' addresses are even and builtins' identities odd; bit 1 keeps synthetic frames apart from both. */
#define SYNTHETIC_TAG UINT64_C(2)

/*
 * Opens a frame below what runs, after prof__strand_advance and where `beyond` is 0; prof__strand_leave with the same
 * identity closes it. Want of memory ends the session, it does not raise.
 */
void synthetic_enter(event_source *source, prof_strand *strand, const prof_frame *frame,
                     uint64_t identity);

/* The event as a whole: moves the strand's clocks first, and below what is not on the stack counts only. */
void synthetic_open(event_source *source, prof_strand *strand, const prof_frame *frame,
                    uint64_t identity);

#endif
