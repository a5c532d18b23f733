/* SPDX-License-Identifier: MIT */
/*
 * A strand: one sequential flow inside a session, with a shadow stack of its open calls.
 *
 *     base ─► call ─► call ─► call        each entry: node of the tree, identity of the activation
 *                             ▲ top
 *
 * Event sources cannot promise balance: a session starts deep in a stack, builtins called through
 * `f(*args)` never report their return, greenlets switch away. So an entry carries the *identity* of its
 * activation, a leave closes everything above the entry that it names, and a leave that names nothing is
 * counted and ignored. The stack never underflows.
 *
 * What passes between two events is the innermost call's own time, so one addition an event does for all the calls
 * that are open: their totals are sums, made when the session has stopped.
 *
 * CPU time without a system call per event: a strand has its own CPU clock, in ticks. Between two events
 * closer than the clock's `cpu_gap_ns` a thread cannot have slept long, so the gap counts as CPU time; only a
 * longer gap is worth the 200 to 600 ns of reading the thread's CPU clock, and each reading reconciles all gaps
 * before it. Waiting is what is written down, as most events find none.
 *
 * These functions are the hot path of tracing; they are inlined into the hooks.
 */
#ifndef PROF_CORE_STRAND_H
#define PROF_CORE_STRAND_H

#include "cct.h"
#include "pace.h"
#include "suspended.h"

typedef struct prof__entry {
    prof__cct_node *node;
    uint64_t identity;
} prof__entry;

/* A tree and the memory it lives in. Only one thread at a time works on a tree. */
typedef struct prof__tree prof__tree;

struct prof__tree {
    prof__arena arena;
    prof__cct cct;
    prof__tree *next;
};

/* What the profiler does on some events only is timed each time. */
typedef struct prof__toll {
    uint64_t ticks;
    uint64_t count;
} prof__toll;

static inline void
prof__toll_add(prof__toll *sum, const prof__toll *toll)
{
    sum->ticks += toll->ticks;
    sum->count += toll->count;
}

/* First what every event touches, so that it fills few lines of the cache. */
struct prof_strand {
    prof__entry *top;       /* the innermost open call; entries[0] is the base and never leaves */
    prof__entry *limit;     /* last usable entry */
    uint64_t last;          /* ticks of the last event */
    uint64_t usual_gap;     /* cpu_gap, or 0 where the clock is not the counter */
    uint64_t beyond;        /* calls above max_depth or below an overflow frame, not on the stack */
    bool yielded;           /* the last event was a suspension */
    prof_counters counters; /* one set a strand: strands of a session may run side by side */
    uint64_t waited;        /* ticks up to `last` in which it has not computed: prof__strand_cpu */
    uint64_t cpu_gap;       /* ticks */
    prof_clock clock;
    prof__tree *tree;
    prof_session *session;
    prof__entry *entries;
    uint64_t origin_cpu; /* CPU clock at origin_ns, in ticks */
    uint64_t origin_ns;  /* the thread's CPU time when the strand began to run there */
    uint64_t owner;      /* event source's identity of the flow (a context); 0 when free */
    uint64_t thread;     /* event source's identity of the thread it ran on last */
    uint64_t stack;      /* and of the stack that this thread ran then */
    uint64_t serial;     /* unique within the process */
    uint64_t tid;        /* of the thread whose own this strand is; 0 when flows share it */
    prof_strand *next;
    prof_strand *beside; /* in its chain of the index, or among the session's empty strands */
    prof__pace pace;     /* observed where the CPU clock is read, which takes longer */
    prof__toll adding;   /* of new nodes and their names: in their parents' times */
    prof__toll reading;  /* of the CPU clock: in the time of what ran before */
};

/* The strand's CPU clock at its last event, in ticks. */
static inline uint64_t
prof__strand_cpu(const prof_strand *strand)
{
    return strand->last - strand->waited;
}

/* Time up to now passes, of which so many ticks have been waited. `now` is not before the last event. */
static inline void
prof__strand_pass(prof_strand *strand, uint64_t now, uint64_t waited)
{
    prof__cct_node *node = strand->top->node;
    node->wall += now - strand->last;
    node->waited += waited;
    strand->waited += waited;
    strand->last = now;
}

/* Time up to now passes; the thread's CPU clock is read for it. Returns `now`, or `last` if time ran back. */
uint64_t prof__strand_read_cpu(prof_strand *strand, uint64_t now);

/* The strand begins to run on this thread: time since its last event is not its CPU time. */
void prof__strand_resume(prof_strand *strand);

