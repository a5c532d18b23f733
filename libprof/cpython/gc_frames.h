/* SPDX-License-Identifier: MIT */
/*
 * Garbage collections as frames: they strike whoever allocates next, so a function that "sometimes takes
 * 20 ms" would be blamed for what others have left behind.
 */
#ifndef PROF_CPYTHON_GC_FRAMES_H
#define PROF_CPYTHON_GC_FRAMES_H

#include "source.h"

/* Once per source: finds gc.callbacks, so that nothing has to be looked up later. -1 with an exception. */
int gc_frames_init(event_source *source);

/* Asks for collections, for an engine whose sessions run / have ended. -1 with an exception. */
int gc_frames_install(event_source *source, session_engine engine);
void gc_frames_remove(event_source *source, session_engine engine);

#endif
