/* SPDX-License-Identifier: MIT */
/* Threads in one session, each with a strand of its own, on the real clock. Meant for TSan as well. */
#include <pthread.h>
#include <stdatomic.h>

#include "support/harness.h"

#define THREADS 8
#define ROUNDS 3000
#define SHARED_FRAMES 400

typedef struct worker {
    pthread_t thread;
    pthread_barrier_t *start;
    prof_session *session;
    uint32_t number;
    uint32_t ids[SHARED_FRAMES];
    prof_status status; /* of the calls it makes; cmocka's checks belong to the main thread */
} worker;

static uint32_t
intern(worker *self, const char *name, uint32_t line)
{
    const prof_frame frame = {.name = name, .file = "", .line = line, .kind = PROF_KIND_NATIVE};
    uint32_t id = PROF__FRAME_OVERFLOW;
    prof_status status = prof_session_intern(self->session, &frame, &id);
    self->status = self->status == PROF_OK ? status : self->status;
    return id;
}

/* own/common and own/common/common, ROUNDS times each, and one call of every shared frame. */
static void *
work(void *argument)
{
    worker *self = argument;
    char name[16];
    (void)snprintf(name, sizeof(name), "own%u", self->number);
    (void)pthread_barrier_wait(self->start);
    prof_strand *strand = NULL;
    self->status = prof_strand_create(self->session, &strand);
    if (self->status != PROF_OK) {
        return NULL;
    }
    uint32_t own = intern(self, name, 0);
    uint32_t common = intern(self, "common", 0);
    for (int i = 0; i < ROUNDS; i++) {
        prof_enter(strand, own);
        prof_enter(strand, common);
        prof_enter(strand, common);
        prof_leave(strand);
        prof_leave(strand);
        prof_leave(strand);
    }
    for (uint32_t line = 0; line < SHARED_FRAMES; line++) {
        self->ids[line] = intern(self, "shared", line);
        prof_enter(strand, self->ids[line]);
        prof_leave(strand);
    }
    return NULL;
}

static void
run_workers(prof_session *session, worker workers[THREADS], void *(*function)(void *))
{
    pthread_barrier_t start;
    assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i] = (worker){.start = &start, .session = session, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, function, &workers[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    }
    (void)pthread_barrier_destroy(&start);
}

static void
check_calls(const prof_profile *profile)
{
    char path[64];
    uint64_t shared = 0;
    for (uint32_t i = 0; i < THREADS; i++) {
        (void)snprintf(path, sizeof(path), "own%u", i);
        assert_int_equal(get_path(profile, path)->calls, ROUNDS);
        (void)snprintf(path, sizeof(path), "own%u/common", i);
        assert_int_equal(get_path(profile, path)->calls, ROUNDS);
        (void)snprintf(path, sizeof(path), "own%u/common/common", i);
        assert_int_equal(get_path(profile, path)->calls, ROUNDS);
        assert_true(get_path(profile, path)->self_cpu_ns <= get_path(profile, path)->self_wall_ns);
    }
    for (uint32_t i = 1; i < prof_profile_node_count(profile); i++) {
        const prof_node *node = &prof_profile_nodes(profile)[i];
        const char *name = prof_profile_frames(profile)[node->frame].name;
        shared += strcmp(name, "shared") == 0 ? node->calls : 0;
    }
    assert_int_equal(shared, THREADS * SHARED_FRAMES);
    assert_int_equal(prof_profile_node_count(profile), 1 + 3 * THREADS + SHARED_FRAMES);
}

