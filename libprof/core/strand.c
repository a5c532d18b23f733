/* SPDX-License-Identifier: MIT */
#include "strand.h"

#include <string.h>

#include "session.h"

/*
 * How far a leave event looks for its call while calls are open beyond the stack, when nearly every leave
 * is one of theirs. What lacks its leave event is a builtin or a few at the stack's end.
 */
#define BEYOND_REACH 64

void
prof__strand_fail(prof_strand *strand, prof_status status)
{
    prof_status none = PROF_OK;
    (void)atomic_compare_exchange_strong(&strand->session->status, &none, status);
}

/*
 * In ticks. A clock behind its origin is another thread's, or a forked process's, which begins at 0: the
 * strand moved and nobody said so. What passed until now is unknown; from here it counts again.
 */
static uint64_t
cpu_since_origin(prof_strand *strand)
{
    uint64_t ns = strand->clock.cpu_ns(strand->clock.context);
    if (ns < strand->origin_ns) {
        strand->origin_ns = ns;
        strand->origin_cpu = prof__strand_cpu(strand);
        return 0;
    }
    return (uint64_t)((double)(ns - strand->origin_ns) * strand->clock.ticks_per_ns);
}

uint64_t
prof__strand_read_cpu(prof_strand *strand, uint64_t now)
{
    uint64_t gap = now - strand->last;
    if ((int64_t)gap < 0) {
        return strand->last; /* on a core whose counter lags; it has caught up in a moment */
    }
    uint64_t since = cpu_since_origin(strand);
    uint64_t cpu = strand->origin_cpu + since;
    uint64_t before = prof__strand_cpu(strand);
    uint64_t computed = cpu > before ? cpu - before : 0;
    strand->counters.cpu_reads++;
    prof__pace_follow(&strand->pace, &strand->clock, now);
    if (computed > gap) {
        computed = gap; /* nobody computes for longer than time passes */
    }
    prof__strand_pass(strand, now, gap - computed);
    return now;
}

/*
 * The thread has computed since `last`, at which its clock was about to be read. That is the time of what ran before: it
 * has just ended, or called something that would be a tenth too long with it, if it takes 2 us.
 */
static uint64_t
pay_reading(prof_strand *strand)
{
    uint64_t began = strand->last;
    uint64_t now = prof__clock_ticks(&strand->clock);
    if ((int64_t)(now - began) > 0) {
        prof__strand_pass(strand, now, 0);
        prof__cct_count_reading(strand->top->node);
        prof__toll_add(&strand->reading, &(prof__toll){.ticks = now - began, .count = 1});
    }
    return strand->last;
}

uint64_t
prof__strand_advance_slowly(prof_strand *strand)
{
    uint64_t now = prof__clock_ticks(&strand->clock);
    uint64_t gap = now - strand->last;
    strand->counters.events++;
    if (gap > strand->cpu_gap) {
        (void)prof__strand_read_cpu(strand, now);
        return pay_reading(strand);
    }
    prof__strand_pass(strand, now, 0);
    return now;
}

static void
begin_at(prof_strand *strand, uint64_t now, uint64_t cpu_ns)
{
    strand->origin_ns = cpu_ns;
    strand->origin_cpu = prof__strand_cpu(strand);
    if (now > strand->last) { /* never back: the open calls began at times up to `last` */
        prof__strand_pass(strand, now, now - strand->last);
    }
}

void
prof__strand_resume(prof_strand *strand)
{
    uint64_t cpu_ns = strand->clock.cpu_ns(strand->clock.context);
    strand->counters.cpu_reads++;
    begin_at(strand, prof__clock_ticks(&strand->clock), cpu_ns);
}

prof__cpu_mark
prof__strand_mark(const prof_strand *strand)
{
    double ns =
        (double)(prof__strand_cpu(strand) - strand->origin_cpu) / strand->clock.ticks_per_ns;
    return (prof__cpu_mark){.ticks = strand->last, .cpu_ns = strand->origin_ns + (uint64_t)ns};
}

void
prof__strand_resume_from(prof_strand *strand, const prof__cpu_mark *mark)
{
    uint64_t now = prof__clock_ticks(&strand->clock);
    uint64_t gap = now - mark->ticks;
    if (gap > strand->cpu_gap) {
        prof__strand_resume(strand);
    } else {
        begin_at(strand, now, mark->cpu_ns + (uint64_t)((double)gap / strand->clock.ticks_per_ns));
    }
}

void
prof__strand_close(prof_strand *strand, prof__entry *entry)
{
    while (strand->top >= entry) {
        prof__strand_pop(strand);
    }
}

