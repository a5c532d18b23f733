/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FIRST_ENTRIES 64u

/* Serials tell strands, and sessions, apart after their memory has been used again; it takes one counter. */
static atomic_uint_fast64_t next_serial = 1;

static const char *
copy_text(prof_session *session, const char *text, const char *fallback)
{
    const char *source = text == NULL ? fallback : text;
    return prof__arena_strndup(&session->arena, source, strlen(source));
}

static prof_status
init_session(prof_session *session, const prof_options *options)
{
    session->clock = options->clock == NULL ? prof_clock_best() : *options->clock;
    session->max_nodes = options->max_nodes == 0 ? PROF_DEFAULT_MAX_NODES : options->max_nodes;
    session->max_depth = options->max_depth == 0 ? PROF_DEFAULT_MAX_DEPTH : options->max_depth;
    session->serial = atomic_fetch_add(&next_serial, 1);
    session->costs = options->costs == NULL ? (prof_costs){0} : *options->costs;
    session->name = copy_text(session, options->name, "");
    session->engine = copy_text(session, options->engine, "trace");
    prof__suspended_init(&session->suspended, &session->arena);
    prof__timeline_init(&session->timeline, &session->arena, PROF__DEFAULT_SLICES);
    if (session->name == NULL || session->engine == NULL) {
        return PROF_NO_MEMORY;
    }
    prof_status status = PROF_OK;
    if (session->lent == NULL) {
        status = prof__frame_table_init(&session->frames, &session->arena);
    }
    (void)clock_gettime(CLOCK_REALTIME, &session->started);
    prof__pace_observe(&session->pace, &session->clock);
    prof__clock_pair(&session->clock, &session->start_ticks, &session->start_ns);
    return status;
}

prof_status
prof_session_create(const prof_options *options, prof_session **result)
{
    return prof__session_create_with(options, NULL, result);
}

prof_status
prof__session_create_with(const prof_options *options, prof__frame_table *lent,
                          prof_session **result)
{
    static const prof_options defaults;
    if (options == NULL) {
        options = &defaults;
    }
    if (options->clock != NULL && !(options->clock->ticks_per_ns > 0)) {
        return PROF_BAD_ARGUMENT;
    }
    prof_session *session = calloc(1, sizeof(*session));
    if (session == NULL) {
        return PROF_NO_MEMORY;
    }
    if (lent != NULL) {
        session->lent = lent;
        session->frames = *lent;
    }
    session->memory = options->memory == NULL ? prof__memory_mmap() : *options->memory;
    prof__arena_init(&session->arena, &session->memory);
    (void)pthread_mutex_init(&session->lock, NULL);
    prof_status status = init_session(session, options);
    if (status != PROF_OK) {
        prof_session_destroy(session);
        return status;
    }
    *result = session;
    return PROF_OK;
}

prof_status
prof_session_intern(prof_session *session, const prof_frame *frame, uint32_t *frame_id)
{
    /* There is one root, and it is nobody's child. */
    bool usable_kind = (unsigned)frame->kind < PROF_KIND_COUNT && frame->kind != PROF_KIND_ROOT;
    if (frame->name == NULL || frame->file == NULL || !usable_kind) {
        return PROF_BAD_ARGUMENT;
    }
    (void)pthread_mutex_lock(&session->lock);
    prof_status status = session->stopped
                             ? PROF_STOPPED
                             : prof__frame_table_intern(&session->frames, frame, frame_id);
    (void)pthread_mutex_unlock(&session->lock);
    return status;
}

prof_status
prof__session_add_tree(prof_session *session, prof__tree **result)
{
    prof__tree *tree = prof__arena_alloc(&session->arena, sizeof(*tree));
    if (tree == NULL) {
        return PROF_NO_MEMORY;
    }
    prof__arena_init(&tree->arena, &session->memory);
    prof_status status = prof__cct_init(&tree->cct, &tree->arena, session->max_nodes);
    if (status != PROF_OK) {
        prof__arena_deinit(&tree->arena);
        return status;
    }
    tree->next = session->trees;
    session->trees = tree;
    *result = tree;
    return PROF_OK;
}

