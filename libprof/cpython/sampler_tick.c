/* SPDX-License-Identifier: MIT */
/* The signal handler's work. Nothing here allocates, locks, waits or calls the interpreter. */
#define _GNU_SOURCE /* the names of registers */
#include "sampled_thread.h"

#include "interrupted.h"
#include "membership.h"
#include "sampled_memory.h"
#include "session_gate.h"
#include "thread_status.h"

/* The innermost membership in a sampled session that runs. Its context keeps it alive. */
static membership *
find_member(const sampled_thread *self)
{
    const event_source *source = self->source;
    PyObject *value = context_lookup_value(&source->sampler->lookup, self->reader.thread);
    return membership_sampled(membership_of(source, value), self->reader.process);
}

/*
 * How many of the outermost frames are no part of the session: those that were on the stack when the context joined,
 * and still are. In another thread, or a task that outlived them, those of the event loop or the executor.
 */
static uint32_t
foreign_frames(const sampled_thread *self, const membership *member, uint32_t count)
{
    const struct sampler *sampler = self->source->sampler;
    uint32_t common = 0;
    for (; common < count && common < member->base_count; common++) {
        const frames_entry *entry = &self->entries[count - 1 - common];
        const membership_frame *base = membership_base(member) + common;
        bool same = entry->frame == base->frame || sampler_is_boundary(sampler, entry->code);
        if (!same || (uint64_t)(uintptr_t)entry->code != base->code) {
            break;
        }
    }
    for (uint32_t i = 0; common == 0 && i < count; i++) {
        if (sampler_is_boundary(sampler, self->entries[i].code)) {
            common = count - i;
        }
    }
    return common;
}

/* What an address was known as is forgotten when code has died since. */
static void
forget_dead(lent_names *names, prof_session *session, uint64_t deaths)
{
    if (names->code_deaths != deaths) {
        prof__frame_table_forget(&session->frames);
        names->code_deaths = deaths;
    }
}

/* What passed before the session began is not its time. */
static uint64_t
clip(uint64_t ns, uint64_t limit_ns)
{
    return ns < limit_ns ? ns : limit_ns;
}

/*
 * CPU time belongs to functions that are found running, and not to those that are found waiting: what a thread has
 * computed just before it went to sleep is not the sleep's. So it is saved until a tick finds the thread running, and
 * is given then. Between two ticks that both found it waiting, it has at least woken up for the second one: that is
 * nobody's.
 *
 * A system call that has just ended may have computed, or waited until now. It has waited if the thread has spent less
 * than a quarter of the time, unless it has not slept at all: on a busy machine others may have had the core.
 */
#define WAKING_NS UINT64_C(40000)
#define WAITED_SHARE 4

/* How often since a tick last asked. To ask is a system call. */
static uint64_t
sleeps_since(sampled_thread *self)
{
    uint64_t before = self->sleeps;
    self->sleeps = switches_here().sleeps;
    return self->sleeps - before;
}

static bool
was_running(sampled_thread *self, const void *state, uint64_t spent_ns, uint64_t wall_ns)
{
    if (state == NULL) {
        return true; /* nobody was interrupted */
    }
    switch (interrupted_while(state)) {
    case INTERRUPTED_RUNNING:
        return true;
    case INTERRUPTED_RETURNING:
        return spent_ns >= wall_ns / WAITED_SHARE || sleeps_since(self) == 0;
    case INTERRUPTED_WAITING:
        break;
    }
    return false;
}

/* What a sample may take of the thread's CPU time. */
static uint64_t
offer_cpu(sampled_thread *self, const void *state, uint64_t spent_ns, uint64_t wall_ns)
{
    bool running = was_running(self, state, spent_ns, wall_ns);
    if (!running && !self->was_running) {
        spent_ns -= clip(spent_ns, WAKING_NS);
    }
    self->saved_cpu_ns += spent_ns;
    self->was_running = running;
    return running ? self->saved_cpu_ns : 0;
}

/*
 * Adds a sample to the session, which is entered: the time since the thread's last tick. False: there was no stack to
 * be read.
 */
