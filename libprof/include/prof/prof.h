/* SPDX-License-Identifier: MIT */
/*
 * libprof: a profiler's engine room, usable without Python.
 *
 * A program opens a *session*, gives each of its sequential flows a *strand*, and brackets work with
 * prof_enter / prof_leave. Every distinct path of frames becomes one node of a calling-context tree, so
 * memory grows with paths and not with calls. Stopping the session gives an immutable *profile*.
 *
 *     session ──► strand ──► calling-context tree ──► profile ──► document / export
 *
 * Units: every time is in integer nanoseconds. Every string is NUL-terminated UTF-8.
 * Errors: functions return a prof_status; out-parameters are written only on PROF_OK.
 * Threads: a strand belongs to one thread at a time. Sessions may be used by many threads as far as each
 * uses its own strand; a stop must not run beside prof_enter or prof_leave of the same session.
 * Signals: nothing here may be called from a signal handler.
 */
#ifndef PROF_PROF_H
#define PROF_PROF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROF_VERSION "0.1.0"
#define PROF_API __attribute__((visibility("default")))

/* ---- status ------------------------------------------------------------------------------------- */

/* The one list of statuses: it makes both the enum and the texts. */
#define PROF_STATUS_MAP(X)                                                                         \
    X(OK, "success")                                                                               \
    X(NO_MEMORY, "out of memory")                                                                  \
    X(BAD_ARGUMENT, "an argument is out of its range")                                             \
    X(STOPPED, "the session has been stopped")                                                     \
    X(LIMIT, "a limit has been reached")                                                           \
    X(FORMAT, "the document is not a valid profile")                                               \
    X(UNSUPPORTED, "not supported here")

typedef enum prof_status {
#define PROF_STATUS_ENUM(name, text) PROF_##name,
    PROF_STATUS_MAP(PROF_STATUS_ENUM)
#undef PROF_STATUS_ENUM
} prof_status;

/* The text of a status, a constant; "unknown status" for a value outside the list. Any thread. */
PROF_API const char *prof_status_text(prof_status status);

/* ---- clock -------------------------------------------------------------------------------------- */

/*
 * A clock counts wall time in *ticks* (what the hardware counts; the cheapest reading) and CPU time in
 * nanoseconds. Functions must not fail; `context` is handed to each of them.
 */
typedef struct prof_clock {
    const char *name;
    uint64_t (*ticks)(void *context);   /* monotonic, same for all threads */
    uint64_t (*wall_ns)(void *context); /* monotonic; calibrates ticks at start and stop */
    uint64_t (*cpu_ns)(void *context);  /* CPU time of the calling thread */
    void *context;
    double ticks_per_ns; /* a first estimate, used for short intervals */
    bool is_tsc;         /* ticks are read by one instruction, without calling `ticks` */
    double cpu_gap_ns;   /* time between two events up to this is CPU time, unread; 0: 4,000 */
} prof_clock;

/* clock_gettime: CLOCK_MONOTONIC and CLOCK_THREAD_CPUTIME_ID. Always works. Any thread. */
PROF_API prof_clock prof_clock_posix(void);

/*
 * The cheapest sound clock of this machine: the invariant time-stamp counter (x86-64: CPUID 0x80000007
 * EDX bit 8, and the kernel itself uses it; aarch64: the virtual counter), else prof_clock_posix().
 * The first call of a process measures the counter's rate, which may take up to 2 ms, and what reading the
 * thread's CPU clock takes: `cpu_gap_ns` is ten times that, 1,000 to 4,000. Any thread.
 */
PROF_API prof_clock prof_clock_best(void);

/* ---- frames ------------------------------------------------------------------------------------- */

/* What a frame stands for; the texts are those of the document's "kind" column. */
#define PROF_KIND_MAP(X)                                                                           \
    X(ROOT, "root")                                                                                \
    X(PYTHON, "python")                                                                            \
    X(BUILTIN, "builtin")                                                                          \
    X(NATIVE, "native")                                                                            \
    X(SQL, "sql")                                                                                  \
    X(TEMPLATE, "template")                                                                        \
    X(GC, "gc")                                                                                    \
    X(AWAIT, "await")                                                                              \
    X(OVERFLOW, "overflow")                                                                        \
    X(SPAN, "span")

