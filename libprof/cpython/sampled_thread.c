/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "sampled_thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process.h"
#include "sampler_signal.h"
#include "sampler_watcher.h"
#include "thread_status.h"

/* Of all interpreters; records are only ever added, so handlers may walk along. */
static _Atomic(sampled_thread *) all_threads;

/* No two threads have the same, whatever records they have. */
static _Atomic(uint64_t) next_generation = 1;

sampled_thread *
sampled_thread_first(void)
{
    return atomic_load_explicit(&all_threads, memory_order_acquire);
}

sampled_thread *
sampled_thread_of(const void *value)
{
    sampled_thread *thread = sampled_thread_first();
    while (thread != NULL && thread != value && sampled_thread_beat(thread, value) == NULL) {
        thread = thread->next;
    }
    return thread;
}

/* Does the record belong to a thread of this process? */
static bool
is_in_use(const sampled_thread *thread)
{
    return atomic_load(&thread->taken) && thread->reader.process == process_current();
}

/* And to one of this source? */
static bool
belongs_to(const sampled_thread *thread, const event_source *source)
{
    return thread->source == source && is_in_use(thread);
}

sampled_thread *
sampled_thread_next(const event_source *source, const sampled_thread *thread)
{
    sampled_thread *next = thread == NULL ? sampled_thread_first() : thread->next;
    while (next != NULL && !belongs_to(next, source)) {
        next = next->next;
    }
    return next;
}

/* ---- timers ----------------------------------------------------------------------------------------- */

/* 0: off. `flags` as timer_settime() has them. */
static int
set_times(timer_t timer, int flags, uint64_t first_ns, uint64_t interval_ns)
{
    struct itimerspec times = {
        .it_value = sampled_thread_timespec(first_ns),
        .it_interval = sampled_thread_timespec(interval_ns),
    };
    return timer_settime(timer, flags, &times, NULL);
}

/* Where nobody sets it again, as somebody has taken the signal, a beat goes on by itself, after so many intervals. */
#define RESERVE_INTERVALS 8u

static int
set_beat(timer_t beat, uint64_t due_ns, uint64_t interval_ns)
{
    return set_times(beat, TIMER_ABSTIME, due_ns, RESERVE_INTERVALS * interval_ns);
}

int
sampled_thread_start_timer(sampled_thread *self)
{
    uint64_t interval_ns = atomic_load(&self->interval_ns);
    if (interval_ns == 0) {
        sampled_thread_stop_timer(self);
        return 0;
    }
    uint64_t due_ns[2];
    uint64_t now_ns = sampled_thread_clock(CLOCK_MONOTONIC);
    prof__rhythm_start(&self->rhythm, now_ns, interval_ns, due_ns);
    int failed = set_beat(self->beats[0], due_ns[0], interval_ns);
    return failed != 0 ? failed : set_beat(self->beats[1], due_ns[1], interval_ns);
}

void
sampled_thread_go_on(sampled_thread *self, const timer_t *beat)
{
    uint64_t interval_ns = atomic_load(&self->interval_ns);
    if (interval_ns > 0) {
        uint64_t now_ns = sampled_thread_clock(CLOCK_MONOTONIC);
        (void)set_beat(*beat, prof__rhythm_next(&self->rhythm, now_ns, interval_ns), interval_ns);
    }
}

void
sampled_thread_hasten(sampled_thread *self, const session_object *session, uint64_t interval_ns)
{
    /* 0: others have turned it off meanwhile, and it stays so. */
    uint64_t seen_ns = atomic_load(&self->interval_ns);
    if (seen_ns > interval_ns &&
        atomic_compare_exchange_strong(&self->interval_ns, &seen_ns, interval_ns)) {
        atomic_store(&self->hastened_by, session);
        (void)sampled_thread_start_timer(self);
    }
}

void
sampled_thread_stop_timer(const sampled_thread *self)
{
    for (int i = 0; i < 2; i++) {
        (void)set_times(self->beats[i], 0, 0, 0);
    }
}

void
sampled_thread_set_alarm(const sampled_thread *self, uint64_t ns)
{
    if (self->has_alarm) {
        (void)set_times(self->alarm, 0, ns, ns);
    }
}

