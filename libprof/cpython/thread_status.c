/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* RUSAGE_THREAD */
#include "thread_status.h"

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
read_number(const char *text, const char *label, int base, uint64_t *number)
{
    const char *line = strstr(text, label);
    if (line != NULL) {
        *number = strtoull(line + strlen(label), NULL, base);
    }
    return line != NULL;
}

bool
switches_of(pid_t thread, switches *found)
{
    char text[STATUS_BYTES];
    read_status(thread, text);
    return read_number(text, "\nvoluntary_ctxt_switches:", 10, &found->sleeps) &&
           read_number(text, "\nnonvoluntary_ctxt_switches:", 10, &found->preemptions);
}

bool
signal_waits_for(pid_t thread, int number)
{
    char text[STATUS_BYTES];
    uint64_t waiting = 0;
    read_status(thread, text);
    return read_number(text, "\nSigPnd:", 16, &waiting) && (waiting >> (number - 1) & 1) != 0;
}