typedef enum prof_kind {
#define PROF_KIND_ENUM(name, text) PROF_KIND_##name,
    PROF_KIND_MAP(PROF_KIND_ENUM) PROF_KIND_COUNT
#undef PROF_KIND_ENUM
} prof_kind;

PROF_API const char *prof_kind_text(prof_kind kind);
/* Finds the kind with this text; PROF_FORMAT when there is none. */
PROF_API prof_status prof_kind_parse(const char *text, prof_kind *kind);

/* A frame's identity. Two frames are the same when all four members are equal. */
typedef struct prof_frame {
    const char *name;
    const char *file; /* "" where there is none */
    uint32_t line;    /* first line of the code, 0 where there is none */
    prof_kind kind;
} prof_frame;

/* ---- session and strand ------------------------------------------------------------------------- */

typedef struct prof_session prof_session;
typedef struct prof_strand prof_strand;
typedef struct prof_profile prof_profile;

/* How chunks of memory are got and given back; sizes are multiples of the page size, memory is zeroed. */
typedef struct prof_memory {
    void *(*map)(void *context, size_t size); /* NULL on failure */
    void (*unmap)(void *context, void *address, size_t size);
    void *context;
} prof_memory;

/*
 * What the profiler's hooks cost the program, in ns for one enter and leave: `inner` falls between the two
 * readings of the clock and so into the frame's own time, `outer` into its caller's. Both are taken out of
 * the times when the session stops.
 */
typedef struct prof_cost {
    double inner_ns;
    double outer_ns;
} prof_cost;

typedef struct prof_costs {
    prof_cost call;    /* of a frame of kind python */
    prof_cost resume;  /* of a generator or coroutine that goes on */
    prof_cost builtin; /* of a frame of kind builtin */
    prof_cost span;    /* of any other frame */
    prof_cost far;     /* of an event that costs more: beside the above, and for the event alone */
    /*
     * prof_pace() while they were measured; 0: they are taken out as they are, and nothing that only the session can
     * tell, as what new nodes have taken.
     */
    double pace_ns;
} prof_costs;

#define PROF_DEFAULT_MAX_NODES 200000u /* about 20 MB; a large web page has 20,000 */
#define PROF_DEFAULT_MAX_DEPTH 20000u  /* open calls of one strand; deeper ones are only counted */

typedef struct prof_options {
    const char *name;          /* shown with the profile; NULL means "" */
    const char *engine;        /* "trace" or "sample"; NULL means "trace" */
    const prof_clock *clock;   /* NULL means prof_clock_best(); copied */
    const prof_memory *memory; /* NULL means mmap; copied */
    uint32_t max_nodes; /* 0 means the default; new paths past it fold into an overflow frame */
    uint32_t max_depth; /* 0 means the default */
    const prof_costs
        *costs; /* NULL means none; copied. Spans of prof_enter: prof_costs_of_spans() */
} prof_options;

/* The measured cost of prof_enter and prof_leave with a clock (NULL: prof_clock_best()). Takes 1 ms. */
PROF_API prof_status prof_costs_of_spans(const prof_clock *clock, prof_cost *span);

/*
 * ns that a fixed piece of work takes at this moment: how fast the machine is. Sessions look at it as well, and what
 * hooks cost at one pace is taken out as what they cost at the session's. 0 where no hardware counter can be trusted.
 * Takes 1 us, 2 ms the first time in a process. Thread-safe.
 */
PROF_API double prof_pace(void);

/* Creates a running session; `options` may be NULL. */
PROF_API prof_status prof_session_create(const prof_options *options, prof_session **session);

/*
 * Finds or adds a frame (strings are copied); the id is valid for this session. PROF_BAD_ARGUMENT for the
 * kind of the root. When the session's table of frames is full, it is the overflow frame's id. Takes a lock.
 */
PROF_API prof_status prof_session_intern(prof_session *session, const prof_frame *frame,
                                         uint32_t *frame_id);

/*
 * Opens a strand with a tree of its own, to be used by the calling thread, whose CPU clock it reads; it
 * lives until the session is destroyed. Takes a lock.
 */
PROF_API prof_status prof_strand_create(prof_session *session, prof_strand **strand);

/*
 * Enters a frame below the strand's cursor / leaves the innermost open frame. Never fails: what cannot be
 * recorded is counted (see counters). A leave without an enter is ignored. The strand's thread only.
 */
