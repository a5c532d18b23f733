/* SPDX-License-Identifier: MIT */
/* The lines of a sampled session, from its tree to the profile. */
#ifndef PROF_CORE_SNAPSHOT_LINES_H
#define PROF_CORE_SNAPSHOT_LINES_H

#include "profile_builder.h"
#include "session.h"

/* Nodes must be numbered (`index`) in the order of their creation. `frames` maps the session's to the builder's. */
prof_status prof__snapshot_lines(const prof_session *session, const uint32_t *frames,
                                 prof__builder *builder);

#endif
