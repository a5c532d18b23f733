/* SPDX-License-Identifier: MIT */
#include "merge_summary.h"

#include <stdlib.h>
#include <string.h>

#include "metadata.h"

static const char *
merged_name(const prof_profile *const *profiles, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (strcmp(profiles[i]->name, profiles[0]->name) != 0) {
            return "";
        }
    }
    return profiles[0]->name;
}

static const char *
merged_started(const prof_profile *const *profiles, size_t count)
{
    const char *earliest = "";
    for (size_t i = 0; i < count; i++) {
        const char *started = profiles[i]->started;
        if (started[0] != '\0' && (earliest[0] == '\0' || strcmp(started, earliest) < 0)) {
            earliest = started; /* one format, one time zone: text order is time order */
        }
    }
    return earliest;
}

static int
by_text(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Joins sorted words into `joined`, leaving out repetitions. */
static void
join_words(char **words, size_t count, char *joined)
{
    const char *last = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], last) != 0) {
            if (last[0] != '\0') {
                *joined++ = '+';
            }
            last = words[i];
            joined = stpcpy(joined, last);
        }
    }
    *joined = '\0';
}

/* "trace" and "sample+trace" give "sample+trace". */
static prof_status
merged_engine(const prof_profile *const *profiles, size_t count, char **engine)
{
    size_t size = 1;
    for (size_t i = 0; i < count; i++) {
        size += strlen(profiles[i]->engine) + 1;
    }
    char *text = calloc(size, 2); /* the words, and behind them room for the result */
    char **words = calloc(size, sizeof(*words));
    if (text == NULL || words == NULL) {
        free(text);
        free(words);
        return PROF_NO_MEMORY;
    }
    size_t word_count = 0;
    char *end = text;
    for (size_t i = 0; i < count; i++) {
        char *rest = end;
        end = stpcpy(end, profiles[i]->engine) + 1;
        for (char *word; (word = strsep(&rest, "+")) != NULL;) {
            words[word_count++] = word;
        }
    }
    qsort(words, word_count, sizeof(*words), by_text);
    join_words(words, word_count, text + size);
    memmove(text, text + size, strlen(text + size) + 1);
    free(words);
    *engine = text;
    return PROF_OK;
}

static prof_status
merged_metadata(const prof_profile *const *profiles, size_t count, char **text)
{
    cJSON *common = NULL;
    prof_status status = prof__metadata_parse(profiles[0]->metadata, &common);
    for (size_t i = 1; i < count && status == PROF_OK; i++) {
        cJSON *other = NULL;
        status = prof__metadata_parse(profiles[i]->metadata, &other);
        if (status == PROF_OK) {
            status = prof__metadata_intersect(common, other);
        }
        cJSON_Delete(other);
    }
    if (status == PROF_OK) {
        *text = prof__metadata_print(common);
        status = *text == NULL ? PROF_NO_MEMORY : PROF_OK;
    }
    cJSON_Delete(common);
    return status;
}

static void
add_numbers(prof_summary *summary, const prof_profile *profile)
{
    prof_counters *sum = &summary->counters;
    uint64_t merged = prof__sum(sum->merged, profile->counters.merged == 0 ? 1 : 0);
#define ADD_COUNTER(name) sum->name = prof__sum(sum->name, profile->counters.name);
    sum->merged = merged;
    PROF_COUNTER_MAP(ADD_COUNTER)
#undef ADD_COUNTER
    summary->wall_ns = prof__sum(summary->wall_ns, profile->wall_ns);
    summary->cpu_ns = prof__sum(summary->cpu_ns, profile->cpu_ns);
    summary->overhead_ns = prof__sum(summary->overhead_ns, profile->overhead_ns);
}

prof_status
prof__merge_summary(prof__builder *builder, const prof_profile *const *profiles, size_t count)
{
    char *engine = NULL;
    char *metadata = NULL;
    prof_status status = merged_engine(profiles, count, &engine);
    if (status == PROF_OK) {
        status = merged_metadata(profiles, count, &metadata);
    }
    if (status == PROF_OK) {
        prof_summary summary = {
            .name = merged_name(profiles, count),
            .engine = engine,
            .started = merged_started(profiles, count),
            .metadata = metadata,
        };
        for (size_t i = 0; i < count; i++) {
            add_numbers(&summary, profiles[i]);
        }
        status = prof__builder_summary(builder, &summary);
    }
    free(engine);
    free(metadata);
    return status;
}