PROF_API void prof_enter(prof_strand *strand, uint32_t frame_id);
PROF_API void prof_leave(prof_strand *strand);

/*
 * Ends the session: frames still open are closed now, and all strands' trees are merged into one profile,
 * which the caller destroys. PROF_STOPPED when it had been stopped before; PROF_NO_MEMORY when an
 * allocation failed now or during the session. The session must still be destroyed.
 */
PROF_API prof_status prof_session_stop(prof_session *session, prof_profile **profile);

/* Releases everything the session owns; NULL is allowed. Profiles live on. */
PROF_API void prof_session_destroy(prof_session *session);

/* ---- profile ------------------------------------------------------------------------------------ */

/* What the profiler says about itself. One list makes the struct and the document's names. */
#define PROF_COUNTER_MAP(X)                                                                        \
    X(events)         /* enter and leave events that were recorded */                              \
    X(unmatched)      /* leave events of calls that began before the session */                    \
    X(resynchronised) /* open calls closed because a leave event was missing */                    \
    X(overflow_calls) /* calls folded into overflow frames at max_nodes */                         \
    X(too_deep)       /* calls not kept because the strand was deeper than max_depth */            \
    X(await_lost)     /* suspensions whose end was not seen: their time is missing */              \
    X(hooks_lost)     /* hooks that somebody took away: events are missing */                      \
    X(cpu_reads)      /* real readings of the CPU clock */                                         \
    X(strands)        /* strands that were used */                                                 \
    X(samples)        /* samples that were recorded */                                             \
    X(samples_lost)   /* samples whose stack could not be read: their time went to the next */     \
    X(samples_late)   /* samples that found the session in use: their time went to the next */     \
    X(nodes)          /* nodes of the trees before merging */                                      \
    X(merged)         /* how many profiles were merged into this one; 0 for one session */

typedef struct prof_counters {
#define PROF_COUNTER_FIELD(name) uint64_t name;
    PROF_COUNTER_MAP(PROF_COUNTER_FIELD)
#undef PROF_COUNTER_FIELD
} prof_counters;

/* Facts about the whole profile. Strings live as long as the profile. */
typedef struct prof_summary {
    const char *name;
    const char *engine;
    const char *started;  /* ISO-8601, UTC, microseconds; "" if unknown */
    const char *metadata; /* a JSON object, "{}" if none */
    uint64_t wall_ns;     /* from start to stop, without the profiler's own cost */
    uint64_t cpu_ns;      /* CPU time of all strands, without that cost */
    uint64_t overhead_ns; /* that cost: wall_ns + overhead_ns is what passed on the clock */
    prof_counters counters;
} prof_summary;

#define PROF_NO_PARENT UINT32_MAX

/*
 * One path from the root. Node 0 is the root; a parent's index is below its children's. Totals include
 * descendants: total = self + sum of children's totals, exactly.
 */
typedef struct prof_node {
    uint32_t parent; /* PROF_NO_PARENT for node 0 */
    uint32_t frame;  /* index of the frame */
    uint64_t calls;
    uint64_t self_wall_ns;
    uint64_t self_cpu_ns;
    uint64_t await_ns; /* suspended in an await of this very frame; not part of any wall time */
    uint64_t samples;
    uint64_t overhead_ns; /* the profiler's own cost, taken out of both self times */
    uint64_t total_wall_ns;
    uint64_t total_cpu_ns;
    uint64_t total_overhead_ns;
} prof_node;

/* One function: all nodes of one frame. Totals count the outermost occurrence of a recursion only. */
typedef struct prof_function {
    uint32_t frame;
    uint64_t calls;
    uint64_t self_wall_ns;
    uint64_t self_cpu_ns;
    uint64_t total_wall_ns;
    uint64_t total_cpu_ns;
    uint64_t await_ns;
    uint64_t samples;
} prof_function;

/*
 * One executed line of one frame, wherever the frame stood. Totals include what the line called, and count the
 * outermost occurrence of a recursion only. No two have the same frame and line.
 */
typedef struct prof_line {
    uint32_t frame;   /* index of the frame, never the root's */
    uint32_t line;    /* of the frame's file; 0 where it is not known */
    uint64_t samples; /* that found it as the innermost line */
    uint64_t self_wall_ns;
    uint64_t self_cpu_ns;
    uint64_t total_wall_ns;
    uint64_t total_cpu_ns;
} prof_line;

