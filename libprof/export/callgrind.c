/* SPDX-License-Identifier: MIT */
/*
 * callgrind's format has functions and calls between them, not a tree. Readers take a function's inclusive
 * cost to be the sum of the calls to it. So a call into a function that is already open further up its path
 * is written with its count but without a cost, which lies inside the outer call's: then the sums are right
 * for recursion of every kind.
 */
#include <stdlib.h>
#include <string.h>

#include "exporters.h"
#include "string_table.h"
#include "walk.h"

#define NO_FILE "???" /* what callgrind writes for code without a source */

typedef struct cost {
    uint64_t wall_ns;
    uint64_t cpu_ns;
} cost;

typedef struct call {
    uint32_t caller;
    uint32_t callee;
    uint64_t count;
    cost inclusive;
} call;

typedef struct writer {
    prof__buffer *out;
    const prof_profile *profile;
    cost *self;        /* by frame */
    bool *ambiguous;   /* by frame: another one has the same name and file */
    bool *fn_written;  /* by frame: its name is known to the reader */
    bool *fl_written;  /* by file: likewise */
    uint32_t *file_of; /* by frame */
    call *calls;
    uint32_t call_count;
} writer;

/* ---- names -------------------------------------------------------------------------------------- */

static int
by_name(const void *left, const void *right)
{
    const prof_frame *a = *(const prof_frame *const *)left;
    const prof_frame *b = *(const prof_frame *const *)right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->file, b->file);
}

/* Readers know functions by name and file; two lambdas of one function need more to be told apart. */
static prof_status
find_ambiguous(writer *self)
{
    const prof_profile *profile = self->profile;
    const prof_frame **sorted = calloc(profile->frame_count, sizeof(*sorted));
    if (sorted == NULL) {
        return PROF_NO_MEMORY;
    }
    for (uint32_t i = 0; i < profile->frame_count; i++) {
        sorted[i] = &profile->frames[i];
    }
    qsort(sorted, profile->frame_count, sizeof(*sorted), by_name);
    for (uint32_t i = 1; i < profile->frame_count; i++) {
        if (by_name(&sorted[i - 1], &sorted[i]) == 0) {
            self->ambiguous[sorted[i - 1] - profile->frames] = true;
            self->ambiguous[sorted[i] - profile->frames] = true;
        }
    }
    free(sorted);
    return PROF_OK;
}

static prof_status
number_files(writer *self)
{
    prof__string_table files;
    prof_status status = prof__string_table_init(&files);
    for (uint32_t i = 0; i < self->profile->frame_count && status == PROF_OK; i++) {
        status =
            prof__string_table_intern(&files, self->profile->frames[i].file, &self->file_of[i]);
    }
    prof__string_table_deinit(&files);
    return status;
}

static void
write_plain(prof__buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        prof__buffer_char(out, (unsigned char)*text < 0x20 ? ' ' : *text);
    }
}

/* `fl=(3)`, with the name behind it the first time. */
static void
write_file(writer *self, const char *key, uint32_t frame)
{
    uint32_t file = self->file_of[frame];
    const char *name = self->profile->frames[frame].file;
    prof__buffer_text(self->out, key);
    prof__buffer_char(self->out, '(');
    prof__buffer_number(self->out, (uint64_t)file + 1);
    prof__buffer_char(self->out, ')');
    if (!self->fl_written[file]) {
        self->fl_written[file] = true;
        prof__buffer_char(self->out, ' ');
        write_plain(self->out, name[0] == '\0' ? NO_FILE : name);
    }
    prof__buffer_char(self->out, '\n');
}

static void
write_function(writer *self, const char *key, uint32_t index)
{
    const prof_frame *frame = &self->profile->frames[index];
    prof__buffer_text(self->out, key);
    prof__buffer_char(self->out, '(');
    prof__buffer_number(self->out, (uint64_t)index + 1);
    prof__buffer_char(self->out, ')');
    if (!self->fn_written[index]) {
        self->fn_written[index] = true;
        prof__buffer_char(self->out, ' ');
        write_plain(self->out, frame->name);
        if (self->ambiguous[index]) {
            prof__buffer_char(self->out, ':');
            prof__buffer_number(self->out, frame->line);
            prof__buffer_char(self->out, ' ');
            prof__buffer_text(self->out, prof_kind_text(frame->kind));
        }
    }
    prof__buffer_char(self->out, '\n');
}

/* ---- calls -------------------------------------------------------------------------------------- */

static void
add_cost(cost *sum, cost part)
{
    sum->wall_ns = prof__sum(sum->wall_ns, part.wall_ns);
    sum->cpu_ns = prof__sum(sum->cpu_ns, part.cpu_ns);
}

static void
add_node(writer *self, const prof_node *node, bool recursive)
{
    add_cost(&self->self[node->frame],
             (cost){.wall_ns = node->self_wall_ns, .cpu_ns = node->self_cpu_ns});
    if (node->parent == PROF_NO_PARENT) {
        return;
    }
    call *added = &self->calls[self->call_count++];
    *added = (call){
        .caller = self->profile->nodes[node->parent].frame,
        .callee = node->frame,
        .count = node->calls,
    };
    if (!recursive) {
        added->inclusive = (cost){.wall_ns = node->total_wall_ns, .cpu_ns = node->total_cpu_ns};
    }
}

