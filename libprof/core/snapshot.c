/* SPDX-License-Identifier: MIT */
/*
 * From the trees of a stopped session to a profile: ticks become nanoseconds, the profiler's own cost (its hooks
 * and its hidden frames) is taken out, and paths that differ only in their keys (one function compiled twice) become
 * one node.
 */
#include <stdlib.h>

#include "compensation.h"
#include "large.h"
#include "profile_builder.h"
#include "session.h"
#include "snapshot_lines.h"
#include "utc_text.h"

/* Self times of all nodes but the root so far. */
typedef struct time_sum {
    uint64_t ticks;
    uint64_t ns;
} time_sum;

typedef struct snapshot {
    const prof_session *session;
    prof__builder *builder;
    uint32_t *frames; /* session frame id -> builder frame */
    double *far;      /* session frame id -> events of an entry that cost more */
    double ns_per_tick;
    double ticks_per_cost; /* for a ns of cost, at the session's pace */
    uint64_t adding;       /* ticks that a new node has taken, in its parent's time */
    uint64_t reading;      /* and the CPU clock's, in the time of the node that ran before */
    time_sum wall;
    time_sum cpu;
    time_sum overhead;
    uint64_t root_cost; /* ticks of hooks in the root's self time */
} snapshot;

/* Short sessions cannot measure the rate better than the process did at its start. */
#define RATE_MIN_NS UINT64_C(20000000)

static double
tick_length(const prof_session *session)
{
    uint64_t ns = session->stop_ns - session->start_ns;
    uint64_t ticks = session->stop_ticks - session->start_ticks;
    if (session->clock.is_tsc && ns > RATE_MIN_NS && ticks > 0) {
        return (double)ns / (double)ticks;
    }
    return 1.0 / session->clock.ticks_per_ns;
}

/* Costs were measured at one pace, and paid at that of the session. */
static double
cost_length(const prof_session *session, double ns_per_tick)
{
    prof__pace pace = session->pace;
    for (const prof_strand *strand = session->strands; strand != NULL; strand = strand->next) {
        prof__pace_add(&pace, &strand->pace);
    }
    return prof__pace_factor(&pace, session->costs.pace_ns, ns_per_tick) / ns_per_tick;
}

static uint64_t
mean(const prof__toll *toll)
{
    return toll->count > 0 ? toll->ticks / toll->count : 0;
}

/*
 * What the session has paid on some events only: the mean, as some new nodes had a function to be named as well. Costs
 * that are to be taken out as they are have no part of it.
 */
static void
find_tolls(snapshot *shot)
{
    prof__toll adding = {0};
    prof__toll reading = {0};
    const prof_session *session = shot->session;
    for (const prof_strand *strand = session->strands; strand != NULL; strand = strand->next) {
        prof__toll_add(&adding, &strand->adding);
        prof__toll_add(&reading, &strand->reading);
    }
    if (session->costs.pace_ns > 0) {
        shot->adding = mean(&adding);
        shot->reading = mean(&reading);
    }
}

static uint64_t
to_ns(const snapshot *shot, uint64_t ticks)
{
    return (uint64_t)((double)ticks * shot->ns_per_tick + 0.5);
}

/*
 * The next node's self time in ns. The sum is what gets rounded: each time is right to the nanosecond, and
 * so is what any number of them add up to. What is more than `limit` is left for the nodes that follow.
 */
static uint64_t
next_ns(const snapshot *shot, time_sum *total, uint64_t ticks, uint64_t limit)
{
    total->ticks += ticks;
    uint64_t ns = to_ns(shot, total->ticks) - total->ns;
    if (ns > limit) {
        ns = limit;
    }
    total->ns += ns;
    return ns;
}

/* The nodes' frames, as 1 in an array by id. */
static void
mark_used(const prof_session *session, uint32_t *used)
{
    for (const prof__tree *tree = session->trees; tree != NULL; tree = tree->next) {
        prof__cct_iterator nodes = prof__cct_iterate(&tree->cct);
        for (const prof__cct_node *node; (node = prof__cct_next(&nodes)) != NULL;) {
            if (node->frame_id < session->frames.count) {
                used[node->frame_id] = 1;
            }
        }
    }
    used[PROF__FRAME_OVERFLOW] = 1; /* it stands for what is not known */
}

