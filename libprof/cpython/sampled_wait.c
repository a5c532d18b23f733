/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "sampled_wait.h"

#include "sampled_thread.h"
#include "sampler_watcher.h"
#include "session_gate.h"
#include "thread_status.h"

/* Ticks in a row, with no more work between them than the ticks themselves make. */
#define WAITING_TICKS 8

/*
 * A thread comes to rest after its last tick, by the end of the handler and the system call made again, in 10 to 20 us
 * where ticks are frequent, in 30 to 50 where they are rare, and in 300 where a core has slept for 50 ms, which is 0.6 %
 * of that. One that takes longer is given back, and tried again.
 */
#define SETTLING_NS UINT64_C(60000)
#define SETTLING_SHARE 128

/*
 * Each look wakes the watcher, which takes 20 us on a core that is idle otherwise. A thread that has waited for long is
 * looked at less often: what it does after its wait is seen after this share of it at the latest, and this time.
 */
#define BLIND_SHARE 256
#define BLIND_NS UINT64_C(10000000)

/* The most a thread runs before its alarm. It comes at the scheduler's ticks, which are not closer to each other. */
#define ALARM_NS UINT64_C(1000000)

/* ---- from one hand to the other ---------------------------------------------------------------------- */

/* False: it is not watched. */
static bool
take(sampled_thread *thread)
{
    uint32_t seen = WAIT_WATCHED;
    while (!atomic_compare_exchange_weak(&thread->wait.state, &seen, WAIT_IN_WORK)) {
        if (seen == WAIT_NOT_WATCHED) {
            return false;
        }
        if (seen == WAIT_IN_WORK) {
            (void)sched_yield();
        }
        seen = WAIT_WATCHED;
    }
    return true;
}

static void
leave(sampled_thread *thread, sampled_wait_state state)
{
    atomic_store(&thread->wait.state, state);
}

/* The timer goes on, unless the thread is not to be interrupted at all now. */
static void
give_back(sampled_thread *thread)
{
    sampled_thread_set_alarm(thread, 0);
    (void)sampled_thread_start_timer(thread);
    leave(thread, WAIT_NOT_WATCHED);
}

/* ---- looking ------------------------------------------------------------------------------------------ */

/* Time until then is the wait's. Its session, if it has one, is entered, and left here. */
static void
give_time(sampled_thread *thread, uint64_t until_ns)
{
    session_object *session = thread->wait.session;
    if (session != NULL) {
        prof_session *store = session->session;
        uint64_t since_ns =
            thread->last_wall_ns > store->start_ns ? thread->last_wall_ns : store->start_ns;
        uint64_t wall_ns = until_ns > since_ns ? until_ns - since_ns : 0;
        uint64_t interval_ns = thread->wait.interval_ns;
        const prof__sample sample = {.thread = thread->generation,
                                     .end_ns = until_ns,
                                     .wall_ns = wall_ns,
                                     .ticks =
                                         (uint32_t)((wall_ns + interval_ns / 2) / interval_ns)};
        prof__sample_again(store, &sample, &thread->path);
        session_gate_leave(session);
    }
    thread->last_wall_ns = until_ns;
}

/*
 * How much of the thread's time is known to be its wait's. Where it began, the tick that found it took the whole interval
 * for it: so the one in which it ends is left to the tick that finds what comes then. If the wait's end were told exactly,
 * and its beginning by chance, waits would have half an interval too much each, and what they alternate with too little.
 */
static uint64_t
end_of_wait(const sampled_thread *thread, uint64_t now_ns, uint64_t moved_ns)
{
    uint64_t interval_ns = thread->wait.interval_ns;
    uint64_t end_ns = moved_ns < now_ns ? now_ns - moved_ns : 0;
    if (moved_ns == 0) {
        return now_ns;
    }
    return end_ns >= thread->last_wall_ns + interval_ns ? end_ns - interval_ns / 2 : 0;
}

/* The watcher had no core when the thread was due, and the thread has run since. */
static bool
is_late(const sampled_wait *wait, uint64_t now_ns, uint64_t moved_ns)
{
    return moved_ns > 0 && now_ns > wait->due_ns + 2 * wait->interval_ns;
}

/*
 * The same for who is late. If the thread has slept again, it may have run at any time since it was due. If others had its
 * core meanwhile, they had it while it waited or while it ran: half of it is the wait's.
 */