/* What the thread's CPU clock says at a moment, as far as a strand that ran there knows. */
typedef struct prof__cpu_mark {
    uint64_t ticks;
    uint64_t cpu_ns;
} prof__cpu_mark;

prof__cpu_mark prof__strand_mark(const prof_strand *strand);

/*
 * Begins to run like resume, but takes the CPU clock from a mark of this thread if no more than a short gap
 * has passed since: flows that take turns every few us would else pay for a reading each time. Wrong guesses
 * are repaid by the next reading as those within a strand are.
 */
void prof__strand_resume_from(prof_strand *strand, const prof__cpu_mark *mark);

/* Slow paths, see below. */
uint64_t prof__strand_advance_slowly(prof_strand *strand);
void prof__strand_resync(prof_strand *strand, uint64_t identity);
bool prof__strand_grow(prof_strand *strand);
void prof__strand_fail(prof_strand *strand, prof_status status);

/*
 * Adds a child of the cursor that prof__cct_find did not find. It begins at `last`, which has moved: what has been done
 * for it since the event was the profiler's work. NULL: there is nothing to push, because the
 * call has been counted below an overflow frame, or because there is no memory, which ends the session.
 * A generator that `resumes` is not counted, as its call has been.
 */
prof__cct_node *prof__strand_add(prof_strand *strand, uint64_t key, uint32_t frame_id,
                                 bool resumes);

/* What begins while `beyond` is not 0: its caller is not on the stack, nor will it be. Counts as above. */
void prof__strand_enter_beyond(prof_strand *strand, bool resumes);

/* Closes open entries down to (and with) `entry`. They have ended with the last event. */
void prof__strand_close(prof_strand *strand, prof__entry *entry);

/*
 * The usual course of prof__strand_advance, which calls nothing: for hooks that would have to keep all they know across
 * a call. `counter` is what prof__counter() has said, or 0. False, and nothing has happened, where that is not the
 * strand's clock or the CPU clock must be read.
 */
static inline bool
prof__strand_try_advance(prof_strand *strand, uint64_t counter)
{
    uint64_t gap = counter - strand->last;
    if (__builtin_expect(gap > strand->usual_gap, 0)) {
        return false;
    }
    strand->counters.events++;
    prof__strand_pass(strand, counter, 0);
    return true;
}

/* Counts an event, lets time pass and returns up to when. */
static inline uint64_t
prof__strand_advance_to(prof_strand *strand, uint64_t counter)
{
    bool done = prof__strand_try_advance(strand, counter);
    return __builtin_expect(done, 1) ? counter : prof__strand_advance_slowly(strand);
}

static inline uint64_t
prof__strand_advance(prof_strand *strand)
{
    return prof__strand_advance_to(strand, prof__counter());
}

/* The cursor's child with this key, or NULL when the path is new. */
static inline prof__cct_node *
prof__strand_child(const prof_strand *strand, uint64_t key)
{
    return prof__cct_child(&strand->tree->cct, strand->top->node, key);
}

/* prof__strand_push where top is below limit. */
static inline void
prof__strand_push_within(prof_strand *strand, prof__cct_node *node, uint64_t identity)
{
    __builtin_prefetch(node->last); /* where its first call will be looked for */
    prof__entry *entry = ++strand->top;
    entry->node = node;
    entry->identity = identity;
    strand->yielded = false;
}

/* Opens a call of `node`, which is a child of the cursor. */
static inline void
prof__strand_push(prof_strand *strand, prof__cct_node *node, uint64_t identity)
{
    if (__builtin_expect(strand->top == strand->limit, 0) && !prof__strand_grow(strand)) {
        strand->beyond++;
        return;
    }
    prof__strand_push_within(strand, node, identity);
}

/* Closes the innermost call. The caller has made sure that it is not the base. */
static inline void
prof__strand_pop(prof_strand *strand)
{
    __builtin_prefetch(strand->top->node->follower); /* what its caller is likely to call next */
    strand->top--;
    strand->beyond = 0; /* whatever was not kept above this call has ended with it */
}

/* Closes the call with this identity, and what was left open above it. Identities are never 0. */
static inline void
prof__strand_leave_at(prof_strand *strand, uint64_t identity, uint64_t counter)
{
    (void)prof__strand_advance_to(strand, counter);
    if (__builtin_expect(strand->top->identity == identity, 1)) {
        prof__strand_pop(strand);
    } else {
        prof__strand_resync(strand, identity);
    }
}

/* The same, where the counter has not been read. */
static inline void
prof__strand_leave(prof_strand *strand, uint64_t identity)
{
    prof__strand_leave_at(strand, identity, prof__counter());
}

#endif
