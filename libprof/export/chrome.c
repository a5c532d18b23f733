/* SPDX-License-Identifier: MIT */
/*
 * Chrome's trace format, for Perfetto and chrome://tracing. A tree has no points in time, so they are made
 * up: all calls of a node are one event, children follow each other from their parent's start, and the
 * parent's self time is at its end. Durations are real.
 */
#include <stdlib.h>

#include "exporters.h"
#include "walk.h"

/* The format counts in microseconds; three decimals keep the nanoseconds. */
static void
write_us(prof__buffer *buffer, uint64_t ns)
{
    const char decimals[] = {'.', (char)('0' + ns / 100 % 10), (char)('0' + ns / 10 % 10),
                             (char)('0' + ns % 10)};
    prof__buffer_number(buffer, ns / 1000);
    prof__buffer_add(buffer, decimals, sizeof(decimals));
}

static void
write_argument(prof__buffer *buffer, const char *key, uint64_t value)
{
    prof__buffer_text(buffer, ",\"");
    prof__buffer_text(buffer, key);
    prof__buffer_text(buffer, "\":");
    prof__buffer_number(buffer, value);
}

static void
write_arguments(prof__buffer *buffer, const prof_frame *frame, const prof_node *node)
{
    prof__buffer_text(buffer, ",\"args\":{\"file\":");
    prof__buffer_json(buffer, frame->file);
    write_argument(buffer, "line", frame->line);
    write_argument(buffer, "calls", node->calls);
    write_argument(buffer, "samples", node->samples);
    write_argument(buffer, "self_wall_ns", node->self_wall_ns);
    write_argument(buffer, "self_cpu_ns", node->self_cpu_ns);
    write_argument(buffer, "total_cpu_ns", node->total_cpu_ns);
    write_argument(buffer, "await_ns", node->await_ns);
    prof__buffer_char(buffer, '}');
}

static void
write_event(prof__buffer *buffer, const prof_frame *frame, const prof_node *node, uint64_t start)
{
    prof__buffer_text(buffer, ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"name\":");
    prof__buffer_json(buffer, frame->name);
    prof__buffer_text(buffer, ",\"cat\":");
    prof__buffer_json(buffer, prof_kind_text(frame->kind));
    prof__buffer_text(buffer, ",\"ts\":");
    write_us(buffer, start);
    prof__buffer_text(buffer, ",\"dur\":");
    write_us(buffer, node->total_wall_ns);
    write_arguments(buffer, frame, node);
    prof__buffer_char(buffer, '}');
}

/* `next` holds for each open node where its next child starts. */
static void
write_events(prof__buffer *buffer, const prof_profile *profile, prof__walk *walk, uint64_t *next)
{
    while (prof__walk_next(walk)) {
        if (!walk->entering) {
            continue;
        }
        const prof_node *node = &profile->nodes[walk->node];
        uint64_t start = 0;
        if (node->parent != PROF_NO_PARENT) {
            start = next[node->parent];
            next[node->parent] += node->total_wall_ns;
        }
        next[walk->node] = start;
        write_event(buffer, &profile->frames[node->frame], node, start);
    }
}

prof_status
prof__export_chrome(const prof_profile *profile, prof__buffer *buffer)
{
    prof__walk walk;
    prof_status status = prof__walk_init(&walk, profile);
    uint64_t *next = calloc(profile->node_count, sizeof(*next));
    if (next == NULL) {
        status = PROF_NO_MEMORY;
    }
    if (status == PROF_OK) {
        prof__buffer_text(buffer, "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"engine\":");
        prof__buffer_json(buffer, profile->engine);
        prof__buffer_text(buffer, ",\"started\":");
        prof__buffer_json(buffer, profile->started);
        prof__buffer_text(buffer, "},\"traceEvents\":[\n{\"ph\":\"M\",\"pid\":1,\"tid\":1,"
                                  "\"name\":\"process_name\",\"args\":{\"name\":");
        prof__buffer_json(buffer, profile->name[0] == '\0' ? "libprof" : profile->name);
        prof__buffer_text(buffer, "}}");
        write_events(buffer, profile, &walk, next);
        prof__buffer_text(buffer, "]}\n");
    }
    prof__walk_deinit(&walk);
    free(next);
    return status;
}