static uint64_t
end_when_late(const sampled_wait *wait, uint64_t until_ns, switches now)
{
    if (until_ns <= wait->due_ns) {
        return until_ns;
    }
    if (now.sleeps > wait->switches.sleeps + 1) {
        return wait->due_ns;
    }
    bool preempted = now.preemptions > wait->switches.preemptions;
    return preempted ? wait->due_ns + (until_ns - wait->due_ns) / 2 : until_ns;
}

/* Of the thread, as the system tells. Where it does not: it has gone to sleep to go on with the wait it was found in. */
static switches
switches_now(const sampled_thread *thread)
{
    switches now = thread->wait.switches;
    now.sleeps++;
    (void)switches_of(thread->id, &now);
    return now;
}

/*
 * If it has gone to sleep twice since it was handed over, the wait has ended and another one has begun, with so little
 * between them that the clock does not tell. The watcher would give all of the second one to the first.
 */
static bool
has_slept_once(const sampled_thread *thread)
{
    return switches_now(thread).sleeps == thread->wait.switches.sleeps + 1;
}

static bool
comes_to_rest(const sampled_thread *thread, uint64_t moved_ns)
{
    uint64_t settling_ns = SETTLING_NS + thread->wait.interval_ns / SETTLING_SHARE;
    return moved_ns < settling_ns && has_slept_once(thread);
}

/* True: it still waits. False: it has run, since its clock began to move. The thread is in work. */
static bool
look(sampled_thread *thread, uint64_t now_ns)
{
    sampled_wait *wait = &thread->wait;
    uint64_t cpu_ns = sampled_thread_clock(thread->cpu_clock);
    uint64_t moved_ns = cpu_ns - wait->cpu_ns;
    if (!wait->settled && comes_to_rest(thread, moved_ns)) {
        wait->settled = true;
        wait->cpu_ns = cpu_ns;
        thread->last_cpu_ns = cpu_ns; /* the tick's own work is nobody's */
        moved_ns = 0;
    }
    uint64_t until_ns = end_of_wait(thread, now_ns, moved_ns);
    if (is_late(wait, now_ns, moved_ns)) {
        until_ns = end_when_late(wait, until_ns, switches_now(thread));
    }
    if (until_ns > thread->last_wall_ns &&
        (wait->session == NULL || session_gate_wait(wait->session))) {
        give_time(thread, until_ns);
    }
    return moved_ns == 0;
}

/* As above, in the thread's handler: it runs. Who is inside the session may be itself, so it does not wait for that. */
static void
look_back(sampled_thread *thread)
{
    sampled_wait *wait = &thread->wait;
    uint64_t now_ns = sampled_thread_clock(CLOCK_MONOTONIC);
    uint64_t moved_ns = sampled_thread_clock(CLOCK_THREAD_CPUTIME_ID) - wait->cpu_ns;
    uint64_t until_ns = end_of_wait(thread, now_ns, moved_ns);
    if (is_late(wait, now_ns, moved_ns)) {
        until_ns = end_when_late(wait, until_ns, switches_here());
    }
    if (until_ns > thread->last_wall_ns &&
        (wait->session == NULL || session_gate_try(wait->session))) {
        give_time(thread, until_ns);
    }
}

/* Threads that are due soon are looked at now, so that many of them do not wake the watcher one by one. */
static bool
is_due(const sampled_wait *wait, uint64_t now_ns)
{
    return wait->due_ns <= now_ns + wait->interval_ns / 4;
}

/*
 * Nobody's wait is that of a thread which is held for what it may do for others, and has nothing to tell, or that of an
 * event loop between a session's tasks, any of which may go on now and be done at once.
 */
static uint64_t
time_to_next_look(const sampled_thread *thread, uint64_t now_ns)
{
    const sampled_wait *wait = &thread->wait;
    uint64_t ns = BLIND_NS;
    if (wait->session != NULL) {
        ns = (now_ns - wait->since_ns) / BLIND_SHARE;
    } else if (thread->session_holds > 0) {
        ns = 0;
    }
    ns = ns < BLIND_NS ? ns : BLIND_NS;
    return ns > wait->interval_ns ? ns : wait->interval_ns;
}

/* Looks keep their step, as ticks do; those that have been missed are left out. */
static void
set_due(sampled_thread *thread, uint64_t now_ns)
{
    sampled_wait *wait = &thread->wait;
    uint64_t step_ns = time_to_next_look(thread, now_ns);
    wait->due_ns += step_ns;
    if (wait->due_ns <= now_ns) {
        wait->due_ns += (now_ns - wait->due_ns) / step_ns * step_ns + step_ns;
    }
}

