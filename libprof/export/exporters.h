/* SPDX-License-Identifier: MIT */
/*
 * One function for each format. It appends to an empty buffer, whose own failures it need not look at,
 * and gives PROF_NO_MEMORY when it could not get working memory.
 */
#ifndef PROF_EXPORT_EXPORTERS_H
#define PROF_EXPORT_EXPORTERS_H

#include "buffer.h"
#include "profile.h"

typedef prof_status prof__exporter(const prof_profile *profile, prof__buffer *buffer);

prof__exporter prof__export_callgrind;
prof__exporter prof__export_chrome;
prof__exporter prof__export_collapsed;
prof__exporter prof__export_pprof;
prof__exporter prof__export_speedscope;

#endif