prof_status
prof__session_add_strand(prof_session *session, prof__tree *tree, prof_strand **result)
{
    /* In the tree's memory: two threads' strands must not share a cache line. */
    prof_strand *strand = prof__arena_alloc(&tree->arena, sizeof(*strand));
    prof__entry *entries = prof__arena_alloc(&tree->arena, FIRST_ENTRIES * sizeof(*entries));
    if (strand == NULL || entries == NULL) {
        return PROF_NO_MEMORY;
    }
    entries[0].node = tree->cct.root;
    strand->entries = entries;
    strand->top = entries;
    strand->limit = entries + FIRST_ENTRIES - 1;
    if (session->max_depth < FIRST_ENTRIES) {
        strand->limit = entries + session->max_depth;
    }
    strand->clock = session->clock;
    strand->last = session->start_ticks;
    strand->waited = strand->last; /* it has not computed yet */
    strand->cpu_gap = prof__clock_cpu_gap(&session->clock);
    strand->usual_gap = session->clock.is_tsc ? strand->cpu_gap : 0;
    strand->tree = tree;
    strand->session = session;
    strand->serial = atomic_fetch_add(&next_serial, 1);
    strand->next = session->strands;
    session->strands = strand;
    session->counters.strands++;
    *result = strand;
    return PROF_OK;
}

/* The kernel's id: a pthread_t is given to the next thread as soon as its owner has ended. */
static uint64_t
thread_id(void)
{
    return (uint64_t)syscall(SYS_gettid);
}

prof_status
prof_strand_create(prof_session *session, prof_strand **strand)
{
    (void)pthread_mutex_lock(&session->lock);
    prof__tree *tree = NULL;
    prof_status status = session->stopped ? PROF_STOPPED : prof__session_add_tree(session, &tree);
    if (status == PROF_OK) {
        status = prof__session_add_strand(session, tree, strand);
    }
    (void)pthread_mutex_unlock(&session->lock);
    if (status == PROF_OK) {
        (*strand)->tid = thread_id();
        prof__strand_resume(*strand);
    }
    return status;
}

/*
 * Calls still open end now. CPU time is read for this thread's own strands; that of another thread cannot
 * be read here and ends at its last event.
 */
static void
close_strands(prof_session *session)
{
    uint64_t tid = thread_id();
    for (prof_strand *strand = session->strands; strand != NULL; strand = strand->next) {
        /* Another core's counter may be a few ns ahead; a call must not end before it began. */
        uint64_t now = session->stop_ticks;
        if (strand->tid == tid && now > strand->last) {
            (void)prof__strand_read_cpu(strand, now);
        } else if (now > strand->last) {
            prof__strand_pass(strand, now, now - strand->last);
        }
        prof__strand_close(strand, strand->entries + 1);
    }
}

/* Only event sources report suspensions, and those have one tree for all their strands. */
static void
end_suspensions(prof_session *session)
{
    if (session->suspended.count > 0) {
        prof__suspended_end(&session->suspended, &session->trees->cct, session->stop_ticks);
    }
    session->counters.await_lost += session->suspended.lost;
}

prof_status
prof_session_stop(prof_session *session, prof_profile **profile)
{
    (void)pthread_mutex_lock(&session->lock);
    bool stopped = session->stopped;
    session->stopped = true;
    (void)pthread_mutex_unlock(&session->lock);
    if (stopped) {
        return PROF_STOPPED;
    }
    prof__clock_pair(&session->clock, &session->stop_ticks, &session->stop_ns);
    prof__pace_observe(&session->pace, &session->clock);
    close_strands(session);
    end_suspensions(session);
    return session->status == PROF_OK ? prof__snapshot(session, profile) : session->status;
}

/* What has been counted in them was this session's. Only strands have events. */
static void
give_frames_back(prof_session *session)
{
    prof__frame_table *frames = session->lent;
    *frames = session->frames;
    if (session->strands != NULL) {
        memset(frames->far, 0, frames->count * sizeof(*frames->far));
    }
}

void
prof_session_destroy(prof_session *session)
{
    if (session == NULL) {
        return;
    }
    for (prof__tree *tree = session->trees; tree != NULL; tree = tree->next) {
        prof__cct_deinit(&tree->cct);
        prof__arena_deinit(&tree->arena);
    }
    if (session->lent != NULL) {
        give_frames_back(session);
    }
    prof__arena_deinit(&session->arena);
    (void)pthread_mutex_destroy(&session->lock);
    free(session);
}
