/* SPDX-License-Identifier: MIT */
/* Reading the members of a document that make the tree, and those that refer to it. */
#ifndef PROF_EXPORT_DOCUMENT_TREE_H
#define PROF_EXPORT_DOCUMENT_TREE_H

#include <cjson/cJSON.h>

#include "profile_builder.h"

typedef struct prof__tree_members {
    const cJSON *strings;
    const cJSON *frames;
    const cJSON *nodes;
    const cJSON *lines;    /* NULL: the document has none */
    const cJSON *timeline; /* likewise */
} prof__tree_members;

/* Adds frames, nodes, lines and the timeline to a builder, which must be new. `error` as in prof_document_read. */
prof_status prof__document_read_tree(const prof__tree_members *members, prof__builder *builder,
                                     char *error);

#endif