static void
each_thread_has_its_exact_calls(void **state)
{
    (void)state;
    static worker workers[THREADS];
    prof_session *session = NULL;
    prof_profile *profile = NULL;
    assert_int_equal(prof_session_create(NULL, &session), PROF_OK);
    run_workers(session, workers, work);
    assert_int_equal(prof_session_stop(session, &profile), PROF_OK);
    prof_session_destroy(session);
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_int_equal(workers[i].status, PROF_OK);
        assert_memory_equal(workers[i].ids, workers[0].ids, sizeof(workers[0].ids));
    }
    assert_is_tree(profile);
    check_calls(profile);
    prof_counters counters = summary_of(profile).counters;
    assert_int_equal(counters.strands, THREADS);
    assert_int_equal(counters.events, THREADS * (6 * ROUNDS + 2 * SHARED_FRAMES));
    assert_int_equal(counters.unmatched + counters.resynchronised, 0);
    prof_profile_destroy(profile);
}

/* Memory for so many mappings, then none, in all threads at once. */
typedef struct scarce_memory {
    atomic_int left;
    atomic_int live;
} scarce_memory;

static void *
scarce_map(void *context, size_t size)
{
    scarce_memory *memory = context;
    void *address = atomic_fetch_sub(&memory->left, 1) > 0 ? calloc(1, size) : NULL;
    atomic_fetch_add(&memory->live, address != NULL);
    return address;
}

static void
scarce_unmap(void *context, void *address, size_t size)
{
    (void)size;
    scarce_memory *memory = context;
    atomic_fetch_sub(&memory->live, 1);
    free(address);
}

/* Ever deeper, until the session has failed. */
static void *
exhaust(void *argument)
{
    worker *self = argument;
    prof_strand *strand = NULL;
    (void)pthread_barrier_wait(self->start);
    self->status = prof_strand_create(self->session, &strand);
    if (self->status == PROF_OK) {
        uint32_t own = intern(self, "own", 0);
        for (uint32_t i = 0; i < PROF_DEFAULT_MAX_DEPTH; i++) {
            prof_enter(strand, own);
        }
    }
    return NULL;
}

static void
memory_may_end_in_all_threads_at_once(void **state)
{
    (void)state;
    static worker workers[THREADS];
    for (int left = 1; left < 40; left += 3) {
        scarce_memory scarce = {0};
        atomic_init(&scarce.left, left);
        const prof_memory memory = {.map = scarce_map, .unmap = scarce_unmap, .context = &scarce};
        const prof_options options = {.memory = &memory};
        prof_session *session = NULL;
        prof_profile *profile = NULL;
        assert_int_equal(prof_session_create(&options, &session), PROF_OK);
        run_workers(session, workers, exhaust);
        bool refused = prof_session_stop(session, &profile) == PROF_NO_MEMORY;
        for (uint32_t i = 0; i < THREADS; i++) {
            refused = refused || workers[i].status == PROF_NO_MEMORY;
        }
        assert_true(refused);
        prof_session_destroy(session);
        prof_profile_destroy(profile);
        assert_int_equal(atomic_load(&scarce.live), 0);
    }
}

static atomic_int stops;
static prof_profile *_Atomic stopped_profile;

static void *
end_session(void *argument)
{
    worker *self = argument;
    prof_profile *profile = NULL;
    (void)pthread_barrier_wait(self->start);
    self->status = prof_session_stop(self->session, &profile);
    if (self->status == PROF_OK) {
        atomic_fetch_add(&stops, 1);
        atomic_store(&stopped_profile, profile);
    }
    return NULL;
}

static void
one_of_many_stops_gets_the_profile(void **state)
{
    (void)state;
    static worker workers[THREADS];
    prof_session *session = NULL;
    assert_int_equal(prof_session_create(NULL, &session), PROF_OK);
    run_workers(session, workers, end_session);
    prof_session_destroy(session);
    assert_int_equal(atomic_load(&stops), 1);
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_true(workers[i].status == PROF_OK || workers[i].status == PROF_STOPPED);
    }
    assert_int_equal(prof_profile_node_count(atomic_load(&stopped_profile)), 1);
    prof_profile_destroy(atomic_load(&stopped_profile));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_has_its_exact_calls),
        cmocka_unit_test(memory_may_end_in_all_threads_at_once),
        cmocka_unit_test(one_of_many_stops_gets_the_profile),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
