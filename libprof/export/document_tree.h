/* SPDX-License-Identifier: MIT */
/* Reading the three members of a document that make the tree. */
#ifndef PROF_EXPORT_DOCUMENT_TREE_H
#define PROF_EXPORT_DOCUMENT_TREE_H

#include <cjson/cJSON.h>

#include "profile_builder.h"

/* Adds all frames and nodes to a builder, which must be new. `error` as in prof_document_read. */
prof_status prof__document_read_tree(const cJSON *strings, const cJSON *frames, const cJSON *nodes,
                                     prof__builder *builder, char *error);

#endif
