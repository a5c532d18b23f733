/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* RUSAGE_THREAD */
#include "sleeps.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Of the file that tells; it has a few lines that grow with the machine's cores. */
#define STATUS_BYTES 16384

uint64_t
sleeps_here(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_THREAD, &usage); /* no more than a system call */
    return (uint64_t)usage.ru_nvcsw;
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

bool
sleeps_of(pid_t thread, uint64_t *sleeps)
{
    static const char label[] = "\nvoluntary_ctxt_switches:";
    char text[STATUS_BYTES];
    read_status(thread, text);
    const char *line = strstr(text, label);
    if (line != NULL) {
        *sleeps = strtoull(line + sizeof(label) - 1, NULL, 10);
    }
    return line != NULL;
}
