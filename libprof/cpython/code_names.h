/* SPDX-License-Identifier: MIT */
/*
 * The frame that a code object stands for, found by a signal handler: names are read, not asked for, while the
 * code is alive on the stack of the thread that is interrupted.
 *
 * Safe in signal handlers: no allocation, no lock, no interpreter call.
 */
#ifndef PROF_CPYTHON_CODE_NAMES_H
#define PROF_CPYTHON_CODE_NAMES_H

#include "source.h"

/* Room for the texts of one frame; what is longer is cut by the table of frames anyway. */
typedef struct code_names {
    const event_source *source;
    prof_session *session;
    char name[PROF__FRAME_NAME_BYTES + 8];
    char file[PROF__FRAME_NAME_BYTES + 8];
} code_names;

/* The id of the frame of a code object whose address is `key`. A prof__frame_of_key. */
uint32_t code_names_frame(void *names, uint64_t key);

#endif