static bool
add_sample(sampled_thread *self, const membership *member, const void *state, uint64_t now_ns,
           uint64_t spent_ns)
{
    session_object *session = member->session;
    prof_session *store = session->session;
    uint64_t wall_ns = clip(now_ns - self->last_wall_ns, now_ns - store->start_ns);
    uint32_t count;
    uintptr_t inside = (uintptr_t)__builtin_frame_address(0);
    frames_result result =
        frames_read(&self->reader, inside, self->entries, PROF__SAMPLE_FRAMES, &count);
    store->counters.samples_late += self->late;
    self->late = 0;
    if (result == FRAMES_LOST) {
        store->counters.samples_lost++;
        return false;
    }
    uint32_t depth = result == FRAMES_CUT ? count : count - foreign_frames(self, member, count);
    depth =
        sampled_spans_show(&self->spans, store, self->entries, depth, count, PROF__SAMPLE_FRAMES);
    for (uint32_t i = 0; i < depth; i++) {
        self->keys[i] = code_names_key(&self->entries[i]);
    }
    const prof__sample sample = {
        .keys = self->keys,
        .depth = depth,
        .deeper = result == FRAMES_CUT,
        .ticks = 1,
        .thread = self->generation,
        .end_ns = now_ns,
        .wall_ns = wall_ns,
        .cpu_ns = offer_cpu(self, state, spent_ns, wall_ns),
    };
    uint64_t deaths = compat_code_deaths();
    forget_dead(&session->sample.memory->names, store, deaths);
    self->names.session = store;
    self->saved_cpu_ns -=
        prof__sample_add(store, &sample, &self->path, deaths, code_names_place, &self->names);
    return true;
}

/*
 * It is at rest: since a tick that found it waiting it has gone to sleep once, when that tick was over. Or it has done no
 * more than what the tick itself makes, which is 10 us where ticks follow each other closely and 150 us where a core has
 * slept meanwhile: who waits for the GIL sleeps again every 5 ms.
 */
#define RESTING_NS UINT64_C(250000)

static bool
rests(sampled_thread *self, const void *state, uint64_t spent_ns, uint64_t wall_ns)
{
    if (interrupted_while(state) != INTERRUPTED_WAITING) {
        return false;
    }
    return sleeps_since(self) == 1 || (spent_ns < RESTING_NS && spent_ns < wall_ns / 2);
}

/* Of a session that has begun slowly, and has not been as quick as nearly all of its kind. */
static void
come_to_full_rate(sampled_thread *self, const session_object *session, uint64_t now_ns)
{
    uint64_t quick_ns = session->sample.quick_ns;
    if (quick_ns > 0 && now_ns - session->session->start_ns >= quick_ns) {
        sampled_thread_hasten(self, session, session->sample.later_interval_ns);
    }
}

/*
 * Time since the last tick belongs to what runs now. If it cannot be given to that, it waits for the next tick:
 * then it is late, but not lost. `state` is what was interrupted; NULL: nobody was.
 */
static void
take_sample(sampled_thread *self, const void *state)
{
    uint64_t wall_ns = sampled_thread_clock(CLOCK_MONOTONIC);
    uint64_t cpu_ns = sampled_thread_clock(CLOCK_THREAD_CPUTIME_ID);
    uint64_t passed_ns = wall_ns - self->last_wall_ns;
    uint64_t spent_ns = cpu_ns - self->last_cpu_ns;
    const membership *member = find_member(self);
    session_object *session = member == NULL ? NULL : member->session;
    if (session != NULL && !session_gate_try(session)) {
        self->late++;
        return;
    }
    if (session == NULL) {
        self->saved_cpu_ns = 0; /* it was nobody's */
    }
    if (session == NULL || add_sample(self, member, state, wall_ns, spent_ns)) {
        self->last_wall_ns = wall_ns;
        self->last_cpu_ns = cpu_ns;
        if (session != NULL) {
            come_to_full_rate(self, session, wall_ns);
        }
        if (state != NULL) {
            sampled_wait_note(self, session, rests(self, state, spent_ns, passed_ns));
        }
    }
    if (session != NULL) {
        session_gate_leave(session); /* who closes it finds that the thread is watched */
    }
}

bool
sampler_on_tick(void *value, const void *state)
{
    sampled_thread *self = sampled_thread_of(value);
    if (self == NULL) {
        return false;
    }
    /* A late tick of a thread that had this record before must not touch it. */
    if (atomic_load(&self->taken) && pthread_equal(self->owner, pthread_self()) &&
        self->holds > 0) {
        atomic_store(&self->inside, true);
        const timer_t *beat = sampled_thread_beat(self, value);
        if (beat != NULL && !sampled_wait_is_watched(self)) {
            sampled_thread_go_on(self, beat);
        }
        if (sampled_wait_is_over(self)) {
            take_sample(self, state);
        }
        atomic_store(&self->inside, false);
    }
    return true;
}

/* The signal is blocked meanwhile: the handler works with the same record. */
void
sampled_thread_tick(sampled_thread *self)
{
    sigset_t before;
    (void)sampled_thread_mask(self, SIG_BLOCK, &before);
    take_sample(self, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}