/*
 * A slice of the timeline: what one thread did for some time. The slices of a track stand together and lie end to end
 * from the beginning of the session on; what is missing at the end was not seen.
 */
typedef struct prof_slice {
    uint32_t track;   /* the thread, numbered from 0 in the order in which they were seen */
    uint32_t node;    /* index of the node; 0: nothing of the session ran */
    uint64_t wall_ns; /* never 0 */
} prof_slice;

PROF_API void prof_profile_summary(const prof_profile *profile, prof_summary *summary);
PROF_API uint32_t prof_profile_node_count(const prof_profile *profile);
PROF_API uint32_t prof_profile_frame_count(const prof_profile *profile);
/* 0 when lines were not recorded: only sampling does. */
PROF_API uint32_t prof_profile_line_count(const prof_profile *profile);
/* 0 when there is no timeline: only sampling keeps one, and merged profiles have none. */
PROF_API uint32_t prof_profile_slice_count(const prof_profile *profile);
/* Arrays of the counts above, owned by the profile; those of lines and slices are NULL if there are none. */
PROF_API const prof_node *prof_profile_nodes(const prof_profile *profile);
PROF_API const prof_frame *prof_profile_frames(const prof_profile *profile);
PROF_API const prof_line *prof_profile_lines(const prof_profile *profile);
PROF_API const prof_slice *prof_profile_slices(const prof_profile *profile);

/* Replaces the name. PROF_BAD_ARGUMENT: NULL. PROF_NO_MEMORY: it has the one that it had. */
PROF_API prof_status prof_profile_set_name(prof_profile *profile, const char *name);

/* Replaces the metadata, which must be the text of a JSON object (checked by the writer, not here). */
PROF_API prof_status prof_profile_set_metadata(prof_profile *profile, const char *json);

/*
 * All functions, heaviest self wall time first; the caller frees the array with free(). The root frame is
 * not among them: its self time, in node 0, is what passed outside all calls.
 */
PROF_API prof_status prof_profile_functions(const prof_profile *profile, prof_function **functions,
                                            uint32_t *count);

/*
 * Merges profiles path by path: times, calls, lines and counters add up; a timeline is not kept. Associative and
 * commutative.
 */
PROF_API prof_status prof_profile_merge(const prof_profile *const *profiles, size_t count,
                                        prof_profile **merged);

/* One path of a difference: the same path in both profiles; absent ones count as zero. */
typedef struct prof_delta {
    uint32_t parent;  /* index in the array of deltas, PROF_NO_PARENT for the first */
    prof_frame frame; /* strings live as long as both profiles */
    prof_node before; /* parent and frame members are not meaningful */
    prof_node after;
} prof_delta;

/* Matches nodes by their path of frames; the caller frees the array with free(). */
PROF_API prof_status prof_profile_diff(const prof_profile *before, const prof_profile *after,
                                       prof_delta **deltas, uint32_t *count);

PROF_API void prof_profile_destroy(prof_profile *profile);

/* ---- document and exports ----------------------------------------------------------------------- */

#define PROF_MAX_DOCUMENT_BYTES (256u << 20) /* of JSON; larger input is refused before parsing */

/* A growing buffer of bytes; `bytes` is freed by the caller with free(). */
typedef struct prof_bytes {
    char *bytes;
    size_t length;
} prof_bytes;

/* Writes the document (schema libprof.profile/1, JSON, not compressed), see docs/format.md. */
PROF_API prof_status prof_document_write(const prof_profile *profile, prof_bytes *document);

/*
 * Reads a document strictly. On PROF_FORMAT `error` (at least PROF_ERROR_BYTES long, may be NULL) holds
 * one line that names the value that is wrong. Hostile input gives an error, never a crash.
 */
#define PROF_ERROR_BYTES 200
PROF_API prof_status prof_document_read(const char *json, size_t length, prof_profile **profile,
                                        char *error);

/* Formats: "speedscope", "collapsed", "callgrind", "pprof", "chrome". PROF_UNSUPPORTED for others. */
PROF_API prof_status prof_export(const prof_profile *profile, const char *format, prof_bytes *out);

#ifdef __cplusplus
}
#endif

#endif