/* 0: off. The thread is not watched. */
static int
set_timer(sampled_thread *self, uint64_t interval_ns)
{
    atomic_store(&self->interval_ns, interval_ns);
    return sampled_thread_start_timer(self);
}

static void
delete_beats(sampled_thread *self, int count)
{
    while (count > 0) {
        (void)timer_delete(self->beats[--count]);
    }
}

static int
create_timers(sampled_thread *self)
{
    self->signal = sampler_signal_number();
    struct sigevent event = {
        .sigev_notify = SIGEV_THREAD_ID,
        .sigev_signo = self->signal,
    };
    self->id = (pid_t)syscall(SYS_gettid);
    event._sigev_un._tid = self->id;
    for (int i = 0; i < 2; i++) {
        event.sigev_value.sival_ptr = &self->beats[i];
        if (timer_create(CLOCK_MONOTONIC, &event, &self->beats[i]) < 0) {
            delete_beats(self, i);
            return -1;
        }
    }
    event.sigev_value.sival_ptr = self;
    self->has_alarm = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &self->alarm) == 0;
    return 0;
}

/* ---- records ---------------------------------------------------------------------------------------- */

static sampled_thread *
take_free(void)
{
    sampled_thread *thread = sampled_thread_first();
    for (; thread != NULL; thread = thread->next) {
        bool free = false;
        if (atomic_compare_exchange_strong(&thread->taken, &free, true)) {
            return thread;
        }
    }
    return NULL;
}