/* Lent frames are thousands of other sessions' as well. The builder drops what no node has, but only when it has copied it. */
static prof_status
map_frames(snapshot *shot)
{
    const prof__frame_table *table = &shot->session->frames;
    shot->frames = calloc(table->count, sizeof(*shot->frames));
    if (shot->frames == NULL) {
        return PROF_NO_MEMORY;
    }
    bool all = shot->session->lent == NULL;
    if (!all) {
        mark_used(shot->session, shot->frames);
    }
    for (uint32_t id = 0; id < table->count; id++) {
        if (id == PROF__FRAME_HIDDEN || !(all || shot->frames[id] != 0)) {
            continue;
        }
        prof_status status =
            prof__builder_frame(shot->builder, &table->frames[id], &shot->frames[id]);
        if (status != PROF_OK) {
            return status;
        }
    }
    return PROF_OK;
}

/* Where nodes of a tree went in the builder, and their own times. */
typedef struct placed {
    uint32_t node;
    bool hidden; /* melted into its parent, `node` is the parent's */
    uint64_t self_wall;
    uint64_t self_cpu;
    uint64_t cost; /* of hooks, in the self times */
    uint64_t await;
} placed;

/* A frame id that the session never gave out is the program's mistake; its time must not be lost. */
static uint32_t
frame_of(const snapshot *shot, const prof__cct_node *node)
{
    bool known = node->frame_id < shot->session->frames.count && node->frame_id != PROF__FRAME_ROOT;
    return shot->frames[known ? node->frame_id : PROF__FRAME_OVERFLOW];
}

/* The profiler's own code, and the builtins that it calls. What either calls of others stays. */
static bool
is_hidden(const snapshot *shot, const prof__cct_node *node, const placed *parent)
{
    if (node->frame_id == PROF__FRAME_HIDDEN) {
        return true;
    }
    const prof__frame_table *table = &shot->session->frames;
    return parent->hidden && node->frame_id < table->count &&
           table->frames[node->frame_id].kind == PROF_KIND_BUILTIN;
}

static prof_kind
kind_of(const snapshot *shot, const prof__cct_node *node)
{
    const prof__frame_table *table = &shot->session->frames;
    if (node->frame_id == PROF__FRAME_HIDDEN) {
        return PROF_KIND_PYTHON; /* hidden or not, a call of code costs what it costs */
    }
    return node->frame_id < table->count ? table->frames[node->frame_id].kind : PROF_KIND_OVERFLOW;
}

/*
 * Such events are counted per frame, as few frames have any: nodes have no room for a number that is nearly always 0.
 * So paths to the same frame are taken to have the same share of them.
 */
static prof_status
share_far(snapshot *shot)
{
    const prof__frame_table *table = &shot->session->frames;
    shot->far = calloc(table->count, sizeof(*shot->far));
    if (shot->far == NULL) {
        return PROF_NO_MEMORY;
    }
    for (const prof__tree *tree = shot->session->trees; tree != NULL; tree = tree->next) {
        prof__cct_iterator nodes = prof__cct_iterate(&tree->cct);
        for (const prof__cct_node *node; (node = prof__cct_next(&nodes)) != NULL;) {
            if (node->frame_id < table->count) {
                shot->far[node->frame_id] += prof__compensation_far(node, 1.0);
            }
        }
    }
    for (uint32_t id = 0; id < table->count; id++) {
        shot->far[id] = shot->far[id] > 0 ? (double)table->far[id] / shot->far[id] : 0;
    }
    return PROF_OK;
}

static double
far_events(const snapshot *shot, const prof__cct_node *node)
{
    bool known = node->frame_id < shot->session->frames.count;
    return known ? prof__compensation_far(node, shot->far[node->frame_id]) : 0;
}

/* What hooks have cost on entering and leaving this node: a part is in its own time, a part in its parent's. */
static void
share_cost(const snapshot *shot, const prof__cct_node *node, placed *place, placed *parent)
{
    prof__node_cost cost = prof__compensation_of(&shot->session->costs, shot->ticks_per_cost,
                                                 kind_of(shot, node), node, far_events(shot, node));
    place->cost += cost.inner;
    parent->cost += cost.outer + shot->adding;
}

static prof_status
place_node(snapshot *shot, const prof__cct_node *node, placed *places)
{
    placed *place = &places[node->index];
    placed *parent = &places[node->parent->index];
    if (node->key == PROF__KEY_AWAIT) {
        parent->await = node->wall;
        return PROF_OK;
    }
    if (!shot->session->sampled) {
        share_cost(shot, node, place, parent);
    }
    place->node = parent->node;
    place->hidden = is_hidden(shot, node, parent);
    return place->hidden ? PROF_OK
                         : prof__builder_child(shot->builder, parent->node, frame_of(shot, node),
                                               &place->node);
}

