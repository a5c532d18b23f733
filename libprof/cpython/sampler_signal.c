/* SPDX-License-Identifier: MIT */
/*
 * One signal serves all interpreters of the process, so its state is the process's.
 *
 * SIGURG is the default. What is left of a timer may arrive when our handler has gone (after exec, for example),
 * and ignoring SIGURG is what the system does then; others would end the program. Nobody sets timers on it, debuggers
 * let it pass, and who does get it has to expect it at any time, since its real use is rare and not exact.
 */
#define _GNU_SOURCE
#include "sampler_signal.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#define DEFAULT_SIGNAL SIGURG

static struct {
    pthread_mutex_t lock; /* of all but `tick` and what the handler reads */
    int number;
    uint32_t users;
    bool follows_forks;
    sigset_t unblocked; /* of the thread that forks, before */
    struct sigaction previous;
    _Atomic(sampler_tick *) tick;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .number = DEFAULT_SIGNAL};

static bool
is_handled(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) != 0 ||
           (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

/* A signal that is not one of our timers' is somebody else's. */
static void
pass_on(int number, siginfo_t *info, void *context)
{
    const struct sigaction *previous = &state.previous;
    if ((previous->sa_flags & SA_SIGINFO) != 0) {
        previous->sa_sigaction(number, info, context);
    } else if (is_handled(previous)) {
        previous->sa_handler(number);
    }
}

static void
on_signal(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    sampler_tick *tick = atomic_load_explicit(&state.tick, memory_order_acquire);
    bool ours =
        info->si_code == SI_TIMER && tick != NULL && tick(info->si_value.sival_ptr, context);
    if (!ours) {
        pass_on(number, info, context);
    }
    errno = saved;
}

static bool
is_ours(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == on_signal;
}

/* Does the system ignore the signal where nobody handles it? */
static bool
is_harmless(int number)
{
    return number == SIGURG || number == SIGWINCH || number == SIGCONT || number == SIGCHLD;
}

/*
 * Not where a late tick would end the program: there our handler stays, which does nothing with what is not ours.
 * Somebody who has taken the signal meanwhile keeps it.
 */
static bool
should_go(const struct sigaction *present)
{
    bool ends_program = (state.previous.sa_flags & SA_SIGINFO) == 0 &&
                        state.previous.sa_handler == SIG_DFL && !is_harmless(state.number);
    return is_ours(present) && !ends_program;
}

/* ---- forks ------------------------------------------------------------------------------------------ */

/* A clone that is interrupted begins anew: a large process that is interrupted all the time never ends one. */
static void
before_fork(void)
{
    sigset_t signals;
    (void)pthread_mutex_lock(&state.lock);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, state.number);
    (void)pthread_sigmask(SIG_BLOCK, &signals, &state.unblocked);
}

static void
after_fork_in_parent(void)
{
    (void)pthread_sigmask(SIG_SETMASK, &state.unblocked, NULL);
    (void)pthread_mutex_unlock(&state.lock);
}

/* It has no timers, and none of the sessions that wanted them. */
static void
after_fork_in_child(void)
{
    struct sigaction present;
    if (state.users > 0 && sigaction(state.number, NULL, &present) == 0 && should_go(&present)) {
        (void)sigaction(state.number, &state.previous, NULL);
    }
    state.users = 0;
    after_fork_in_parent();
}

/* ---- the handler ------------------------------------------------------------------------------------ */

/* The caller holds the lock. */
static int
install(sampler_tick *tick)
{
    if (!state.follows_forks) {
        int error = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
        if (error != 0) {
            return error;
        }
        state.follows_forks = true;
    }
    /* Not on the alternate stack: where frames lie on the C stack, the handler must be below them. */
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigaction present;
    (void)sigemptyset(&action.sa_mask);
    if (sigaction(state.number, NULL, &present) < 0) {
        return errno;
    }
    if (is_ours(&present)) {
        return 0; /* somebody has kept it and put it back */
    }
    state.previous = present;
    atomic_store_explicit(&state.tick, tick, memory_order_release);
    return sigaction(state.number, &action, NULL) < 0 ? errno : 0;
}

int
sampler_signal_acquire(sampler_tick *tick)
{
    (void)pthread_mutex_lock(&state.lock);
    struct sigaction present;
    bool lost =
        state.users > 0 && (sigaction(state.number, NULL, &present) < 0 || !is_ours(&present));
    int error = state.users == 0 || lost ? install(tick) : 0;
    state.users += error == 0;
    (void)pthread_mutex_unlock(&state.lock);
    return error;
}

void
sampler_signal_release(void)
{
    (void)pthread_mutex_lock(&state.lock);
    struct sigaction present;
    if (state.users > 0 && --state.users == 0 && sigaction(state.number, NULL, &present) == 0 &&
        should_go(&present)) {
        (void)sigaction(state.number, &state.previous, NULL);
    }
    (void)pthread_mutex_unlock(&state.lock);
}

bool
sampler_signal_goes_to_others(void)
{
    (void)pthread_mutex_lock(&state.lock);
    bool goes = state.users == 1 && is_handled(&state.previous);
    (void)pthread_mutex_unlock(&state.lock);
    return goes;
}

int
sampler_signal_number(void)
{
    return state.number;
}

/* SIGALRM is the program's, and so are those that say that something is wrong or that cannot be caught. */
static bool
is_usable(int number)
{
    switch (number) {
    case SIGALRM:
    case SIGKILL:
    case SIGSTOP:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGSYS:
    case SIGABRT:
    case SIGCHLD:
    case SIGPIPE:
    case SIGINT:
    case SIGTERM:
        return false;
    default:
        return number > 0 && number <= SIGRTMAX && (number < 32 || number >= SIGRTMIN);
    }
}

int
sampler_signal_choose(int number)
{
    if (!is_usable(number)) {
        return EINVAL;
    }
    (void)pthread_mutex_lock(&state.lock);
    bool busy = state.users > 0;
    if (!busy) {
        state.number = number;
    }
    (void)pthread_mutex_unlock(&state.lock);
    return busy ? EBUSY : 0;
}

bool
sampler_signal_is_ours(void)
{
    struct sigaction present;
    return sigaction(state.number, NULL, &present) == 0 && is_ours(&present);
}
