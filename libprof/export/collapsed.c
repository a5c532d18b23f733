/* SPDX-License-Identifier: MIT */
/*
 * Collapsed stacks: one line for each path with self time, `root;caller;callee nanoseconds`. The number
 * is behind the last space, so spaces are free; semicolons and line ends are not.
 */
#include "exporters.h"
#include "paths.h"

static void
write_plain(prof__buffer *buffer, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        char plain = *text == ';' ? ',' : c < 0x20 ? ' ' : *text;
        prof__buffer_char(buffer, plain);
    }
}

/* With file and line: a program has many functions of the name `get`. */
static void
write_frame(prof__buffer *buffer, const prof_frame *frame)
{
    write_plain(buffer, frame->name);
    if (frame->file[0] != '\0') {
        prof__buffer_text(buffer, " (");
        write_plain(buffer, frame->file);
        if (frame->line != 0) {
            prof__buffer_char(buffer, ':');
            prof__buffer_number(buffer, frame->line);
        }
        prof__buffer_char(buffer, ')');
    }
}

prof_status
prof__export_collapsed(const prof_profile *profile, prof__buffer *buffer)
{
    prof__paths paths;
    prof_status status = prof__paths_init(&paths, profile);
    while (status == PROF_OK && prof__paths_next(&paths)) {
        if (paths.node->self_wall_ns == 0) {
            continue;
        }
        for (uint32_t i = 0; i < paths.length; i++) {
            if (i > 0) {
                prof__buffer_char(buffer, ';');
            }
            write_frame(buffer, &profile->frames[paths.frames[i]]);
        }
        prof__buffer_char(buffer, ' ');
        prof__buffer_number(buffer, paths.node->self_wall_ns);
        prof__buffer_char(buffer, '\n');
    }
    prof__paths_deinit(&paths);
    return status;
}
