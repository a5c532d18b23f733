/* SPDX-License-Identifier: MIT */
#include "strand.h"

#include <string.h>

#include "session.h"

void
prof__strand_fail(prof_strand *strand, prof_status status)
{
    if (strand->session->status == PROF_OK) {
        strand->session->status = status;
    }
}

uint64_t
prof__strand_read_cpu(prof_strand *strand, uint64_t now)
{
    uint64_t gap = now - strand->last;
    if ((int64_t)gap < 0) {
        return strand->last; /* moved to a core whose counter lags; a moment later it has caught up */
    }
    uint64_t used = strand->clock.cpu_ns(strand->clock.context) - strand->origin_ns;
    uint64_t cpu = strand->origin_cpu + (uint64_t)((double)used * strand->clock.ticks_per_ns);
    strand->session->counters.cpu_reads++;
    if (cpu > strand->cpu + gap) {
        cpu = strand->cpu + gap; /* nobody computes for longer than time passes */
    }
    if (cpu > strand->cpu) {
        strand->cpu = cpu;
    }
    return now;
}

void
prof__strand_resume(prof_strand *strand)
{
    strand->origin_ns = strand->clock.cpu_ns(strand->clock.context);
    strand->origin_cpu = strand->cpu;
    strand->last = prof__clock_ticks(&strand->clock);
    strand->session->counters.cpu_reads++;
}

void
prof__strand_close(prof_strand *strand, prof__entry *entry, uint64_t now)
{
    while (strand->top >= entry) {
        prof__strand_pop(strand, now);
    }
}

/* The innermost entry with this identity, or NULL. */
static prof__entry *
find_entry(prof_strand *strand, uint64_t identity)
{
    for (prof__entry *entry = strand->top; entry > strand->entries; entry--) {
        if (entry->identity == identity) {
            return entry;
        }
    }
    return NULL;
}

void
prof__strand_resync(prof_strand *strand, uint64_t identity, uint64_t now)
{
    if (strand->beyond > 0) {
        strand->beyond--; /* a call that was counted but not kept; no search, it may be deep */
        return;
    }
    prof__entry *entry = find_entry(strand, identity);
    if (entry == NULL) {
        strand->session->counters.unmatched++;
        return;
    }
    strand->session->counters.resynchronised += (uint64_t)(strand->top - entry);
    prof__strand_close(strand, entry, now);
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
        strand->session->counters.too_deep++;
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

prof__cct_node *
prof__strand_add(prof_strand *strand, uint64_t key, uint32_t frame_id)
{
    prof__cct_node *parent = strand->top->node;
    if (parent->key == PROF__KEY_OVERFLOW) {
        /* Everything below an overflow frame is that frame: its time is already being taken. */
        parent->calls++;
        strand->beyond++;
        strand->session->counters.overflow_calls++;
        return NULL;
    }
    prof__cct_node *node = prof__cct_add(&strand->tree->cct, parent, key, frame_id);
    if (node == NULL) {
        strand->beyond++;
        prof__strand_fail(strand, PROF_NO_MEMORY);
    } else if (node->key == PROF__KEY_OVERFLOW) {
        strand->session->counters.overflow_calls++;
    }
    return node;
}

/* ---- spans of C programs ------------------------------------------------------------------------ */

/* Frame ids start at 0, and 0, 1 and 2 are not keys of frames. */
#define KEY_OF_FRAME(frame_id) ((uint64_t)(frame_id) + 16)

/* Spans are balanced by the program's structure, so one identity serves them all. */
#define SPAN_IDENTITY UINT64_C(1)

void
prof_enter(prof_strand *strand, uint32_t frame_id)
{
    if (strand->session->stopped || strand->session->status != PROF_OK) {
        return;
    }
    uint64_t now = prof__strand_advance(strand);
    if (strand->beyond > 0) {
        strand->beyond++;
        return;
    }
    prof__cct_node *node = prof__strand_child(strand, KEY_OF_FRAME(frame_id));
    if (node == NULL) {
        node = prof__strand_add(strand, KEY_OF_FRAME(frame_id), frame_id);
    }
    if (node != NULL) {
        node->calls++;
        prof__strand_push(strand, node, SPAN_IDENTITY, now);
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
