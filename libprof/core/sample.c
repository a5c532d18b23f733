/* SPDX-License-Identifier: MIT */
#include "sample.h"

/* Lines of 31 bits: longer files have no lines there. */
static uint64_t
key_of(prof__place place)
{
    return prof__key_of_frame(place.frame_id) | (uint64_t)(place.line & INT32_MAX) << 32;
}

/* The child for this place. Below an overflow frame everything is that frame. NULL: no memory. */
static prof__cct_node *
child(prof_session *session, prof__cct_node *parent, prof__place place)
{
    prof__cct *cct = &session->trees->cct;
    if (parent->key == PROF__KEY_OVERFLOW) {
        return parent;
    }
    prof__cct_node *node = prof__cct_child(cct, parent, key_of(place));
    if (node != NULL) {
        return node;
    }
    node = prof__cct_add(cct, parent, key_of(place), place.frame_id);
    if (node != NULL) {
        node->line = node->key == PROF__KEY_OVERFLOW ? 0 : place.line;
    }
    return node;
}

/* Where the path begins: where the outermost frames are missing, not at the root. */
static prof__cct_node *
beginning(prof_session *session, bool deeper)
{
    prof__cct_node *root = session->trees->cct.root;
    prof__cct_node *node = NULL;
    if (deeper) {
        node = child(session, root, (prof__place){.frame_id = PROF__FRAME_OVERFLOW});
    }
    return node == NULL ? root : node;
}

static uint64_t
key_at(const prof__sample *sample, uint32_t depth)
{
    return sample->keys[sample->depth - 1 - depth];
}

/* How many of its outermost frames the sample has in common with the path. */
static uint32_t
common_depth(const prof__sample *sample, const prof__path *path)
{
    uint32_t limit = sample->depth < path->depth ? sample->depth : path->depth;
    uint32_t depth = 0;
    while (depth < limit && path->keys[depth] == key_at(sample, depth)) {
        depth++;
    }
    return depth;
}

static bool
is_known(const prof__path *path, const prof_session *session, const prof__sample *sample,
         uint64_t epoch)
{
    return path->session == session->serial && path->epoch == epoch &&
           path->deeper == sample->deeper;
}

/* Makes the path the sample's. Without memory it ends at the last node that there is. */
static void
walk(prof_session *session, const prof__sample *sample, prof__path *path, uint64_t epoch,
     prof__find_place *find_place, void *context)
{
    uint32_t depth = is_known(path, session, sample, epoch) ? common_depth(sample, path) : 0;
    prof__cct_node *node = depth > 0 ? path->nodes[depth - 1] : beginning(session, sample->deeper);
    path->folded = false;
    for (; depth < sample->depth; depth++) {
        uint32_t index = sample->depth - 1 - depth;
        prof__cct_node *next = child(session, node, find_place(context, index));
        if (next == NULL) {
            path->folded = true;
            break;
        }
        node = next;
        path->keys[depth] = sample->keys[index];
        path->nodes[depth] = node;
    }
    path->session = session->serial;
    path->epoch = epoch;
    path->deeper = sample->deeper;
    path->depth = depth;
    path->end = node;
    path->folded |= node->key == PROF__KEY_OVERFLOW;
}

/*
 * A node has no more CPU time than wall time, all its samples together, and one sample adds no more than this many times
 * its wall time. Who offers CPU time that was saved has some that nobody should get, and all of it would go to the one
 * sample of a thousand that finds a function which sleeps just before it does: only such a node has room for it.
 */
#define CPU_AT_ONCE 4

static uint64_t
cpu_to_take(const prof__cct_node *node, const prof__sample *sample)
{
    uint64_t room_ns = node->waited + sample->wall_ns;
    uint64_t most_ns = CPU_AT_ONCE * sample->wall_ns;
    uint64_t limit_ns = room_ns < most_ns ? room_ns : most_ns;
    return sample->cpu_ns < limit_ns ? sample->cpu_ns : limit_ns;
}

/* The sample is of this path. Returns how much of the CPU time its end has taken. */
static uint64_t
add_times(prof_session *session, const prof__sample *sample, const prof__path *path)
{
    prof__cct_node *node = path->end;
    node->calls += sample->ticks;
    uint64_t cpu_ns = cpu_to_take(node, sample);
    node->wall += sample->wall_ns;
    node->waited += sample->wall_ns - cpu_ns;
    session->sampled_cpu_ns += cpu_ns;
    const prof__stretch stretch = {.thread = sample->thread,
                                   .start_ns = session->start_ns,
                                   .end_ns = sample->end_ns,
                                   .wall_ns = sample->wall_ns};
    prof__timeline_add(&session->timeline, &stretch, node);
    session->counters.samples += sample->ticks;
    session->counters.too_deep += path->deeper ? sample->ticks : 0;
    session->counters.overflow_calls += path->folded ? sample->ticks : 0;
    return cpu_ns;
}

uint64_t
prof__sample_add(prof_session *session, const prof__sample *sample, prof__path *path,
                 uint64_t epoch, prof__find_place *find_place, void *context)
{
    walk(session, sample, path, epoch, find_place, context);
    return add_times(session, sample, path);
}

void
prof__sample_again(prof_session *session, const prof__sample *sample, const prof__path *path)
{
    if (path->session == session->serial) {
        (void)add_times(session, sample, path);
    }
}
