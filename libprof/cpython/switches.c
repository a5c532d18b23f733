/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* RUSAGE_THREAD */
#include "switches.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Of the file that tells; it has a few lines that grow with the machine's cores. */
#define STATUS_BYTES 16384

switches
switches_here(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_THREAD, &usage); /* no more than a system call */
    return (switches){.sleeps = (uint64_t)usage.ru_nvcsw, .preemptions = (uint64_t)usage.ru_nivcsw};
}

/* Ends the text with 0. */
static void
read_status(pid_t thread, char *text)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/task/%ld/status", (long)thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, text, STATUS_BYTES - 1);
    if (file >= 0) {
        (void)close(file);
    }
    text[length < 0 ? 0 : length] = '\0';
}

static bool
read_count(const char *text, const char *label, uint64_t *count)
{
    const char *line = strstr(text, label);
    if (line != NULL) {
        *count = strtoull(line + strlen(label), NULL, 10);
    }
    return line != NULL;
}

bool
switches_of(pid_t thread, switches *found)
{
    char text[STATUS_BYTES];
    read_status(thread, text);
    return read_count(text, "\nvoluntary_ctxt_switches:", &found->sleeps) &&
           read_count(text, "\nnonvoluntary_ctxt_switches:", &found->preemptions);
}
