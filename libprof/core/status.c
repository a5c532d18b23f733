/* SPDX-License-Identifier: MIT */
#include <prof/prof.h>

#include <string.h>

static const char *const status_texts[] = {
#define STATUS_TEXT(name, text) [PROF_##name] = text,
    PROF_STATUS_MAP(STATUS_TEXT)
#undef STATUS_TEXT
};

static const char *const kind_texts[PROF_KIND_COUNT] = {
#define KIND_TEXT(name, text) [PROF_KIND_##name] = text,
    PROF_KIND_MAP(KIND_TEXT)
#undef KIND_TEXT
};

const char *
prof_status_text(prof_status status)
{
    size_t index = (size_t)status;
    size_t count = sizeof(status_texts) / sizeof(status_texts[0]);
    return index < count ? status_texts[index] : "unknown status";
}

const char *
prof_kind_text(prof_kind kind)
{
    size_t index = (size_t)kind;
    return index < PROF_KIND_COUNT ? kind_texts[index] : "unknown kind";
}

prof_status
prof_kind_parse(const char *text, prof_kind *kind)
{
    for (int index = 0; index < PROF_KIND_COUNT; index++) {
        if (strcmp(kind_texts[index], text) == 0) {
            *kind = (prof_kind)index;
            return PROF_OK;
        }
    }
    return PROF_FORMAT;
}
