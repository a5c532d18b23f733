/* SPDX-License-Identifier: MIT */
/* Reading what only sampling records: the lines of frames, and the timeline. */
#ifndef PROF_EXPORT_DOCUMENT_SAMPLES_H
#define PROF_EXPORT_DOCUMENT_SAMPLES_H

#include <cjson/cJSON.h>

#include "profile_builder.h"

/* `frames` are the builder's frames of the document's. `error` as in prof_document_read, here and below. */
prof_status prof__document_read_lines(const cJSON *lines, const uint32_t *frames,
                                      uint32_t frame_count, prof__builder *builder, char *error);

/* The builder must have the document's nodes, with the same numbers. */
prof_status prof__document_read_timeline(const cJSON *timeline, prof__builder *builder,
                                         char *error);

#endif
