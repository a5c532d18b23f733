/* SPDX-License-Identifier: MIT */
#include "sample.h"

/* The child for this frame. Below an overflow frame everything is that frame; without memory, the parent. */
static prof__cct_node *
child(prof_session *session, prof__cct_node *parent, uint32_t frame_id)
{
    prof__cct *cct = &session->trees->cct;
    if (parent->key == PROF__KEY_OVERFLOW) {
        return parent;
    }
    uint64_t key = prof__key_of_frame(frame_id);
    prof__cct_node *node = prof__cct_child(cct, parent, key);
    if (node == NULL) {
        node = prof__cct_add(cct, parent, key, frame_id);
    }
    return node == NULL ? parent : node;
}

/* Where the path begins: where the outermost frames are missing, not at the root. */
static prof__cct_node *
beginning(prof_session *session, bool deeper)
{
    prof__cct_node *root = session->trees->cct.root;
    return deeper ? child(session, root, PROF__FRAME_OVERFLOW) : root;
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

static prof__cct_node *
walk(prof_session *session, const prof__sample *sample, prof__path *path, uint64_t epoch,
     prof__frame_of_key *frame_of, void *context)
{
    uint32_t depth = is_known(path, session, sample, epoch) ? common_depth(sample, path) : 0;
    path->session = session->serial;
    path->epoch = epoch;
    path->deeper = sample->deeper;
    path->depth = sample->depth;
    prof__cct_node *node = depth > 0 ? path->nodes[depth - 1] : beginning(session, sample->deeper);
    for (; depth < sample->depth; depth++) {
        uint64_t key = key_at(sample, depth);
        node = child(session, node, frame_of(context, key));
        path->keys[depth] = key;
        path->nodes[depth] = node;
    }
    return node;
}

void
prof__sample_add(prof_session *session, const prof__sample *sample, prof__path *path,
                 uint64_t epoch, prof__frame_of_key *frame_of, void *context)
{
    prof__cct_node *node = walk(session, sample, path, epoch, frame_of, context);
    node->calls++;
    node->wall += sample->wall_ns;
    node->cpu += sample->cpu_ns;
    session->sampled_cpu_ns += sample->cpu_ns;
    session->counters.samples++;
    session->counters.too_deep += sample->deeper;
    session->counters.overflow_calls += node->key == PROF__KEY_OVERFLOW;
}