static prof_status
place_nodes(snapshot *shot, const prof__cct *cct, placed *places)
{
    prof_status status = PROF_OK;
    prof__cct_iterator nodes = prof__cct_iterate(cct);
    prof__cct_node *node;
    for (uint32_t index = 0; status == PROF_OK && (node = prof__cct_next(&nodes)) != NULL;
         index++) {
        node->index = index;
        places[index].self_wall = node->wall;
        places[index].self_cpu = node->wall - node->waited;
        places[index].cost += prof__cct_readings(node) * shot->reading;
        if (node->parent != NULL) {
            status = place_node(shot, node, places);
        }
    }
    return status;
}

/* Hidden frames are the profiler's: all that they have computed is its cost. What they have waited is not. */
static uint64_t
cost_of(const placed *place)
{
    uint64_t cost = place->hidden ? UINT64_MAX : place->cost;
    return prof__compensation_limit(cost, place->self_wall, place->self_cpu);
}

static void
add_values(snapshot *shot, const prof__cct *cct, const placed *places)
{
    prof__cct_iterator nodes = prof__cct_iterate(cct);
    (void)prof__cct_next(&nodes); /* the root is added at the end */
    for (const prof__cct_node *node; (node = prof__cct_next(&nodes)) != NULL;) {
        if (node->key == PROF__KEY_AWAIT) {
            continue; /* a number of its parent, not a path */
        }
        const placed *place = &places[node->index];
        uint64_t cost = cost_of(place);
        uint64_t wall_ns = next_ns(shot, &shot->wall, place->self_wall - cost, UINT64_MAX);
        uint64_t count = place->hidden ? 0 : prof__cct_calls(node);
        bool sampled = shot->session->sampled;
        prof_node values = {
            .calls = sampled ? 0 : count,
            .samples = sampled ? count : 0,
            .self_wall_ns = wall_ns,
            .self_cpu_ns = next_ns(shot, &shot->cpu, place->self_cpu - cost, wall_ns),
            .await_ns = to_ns(shot, place->await),
            .overhead_ns = next_ns(shot, &shot->overhead, cost, UINT64_MAX),
        };
        prof__builder_add(shot->builder, place->node, &values);
    }
    shot->root_cost += places[0].cost;
}

/* The slices of a session with one tree, as sampled ones are. */
static prof_status
add_timeline(snapshot *shot, const placed *places)
{
    prof_status status = PROF_OK;
    prof_slice slice = {0};
    const prof__track *track = shot->session->timeline.first;
    for (; track != NULL && status == PROF_OK; track = track->next, slice.track++) {
        for (prof__slice_chunk *chunk = track->first; chunk != NULL; chunk = chunk->next) {
            for (uint64_t i = 0; i < chunk->count && status == PROF_OK; i++) {
                const prof__slice *from = &chunk->slices[i];
                slice.node = from->node == NULL ? 0 : places[from->node->index].node;
                slice.wall_ns = from->wall_ns;
                status = prof__builder_slice(shot->builder, &slice);
            }
        }
    }
    return status;
}

static prof_status
add_tree(snapshot *shot, const prof__cct *cct)
{
    placed *places = prof__large_alloc(cct->count, sizeof(*places));
    if (places == NULL) {
        return PROF_NO_MEMORY;
    }
    prof_status status = place_nodes(shot, cct, places);
    if (status == PROF_OK) {
        add_values(shot, cct, places);
        status = add_timeline(shot, places);
    }
    prof__large_free(places);
    return status;
}

