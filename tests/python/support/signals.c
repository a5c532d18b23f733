/* SPDX-License-Identifier: MIT */
/* A library for tests of the sampler: handlers set by C, and C that takes its time. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define NS_PER_S 1000000000L

static volatile sig_atomic_t hits;

static void
on_signal(int number)
{
    (void)number;
    hits++;
}

static void
on_signal_with_info(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    hits += info != NULL && info->si_signo == number;
}

int
install(int number, bool with_info)
{
    struct sigaction action = {.sa_flags = SA_RESTART};
    if (with_info) {
        action.sa_flags |= SA_SIGINFO;
        action.sa_sigaction = on_signal_with_info;
    } else {
        action.sa_handler = on_signal;
    }
    return sigaction(number, &action, NULL);
}

bool
is_installed(int number, bool with_info)
{
    struct sigaction present;
    return sigaction(number, NULL, &present) == 0 &&
           (with_info ? (present.sa_flags & SA_SIGINFO) != 0 &&
                            present.sa_sigaction == on_signal_with_info
                      : present.sa_handler == on_signal);
}

int
count(void)
{
    return hits;
}

static double
now(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / NS_PER_S;
}

/* Computes for so many seconds of the thread's CPU time. */
void
spin(double seconds)
{
    double end = now(CLOCK_THREAD_CPUTIME_ID) + seconds;
    while (now(CLOCK_THREAD_CPUTIME_ID) < end) {
    }
}

/* Waits for so many seconds, however often it is interrupted. */
void
wait_for(double seconds)
{
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    long ns = end.tv_nsec + (long)(seconds * NS_PER_S);
    end.tv_sec += ns / NS_PER_S;
    end.tv_nsec = ns % NS_PER_S;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) {
    }
}

/* Waits in slices of so many ms. One that a signal has cut short begins anew, with its whole time, as psycopg's do. */
void
wait_in_slices(int milliseconds, int count)
{
    while (count > 0) {
        count -= poll(NULL, 0, milliseconds) == 0;
    }
}
