/* SPDX-License-Identifier: MIT */
/*
 * What one session leaves to the next: the names of code, by its address. To name code takes 0.8 us in a request that has
 * just begun, which is most of a tick there, and a twentieth of what tracing adds to the request; and one request runs the
 * code of another.
 *
 * A name is right as long as its code lives, and nothing more is hidden. Deaths of code are counted, so no session has to
 * keep alive what an earlier one has seen.
 */
#ifndef PROF_CPYTHON_LENT_NAMES_H
#define PROF_CPYTHON_LENT_NAMES_H

#include "source.h"

typedef struct lent_names {
    prof__arena arena;
    prof__frame_table frames;
    uint64_t code_deaths;  /* how many there had been when the keys of `frames` were looked at */
    hidden_prefix *hidden; /* what was hidden then */
} lent_names;

/* All of these run under the GIL but where it says otherwise. */

/* Counts the code that dies from now on. -1 with an exception set: the interpreter has no room for one more watcher. */
int lent_names_watch(event_source *source);
void lent_names_unwatch(event_source *source);

/* In memory that the names keep. False: there is none. */
bool lent_names_init(lent_names *names, const prof_memory *memory);

/* Names of code that no session keeps alive are right. */
static inline bool
lent_names_hold(const event_source *source, const lent_names *names)
{
    return names->code_deaths == compat_code_deaths() && names->hidden == source->hidden;
}

/* Makes it so, for a session that begins. */
static inline void
lent_names_refresh(const event_source *source, lent_names *names)
{
    if (!lent_names_hold(source, names)) {
        names->code_deaths = compat_code_deaths();
        names->hidden = source->hidden;
        prof__frame_table_forget(&names->frames);
    }
}

/* What no session uses any more must go some day, and forgetting takes a handler the longer the more slots there are. */
bool lent_names_are_many(const lent_names *names);

/* For a session of the tracing engine. NULL: it has to name all code itself. */
lent_names *lent_names_take(event_source *source);
/* The session has ended. NULL is allowed. */
void lent_names_give(event_source *source, lent_names *names);
/* Those that nobody has. */
void lent_names_drop(event_source *source);

#endif