/* Returns when the thread is to be looked at again; 0: it is not watched any more. The thread is in work. */
static uint64_t
watch(sampled_thread *thread, uint64_t now_ns)
{
    sampled_wait *wait = &thread->wait;
    if (is_due(wait, now_ns)) {
        if (!look(thread, now_ns)) {
            give_back(thread);
            return 0;
        }
        set_due(thread, now_ns);
    }
    uint64_t due_ns = wait->due_ns;
    leave(thread, WAIT_WATCHED);
    return due_ns;
}

/* The next thread behind this one, or the first one, that is watched; it is in work now. */
static sampled_thread *
next_watched(sampled_thread *thread)
{
    thread = thread == NULL ? sampled_thread_first() : thread->next;
    while (thread != NULL && !take(thread)) {
        thread = thread->next;
    }
    return thread;
}

void
sampled_wait_forget(void)
{
    sampled_thread *thread = sampled_thread_first();
    for (; thread != NULL; thread = thread->next) {
        leave(thread, WAIT_NOT_WATCHED);
    }
}

uint64_t
sampled_wait_look(uint64_t now_ns)
{
    uint64_t next_ns = 0;
    sampled_thread *thread = next_watched(NULL);
    for (; thread != NULL; thread = next_watched(thread)) {
        uint64_t due_ns = watch(thread, now_ns);
        if (due_ns != 0 && (next_ns == 0 || due_ns < next_ns)) {
            next_ns = due_ns;
        }
    }
    return next_ns;
}

void
sampled_wait_give_back(void)
{
    sampled_thread *thread = next_watched(NULL);
    for (; thread != NULL; thread = next_watched(thread)) {
        (void)look(thread, sampled_thread_clock(CLOCK_MONOTONIC));
        give_back(thread);
    }
}

bool
sampled_wait_take(sampled_thread *thread)
{
    bool taken = take(thread);
    if (taken) {
        (void)look(thread, sampled_thread_clock(CLOCK_MONOTONIC));
        sampled_thread_set_alarm(thread, 0);
        leave(thread, WAIT_NOT_WATCHED);
    }
    return taken;
}

void
sampled_wait_leave(session_object *session)
{
    sampled_thread *thread = next_watched(NULL);
    for (; thread != NULL; thread = next_watched(thread)) {
        if (thread->wait.session != session) {
            leave(thread, WAIT_WATCHED);
            continue;
        }
        (void)look(thread, sampled_thread_clock(CLOCK_MONOTONIC));
        give_back(thread);
    }
}

/* ---- in the handler ----------------------------------------------------------------------------------- */

bool
sampled_wait_is_watched(const sampled_thread *thread)
{
    return atomic_load(&thread->wait.state) != WAIT_NOT_WATCHED;
}

bool
sampled_wait_is_over(sampled_thread *thread)
{
    uint32_t seen = WAIT_WATCHED;
    if (atomic_compare_exchange_strong(&thread->wait.state, &seen, WAIT_IN_WORK)) {
        look_back(thread);
        give_back(thread);
        return true;
    }
    return seen == WAIT_NOT_WATCHED;
}

static void
hand_over(sampled_thread *thread, session_object *session, uint64_t interval_ns)
{
    sampled_wait *wait = &thread->wait;
    wait->session = session;
    wait->interval_ns = interval_ns;
    wait->since_ns = thread->last_wall_ns;
    wait->due_ns = thread->last_wall_ns + time_to_next_look(thread, thread->last_wall_ns);
    wait->settled = false;
    wait->ticks = 0;
    sampled_thread_stop_timer(thread);
    sampled_thread_set_alarm(thread, interval_ns < ALARM_NS ? interval_ns : ALARM_NS);
    wait->switches = switches_here();
    wait->cpu_ns = sampled_thread_clock(CLOCK_THREAD_CPUTIME_ID);
    leave(thread, WAIT_WATCHED);
    if (sampler_watcher_runs()) {
        sampler_watcher_call();
    } else {
        (void)sampled_wait_is_over(
            thread); /* the watcher has ended since, and may not have seen it */
    }
}

void
sampled_wait_note(sampled_thread *thread, session_object *session, bool waits)
{
    thread->wait.ticks = waits ? thread->wait.ticks + 1 : 0;
    if (thread->wait.ticks >= WAITING_TICKS && sampler_watcher_runs()) {
        uint64_t interval_ns = atomic_load(&thread->interval_ns);
        if (interval_ns > 0) {
            hand_over(thread, session, interval_ns);
        }
    }
}