static sampled_thread *
add_record(void)
{
    sampled_thread *thread = PyMem_RawCalloc(1, sizeof(*thread));
    if (thread == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    atomic_store(&thread->taken, true);
    thread->next = atomic_load(&all_threads);
    while (!atomic_compare_exchange_weak(&all_threads, &thread->next, thread)) {
    }
    return thread;
}

void
sampled_thread_wait_for_handler(const sampled_thread *thread)
{
    while (!pthread_equal(thread->owner, pthread_self()) && atomic_load(&thread->inside)) {
        (void)sched_yield();
    }
}

/* Nobody sets its timer from now on, it is off, and no handler is at work in it, but for the caller. */
static void
silence(sampled_thread *thread)
{
    atomic_store(&thread->interval_ns, 0);
    (void)sampled_wait_take(thread);
    sampled_thread_stop_timer(thread);
    if (!pthread_equal(thread->owner, pthread_self())) {
        /* Its handler may have been at work since before that, and have handed it over or set the timer. */
        sampled_thread_wait_for_handler(thread);
        (void)sampled_wait_take(thread);
        sampled_thread_stop_timer(thread);
    }
}

static void
delete_timers(sampled_thread *thread)
{
    silence(thread);
    delete_beats(thread, 2);
    if (thread->has_alarm) {
        (void)timer_delete(thread->alarm);
    }
}

/* The thread ends, or another one takes it apart when the interpreter ends. */
static void
retire(PyObject *capsule)
{
    sampled_thread *thread = PyCapsule_GetPointer(capsule, SAMPLED_THREAD_NAME);
    thread->holds = 0;
    if (thread->reader.process == process_current()) {
        delete_timers(thread);
    }
    thread->generation = atomic_fetch_add(&next_generation, 1);
    atomic_store(&thread->taken, false);
}

/* Makes the record the current thread's: who held it before does not hold it any more. */
static int
prepare(sampled_thread *thread, event_source *source)
{
    thread->source = source;
    thread->owner = pthread_self();
    thread->holds = 0;
    thread->session_holds = 0;
    thread->blocks_signal = false;
    atomic_store(&thread->hastened_by, NULL);
    thread->late = 0;
    thread->sleeps = UINT64_MAX; /* of a thread that had this record before */
    thread->path.session = 0;
    prof__rhythm_init(&thread->rhythm);
    thread->names.source = source;
    thread->names.entries = thread->entries;
    thread->names.keys = thread->keys;
    memset(&thread->spans, 0, sizeof(thread->spans));
    memset(&thread->intervals, 0, sizeof(thread->intervals));
    atomic_store(&thread->wait.state, WAIT_NOT_WATCHED);
    atomic_store(&thread->interval_ns, 0);
    thread->generation = atomic_fetch_add(&next_generation, 1);
    thread->reader.process = 0;
    atomic_store(&thread->inside, false); /* a handler was at work when the process forked */
    if (frames_reader_init(&thread->reader) < 0) {
        return -1;
    }
    thread->reader.watches = source->code_watcher >= 0;
    errno = pthread_getcpuclockid(thread->owner, &thread->cpu_clock);
    if (errno != 0 || create_timers(thread) < 0) {
        thread->reader.process = 0;
        (void)PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return 0;
}

static sampled_thread *
new_thread(event_source *source, PyObject *dict)
{
    sampled_thread *thread = take_free();
    if (thread == NULL) {
        thread = add_record();
    }
    if (thread == NULL || prepare(thread, source) < 0) {
        if (thread != NULL) {
            atomic_store(&thread->taken, false);
        }
        return NULL;
    }
    PyObject *capsule = PyCapsule_New(thread, SAMPLED_THREAD_NAME, retire);
    if (capsule == NULL) {
        delete_timers(thread);
        atomic_store(&thread->taken, false);
        return NULL;
    }
    int result = PyDict_SetItem(dict, source->sampler->thread_key, capsule);
    Py_DECREF(capsule); /* without a place in the dict this retires the record */
    return result < 0 ? NULL : thread;
}

/* Another signal is used now, or the thread state has moved to another thread of the system. */
static bool
is_outdated(const sampled_thread *thread)
{
    return !pthread_equal(thread->owner, pthread_self()) ||
           (thread->holds == 0 && thread->signal != sampler_signal_number());
}

/* What the current thread's dict has, whatever has become of it. NULL: nothing, or an exception. */
static sampled_thread *
find_record(const event_source *source, PyObject *dict)
{
    PyObject *capsule = PyDict_GetItemWithError(dict, source->sampler->thread_key);
    return capsule == NULL ? NULL : PyCapsule_GetPointer(capsule, SAMPLED_THREAD_NAME);
}

/* The record of the current thread, made if there is none; NULL with an exception. */
static sampled_thread *
current_thread(event_source *source)
{
    PyObject *dict = PyThreadState_GetDict();
    if (dict == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the thread has no dict to keep its timer in");
        return NULL;
    }
    sampled_thread *thread = find_record(source, dict);
    if (thread == NULL) {
        return PyErr_Occurred() ? NULL : new_thread(source, dict);
    }
    /* Timers do not live on in the child of a fork, and the thread has another id there. */
    bool inherited = thread->reader.process != process_current();
    if (!inherited && !is_outdated(thread)) {
        return thread;
    }
    if (!inherited) {
        delete_timers(thread);
    }
    return prepare(thread, source) < 0 ? NULL : thread;
}

sampled_thread *
sampled_thread_current(const event_source *source)
{
    PyObject *dict = PyThreadState_GetDict();
    sampled_thread *thread = dict == NULL ? NULL : find_record(source, dict);
    if (thread == NULL) {
        PyErr_Clear();
        return NULL;
    }
    bool own = belongs_to(thread, source) && pthread_equal(thread->owner, pthread_self());
    return own ? thread : NULL;
}

/* What the thread has done until now is nobody's: no tick has looked at it. Its own clock it reads in half the time. */
static void
begin_time(sampled_thread *thread)
{
    bool own = pthread_equal(thread->owner, pthread_self());
    thread->last_wall_ns = sampled_thread_clock(CLOCK_MONOTONIC);
    thread->last_cpu_ns = sampled_thread_clock(own ? CLOCK_THREAD_CPUTIME_ID : thread->cpu_clock);
    thread->saved_cpu_ns = 0;
    thread->late = 0;
}

/*
 * Who makes threads in C often blocks all signals in them, so that the main thread alone handles them; uWSGI does. Our
 * signal would stay pending there, and the thread would have no samples.
 */
static void
let_signal_through(sampled_thread *thread)
{
    sigset_t before;
    if (sampled_thread_mask(thread, SIG_UNBLOCK, &before) == 0 &&
        sigismember(&before, thread->signal) == 1) {
        thread->blocks_signal = true;
    }
}

/* Where another thread releases the last hold, the signal stays let through until the next one is released here. */
static void
block_signal_again(sampled_thread *thread)
{
    if (thread->blocks_signal && pthread_equal(thread->owner, pthread_self())) {
        (void)sampled_thread_mask(thread, SIG_BLOCK, NULL);
        thread->blocks_signal = false;
    }
}

int
sampler_hold(event_source *source, uint64_t interval_ns, const session_object *session,
             held_thread *held)
{
    if (source->sampler->ended) {
        PyErr_SetString(PyExc_RuntimeError, "the interpreter is about to end");
        return -1;
    }
    sampled_thread *thread = current_thread(source);
    if (thread == NULL) {
        return -1;
    }
    bool idle = thread->holds == 0;
    uint64_t before_ns = intervals_shortest(&thread->intervals);
    thread->wait.ticks = 0; /* no tick hands it over from here on */
    bool watched = sampled_wait_take(thread);
    sampler_watcher_start();
    if (idle) {
        begin_time(thread);
        let_signal_through(thread);
    } else {
        sampled_thread_tick(thread);
    }
    intervals_add(&thread->intervals, interval_ns);
    uint64_t now_ns = intervals_shortest(&thread->intervals);
    if ((watched || now_ns != before_ns) && set_timer(thread, now_ns) < 0) {
        (void)PyErr_SetFromErrno(PyExc_OSError);
        intervals_remove(&thread->intervals, interval_ns);
        if (idle) {
            block_signal_again(thread);
        }
        return -1;
    }
    thread->holds++;
    thread->session_holds += session != NULL;
    *held = (held_thread){.thread = thread,
                          .generation = thread->generation,
                          .interval_ns = interval_ns,
                          .session = session};
    return 0;
}

/* False: it was not this session that has hastened it. */
static bool
end_haste(sampled_thread *thread, const session_object *session)
{
    return session != NULL && atomic_compare_exchange_strong(&thread->hastened_by, &session, NULL);
}

void
sampler_release(const held_thread *held)
{
    sampled_thread *thread = held->thread;
    bool same =
        thread->generation == held->generation && thread->reader.process == process_current();
    if (!same || thread->holds == 0) {
        return;
    }
    uint64_t before_ns = intervals_shortest(&thread->intervals);
    intervals_remove(&thread->intervals, held->interval_ns);
    thread->holds--;
    thread->session_holds -= held->session != NULL;
    uint64_t now_ns = intervals_shortest(&thread->intervals);
    bool hastened = end_haste(thread, held->session);
    if (now_ns == 0) {
        silence(thread);
    } else if (hastened || now_ns != before_ns) {
        (void)sampled_wait_take(thread);
        (void)set_timer(thread, now_ns);
    }
    if (thread->holds == 0) {
        block_signal_again(thread);
    }
}

void
sampled_thread_pause_all(const event_source *source)
{
    sampled_thread *thread = sampled_thread_next(source, NULL);
    for (; thread != NULL; thread = sampled_thread_next(source, thread)) {
        /* Servers have many threads that are not held. */
        if (atomic_load(&thread->interval_ns) > 0) {
            silence(thread);
        }
        sampled_thread_wait_for_handler(thread); /* of a late tick */
    }
}

/* How long ticks on their way are waited for. */
#define AWAIT_STEP_NS UINT64_C(200000)
#define AWAIT_STEPS 100

static bool
ticks_are_on_their_way(void)
{
    const sampled_thread *thread = sampled_thread_first();
    while (thread != NULL && !(is_in_use(thread) && signal_waits_for(thread->id, thread->signal))) {
        thread = thread->next;
    }
    return thread != NULL;
}

void
sampled_thread_await_ticks(void)
{
    const struct timespec pause = sampled_thread_timespec(AWAIT_STEP_NS);
    for (int step = 0; step < AWAIT_STEPS && ticks_are_on_their_way(); step++) {
        (void)nanosleep(&pause, NULL);
    }
}

void
sampled_thread_resume_all(const event_source *source)
{
    sampled_thread *thread = sampled_thread_next(source, NULL);
    for (; thread != NULL; thread = sampled_thread_next(source, thread)) {
        if (thread->holds > 0) {
            begin_time(thread);
            (void)set_timer(thread, intervals_shortest(&thread->intervals));
        }
    }
}
