/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "exporters.h"
#include "trim.h"

static const struct {
    const char *format;
    prof__exporter *exporter;
    bool spells_paths; /* writes a node's whole path, so its depth must be bounded */
} formats[] = {
    {"callgrind", prof__export_callgrind, false},  {"chrome", prof__export_chrome, false},
    {"collapsed", prof__export_collapsed, true},   {"pprof", prof__export_pprof, true},
    {"speedscope", prof__export_speedscope, true},
};

static prof_status
run(prof__exporter *exporter, const prof_profile *profile, prof_bytes *out)
{
    prof__buffer buffer;
    prof__buffer_init(&buffer);
    prof_status status = exporter(profile, &buffer);
    if (status != PROF_OK) {
        prof__buffer_deinit(&buffer);
        return status;
    }
    return prof__buffer_finish(&buffer, out);
}

/* Working on a copy of bounded depth. */
static prof_status
run_trimmed(prof__exporter *exporter, const prof_profile *profile, prof_bytes *out)
{
    prof_profile *trimmed = NULL;
    prof_status status = prof__trim(profile, PROF__MAX_EXPORT_DEPTH, &trimmed);
    if (status == PROF_OK) {
        status = run(exporter, trimmed == NULL ? profile : trimmed, out);
    }
    prof_profile_destroy(trimmed);
    return status;
}

prof_status
prof_export(const prof_profile *profile, const char *format, prof_bytes *out)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(format, formats[i].format) == 0) {
            return formats[i].spells_paths ? run_trimmed(formats[i].exporter, profile, out)
                                           : run(formats[i].exporter, profile, out);
        }
    }
    return PROF_UNSUPPORTED;
}