/* `open` counts how often each frame is on the path to the current node. */
static prof_status
add_nodes(writer *self)
{
    prof__walk walk;
    prof_status status = prof__walk_init(&walk, self->profile);
    uint32_t *open = calloc(self->profile->frame_count, sizeof(*open));
    if (open == NULL) {
        status = PROF_NO_MEMORY;
    }
    while (status == PROF_OK && prof__walk_next(&walk)) {
        const prof_node *node = &self->profile->nodes[walk.node];
        if (walk.entering) {
            add_node(self, node, open[node->frame]++ > 0);
        } else {
            open[node->frame]--;
        }
    }
    prof__walk_deinit(&walk);
    free(open);
    return status;
}

static int
by_functions(const void *left, const void *right)
{
    const call *a = left;
    const call *b = right;
    int order = (a->caller > b->caller) - (a->caller < b->caller);
    return order != 0 ? order : (a->callee > b->callee) - (a->callee < b->callee);
}

/* One call for each pair of functions. */
static void
sum_calls(writer *self)
{
    uint32_t count = 0;
    qsort(self->calls, self->call_count, sizeof(*self->calls), by_functions);
    for (uint32_t i = 0; i < self->call_count; i++) {
        const call *next = &self->calls[i];
        if (count > 0 && by_functions(&self->calls[count - 1], next) == 0) {
            call *sum = &self->calls[count - 1];
            sum->count = prof__sum(sum->count, next->count);
            add_cost(&sum->inclusive, next->inclusive);
        } else {
            self->calls[count++] = *next;
        }
    }
    self->call_count = count;
}

/* ---- writing ------------------------------------------------------------------------------------ */

static void
write_cost(writer *self, uint32_t line, cost value)
{
    prof__buffer_number(self->out, line);
    prof__buffer_char(self->out, ' ');
    prof__buffer_number(self->out, value.wall_ns);
    prof__buffer_char(self->out, ' ');
    prof__buffer_number(self->out, value.cpu_ns);
    prof__buffer_char(self->out, '\n');
}

static void
write_call(writer *self, const call *made)
{
    const prof_frame *frames = self->profile->frames;
    write_file(self, "cfi=", made->callee);
    write_function(self, "cfn=", made->callee);
    prof__buffer_text(self->out, "calls=");
    /* Readers take a call line without a count for a cost of its own; sampled nodes have none. */
    prof__buffer_number(self->out, made->count == 0 ? 1 : made->count);
    prof__buffer_char(self->out, ' ');
    prof__buffer_number(self->out, frames[made->callee].line);
    prof__buffer_char(self->out, '\n');
    write_cost(self, frames[made->caller].line, made->inclusive);
}

static void
write_functions(writer *self)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < self->profile->frame_count; i++) {
        prof__buffer_char(self->out, '\n');
        write_file(self, "fl=", i);
        write_function(self, "fn=", i);
        write_cost(self, self->profile->frames[i].line, self->self[i]);
        for (; next < self->call_count && self->calls[next].caller == i; next++) {
            write_call(self, &self->calls[next]);
        }
    }
}

static void
write_all(writer *self)
{
    const prof_profile *profile = self->profile;
    const prof_node *root = &profile->nodes[0];
    prof__buffer_text(self->out,
                      "# callgrind format\nversion: 1\ncreator: libprof " PROF_VERSION "\ncmd: ");
    write_plain(self->out, profile->name[0] == '\0' ? "libprof" : profile->name);
    prof__buffer_text(self->out, "\npositions: line\nevents: wall_ns cpu_ns\n");
    write_functions(self);
    prof__buffer_text(self->out, "\ntotals: ");
    prof__buffer_number(self->out, root->total_wall_ns);
    prof__buffer_char(self->out, ' ');
    prof__buffer_number(self->out, root->total_cpu_ns);
    prof__buffer_char(self->out, '\n');
}

static prof_status
allocate(writer *self)
{
    size_t frames = self->profile->frame_count;
    self->self = calloc(frames, sizeof(*self->self));
    self->ambiguous = calloc(frames, sizeof(*self->ambiguous));
    self->fn_written = calloc(frames, sizeof(*self->fn_written));
    self->fl_written = calloc(frames + 1, sizeof(*self->fl_written)); /* "" is always numbered */
    self->file_of = calloc(frames, sizeof(*self->file_of));
    self->calls = calloc(self->profile->node_count, sizeof(*self->calls));
    return self->self == NULL || self->ambiguous == NULL || self->fn_written == NULL ||
                   self->fl_written == NULL || self->file_of == NULL || self->calls == NULL
               ? PROF_NO_MEMORY
               : PROF_OK;
}

prof_status
prof__export_callgrind(const prof_profile *profile, prof__buffer *buffer)
{
    writer self = {.out = buffer, .profile = profile};
    prof_status status = allocate(&self);
    if (status == PROF_OK) {
        status = find_ambiguous(&self);
    }
    if (status == PROF_OK) {
        status = number_files(&self);
    }
    if (status == PROF_OK) {
        status = add_nodes(&self);
    }
    if (status == PROF_OK) {
        sum_calls(&self);
        write_all(&self);
    }
    free(self.self);
    free(self.ambiguous);
    free(self.fn_written);
    free(self.fl_written);
    free(self.file_of);
    free(self.calls);
    return status;
}