/* The innermost entry with this identity among the `reach` innermost, or NULL. */
static prof__entry *
find_entry(prof_strand *strand, uint64_t identity, ptrdiff_t reach)
{
    prof__entry *entry = strand->top;
    prof__entry *end = entry - strand->entries > reach ? entry - reach : strand->entries;
    while (entry > end && entry->identity != identity) {
        entry--;
    }
    return entry > end ? entry : NULL;
}

void
prof__strand_resync(prof_strand *strand, uint64_t identity)
{
    ptrdiff_t reach = strand->beyond > 0 ? BEYOND_REACH : PTRDIFF_MAX;
    prof__entry *entry = find_entry(strand, identity, reach);
    if (entry != NULL) {
        strand->counters.resynchronised += (uint64_t)(strand->top - entry);
        prof__strand_close(strand, entry);
    } else if (strand->beyond > 0) {
        strand->beyond--; /* a call that was counted but not kept */
    } else {
        strand->counters.unmatched++;
    }
}

bool
prof__strand_grow(prof_strand *strand)
{
    size_t count = (size_t)(strand->limit - strand->entries) + 1;
    size_t wanted = count * 2;
    if (wanted > (size_t)strand->session->max_depth + 1) {
        wanted = (size_t)strand->session->max_depth + 1;
    }
    if (wanted <= count) {
        strand->counters.too_deep++;
        return false;
    }
    prof__entry *entries = prof__arena_alloc(&strand->tree->arena, wanted * sizeof(*entries));
    if (entries == NULL) {
        prof__strand_fail(strand, PROF_NO_MEMORY);
        return false;
    }
    memcpy(entries, strand->entries, count * sizeof(*entries));
    strand->top = entries + (strand->top - strand->entries);
    strand->entries = entries;
    strand->limit = entries + wanted - 1;
    return true;
}

/*
 * A new node takes 50 ns more than one that is known, with all in the caches, and 180 where its function has to be named.
 * A request is made of them: of its 86,000 events 7,000 are the first of their path. This is no event.
 */
static void
count_adding(prof_strand *strand)
{
    uint64_t began = strand->last;
    uint64_t now = prof__strand_advance(strand);
    strand->counters.events--;
    prof__toll_add(&strand->adding, &(prof__toll){.ticks = now - began, .count = 1});
}

prof__cct_node *
prof__strand_add(prof_strand *strand, uint64_t key, uint32_t frame_id, bool resumes)
{
    prof__cct_node *parent = strand->top->node;
    if (parent->key == PROF__KEY_OVERFLOW) {
        prof__strand_enter_beyond(strand, resumes);
        return NULL;
    }
    prof__cct_node *node = prof__cct_add(&strand->tree->cct, parent, key, frame_id);
    if (node == NULL) {
        strand->beyond++;
        prof__strand_fail(strand, PROF_NO_MEMORY);
    } else {
        strand->counters.overflow_calls += node->key == PROF__KEY_OVERFLOW && !resumes;
        count_adding(strand);
    }
    return node;
}

void
prof__strand_enter_beyond(prof_strand *strand, bool resumes)
{
    prof__cct_node *node = strand->top->node;
    if (node->key == PROF__KEY_OVERFLOW) {
        /* All below an overflow frame is that frame; its time is already being taken. */
        node->calls += !resumes;
        strand->counters.overflow_calls += !resumes;
    } else {
        strand->counters.too_deep++;
    }
    strand->beyond++;
}

/* ---- spans of C programs ------------------------------------------------------------------------ */

/* Spans are balanced by the program's structure, so one identity serves them all. */
#define SPAN_IDENTITY UINT64_C(1)

void
prof_enter(prof_strand *strand, uint32_t frame_id)
{
    if (strand->session->stopped || strand->session->status != PROF_OK) {
        return;
    }
    (void)prof__strand_advance(strand);
    if (strand->beyond > 0) {
        prof__strand_enter_beyond(strand, false);
        return;
    }
    prof__cct_node *node = prof__strand_child(strand, prof__key_of_frame(frame_id));
    if (node == NULL) {
        node = prof__strand_add(strand, prof__key_of_frame(frame_id), frame_id, false);
    }
    if (node != NULL) {
        node->calls++;
        prof__strand_push(strand, node, SPAN_IDENTITY);
    }
}

void
prof_leave(prof_strand *strand)
{
    if (strand->session->stopped || strand->session->status != PROF_OK) {
        return;
    }
    if (strand->beyond > 0) {
        (void)prof__strand_advance(strand);
        strand->beyond--;
    } else {
        prof__strand_leave(strand, SPAN_IDENTITY);
    }
}
