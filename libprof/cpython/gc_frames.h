/* SPDX-License-Identifier: MIT */
/*
 * Garbage collections as frames: they strike whoever allocates next, so a function that "sometimes takes
 * 20 ms" would be blamed for what others have left behind.
 */
#ifndef PROF_CPYTHON_GC_FRAMES_H
#define PROF_CPYTHON_GC_FRAMES_H

#include "source.h"

/* Asks gc.callbacks for collections. Without them (no gc module, no memory) sessions go on as well. */
void gc_frames_install(event_source *source);

void gc_frames_remove(event_source *source);

#endif