static uint64_t
excess(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/*
 * By how much the profiler has lengthened the session. Where strands ran side by side, only a part of its
 * cost did: with as much time in calls as passed twice, two ran at once, and half of it.
 */
static uint64_t
delay(const snapshot *shot, uint64_t elapsed_ns)
{
    uint64_t in_calls = shot->wall.ns + shot->overhead.ns;
    if (in_calls <= elapsed_ns) {
        return shot->overhead.ns;
    }
    return (uint64_t)((double)shot->overhead.ns * ((double)elapsed_ns / (double)in_calls));
}

/* Of moments at which none of the session's functions ran. */
static uint64_t
root_samples(const prof_session *session)
{
    return session->sampled ? session->trees->cct.root->calls : 0;
}

/*
 * The root's self time is what passed outside all calls, so that the tree's total is the session's time.
 * Strands that ran side by side can have more time in their calls than passed; then the root has none of
 * its own. `summary` has the times as they passed; here the profiler's cost is taken out of them.
 */
static void
add_root(snapshot *shot, prof_summary *summary)
{
    uint64_t wall = excess(summary->wall_ns, shot->wall.ns + shot->overhead.ns);
    uint64_t cpu = excess(summary->cpu_ns, shot->cpu.ns + shot->overhead.ns);
    prof_node values = {
        .calls = 1,
        .samples = root_samples(shot->session),
        .overhead_ns = prof__compensation_limit(to_ns(shot, shot->root_cost), wall, cpu),
    };
    shot->overhead.ns += values.overhead_ns;
    summary->overhead_ns = delay(shot, summary->wall_ns);
    summary->wall_ns -= summary->overhead_ns;
    summary->cpu_ns = excess(summary->cpu_ns, shot->overhead.ns);
    values.self_wall_ns = excess(summary->wall_ns, shot->wall.ns);
    values.self_cpu_ns = excess(summary->cpu_ns, shot->cpu.ns);
    prof__builder_add(shot->builder, 0, &values);
}

static void
add_counters(prof_counters *sum, const prof_counters *counters)
{
#define ADD_COUNTER(name) sum->name += counters->name;
    PROF_COUNTER_MAP(ADD_COUNTER)
#undef ADD_COUNTER
}

static prof_status
add_summary(snapshot *shot)
{
    const prof_session *session = shot->session;
    char started[PROF__UTC_TEXT_BYTES];
    prof__utc_text(&session->started, started);
    prof_summary summary = {
        .name = session->name,
        .engine = session->engine,
        .started = started,
        .wall_ns = session->stop_ns - session->start_ns,
        .counters = session->counters,
    };
    uint64_t cpu = 0;
    for (const prof_strand *strand = session->strands; strand != NULL; strand = strand->next) {
        add_counters(&summary.counters, &strand->counters);
        cpu += prof__strand_cpu(strand);
    }
    summary.cpu_ns = session->sampled ? session->sampled_cpu_ns : to_ns(shot, cpu);
    for (const prof__tree *tree = session->trees; tree != NULL; tree = tree->next) {
        summary.counters.nodes += tree->cct.count;
    }
    add_root(shot, &summary);
    return prof__builder_summary(shot->builder, &summary);
}

/* Most of the profile's nodes; trees of other strands have paths in common with it. */
static uint32_t
largest_tree(const prof_session *session)
{
    uint32_t most = 0;
    for (const prof__tree *tree = session->trees; tree != NULL; tree = tree->next) {
        most = tree->cct.count > most ? tree->cct.count : most;
    }
    return most;
}

/* Of those that have been lent it has no more than nodes, and the overflow frame. */
static uint32_t
most_frames(const prof_session *session)
{
    uint64_t most = 1;
    for (const prof__tree *tree = session->trees; tree != NULL; tree = tree->next) {
        most += tree->cct.count;
    }
    bool fewer = session->lent != NULL && most < session->frames.count;
    return fewer ? (uint32_t)most : session->frames.count;
}

prof_status
prof__snapshot(prof_session *session, prof_profile **profile)
{
    snapshot shot = {.session = session, .ns_per_tick = tick_length(session)};
    shot.ticks_per_cost = cost_length(session, shot.ns_per_tick);
    find_tolls(&shot);
    shot.builder = prof__builder_create(most_frames(session), largest_tree(session));
    prof_status status = shot.builder == NULL ? PROF_NO_MEMORY : map_frames(&shot);
    if (status == PROF_OK && !session->sampled) {
        status = share_far(&shot);
    }
    for (prof__tree *tree = session->trees; tree != NULL && status == PROF_OK; tree = tree->next) {
        status = add_tree(&shot, &tree->cct);
    }
    if (status == PROF_OK && session->sampled) {
        status = prof__snapshot_lines(session, shot.frames, shot.builder);
    }
    if (status == PROF_OK) {
        status = add_summary(&shot);
    }
    if (status == PROF_OK) {
        status = prof__builder_finish(shot.builder, profile);
    }
    free(shot.far);
    free(shot.frames);
    prof__builder_destroy(shot.builder);
    return status;
}
