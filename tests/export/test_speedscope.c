/* SPDX-License-Identifier: MIT */
#include "support/exported.h"

#include "trim.h"

static void
the_file_is_as_its_specification_says(void **state)
{
    (void)state;
    prof_profile *profile = exported_profile();
    assert_export(
        profile, "speedscope",
        "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\","
        "\"exporter\":\"libprof@" PROF_VERSION "\",\"name\":\"GET \\\"/\\\"\","
        "\"activeProfileIndex\":0,\"shared\":{\"frames\":[{\"name\":\"<root>\"},"
        "{\"name\":\"f\",\"file\":\"app.py\",\"line\":1},"
        "{\"name\":\"g\",\"file\":\"app.py\",\"line\":1},"
        "{\"name\":\"h\",\"file\":\"app.py\",\"line\":1}]},\"profiles\":["
        "{\"type\":\"sampled\",\"name\":\"Wall time\",\"unit\":\"nanoseconds\",\"startValue\":0,"
        "\"endValue\":201037,\"samples\":[[0],[0,1],[0,1,2],[0,1,2,1]],"
        "\"weights\":[7,1000,200000,30]},"
        "{\"type\":\"sampled\",\"name\":\"CPU time\",\"unit\":\"nanoseconds\",\"startValue\":0,"
        "\"endValue\":1030,\"samples\":[[0,1],[0,1,2,1]],\"weights\":[1000,30]}]}\n");
    prof_profile_destroy(profile);
}

static prof_profile *
with_timeline(void)
{
    static const prof_slice slices[] = {
        {0, 0, 5}, {0, 3, 100}, {0, 2, 20}, {4294967295, 4, 9007199254740990}};
    prof__builder *builder = prof__builder_create(0, 0);
    for (size_t i = 0; i < COUNT_OF(exported_rows); i++) {
        build_row(builder, &exported_rows[i]);
    }
    for (size_t i = 0; i < COUNT_OF(slices); i++) {
        assert_int_equal(prof__builder_slice(builder, &slices[i]), PROF_OK);
    }
    assert_int_equal(prof__builder_summary(builder, &exported_facts), PROF_OK);
    return build_finish(builder);
}

static void
each_track_of_the_timeline_is_a_profile(void **state)
{
    (void)state;
    prof_profile *profile = with_timeline();
    prof_bytes out = export_as(profile, "speedscope");
    static const char end[] =
        "\"weights\":[1000,30]},"
        "{\"type\":\"sampled\",\"name\":\"Timeline, thread 1\",\"unit\":\"nanoseconds\","
        "\"startValue\":0,\"endValue\":125,\"samples\":[[0],[0,1,2,1],[0,1,2]],"
        "\"weights\":[5,100,20]},"
        "{\"type\":\"sampled\",\"name\":\"Timeline, thread 4294967296\","
        "\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":9007199254740990,"
        "\"samples\":[[0,3]],\"weights\":[9007199254740990]}]}\n";
    assert_true(out.length > strlen(end));
    assert_string_equal(out.bytes + out.length - strlen(end), end);
    free(out.bytes);
    prof_profile_destroy(profile);
}

/* Depth is limited in exported paths; the slices of what lies deeper are there. */
static void
slices_of_deep_nodes_are_cut(void **state)
{
    (void)state;
    const uint32_t depth = PROF__MAX_EXPORT_DEPTH + 10;
    prof__builder *builder = prof__builder_create(0, 0);
    uint32_t frame = build_frame(builder, "f", 1);
    uint32_t node = 0;
    for (uint32_t i = 0; i < depth; i++) {
        assert_int_equal(prof__builder_child(builder, node, frame, &node), PROF_OK);
    }
    assert_int_equal(prof__builder_slice(builder, &(prof_slice){0, node, 5}), PROF_OK);
    assert_int_equal(prof__builder_slice(builder, &(prof_slice){0, node - 1, 6}), PROF_OK);
    prof_profile *profile = build_finish(builder);
    cJSON *root = export_json(profile, "speedscope");
    const cJSON *track = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "profiles"), 2);
    const cJSON *samples = cJSON_GetObjectItem(track, "samples");
    assert_int_equal(cJSON_GetArraySize(samples), 1);
    assert_int_equal(cJSON_GetArraySize(samples->child), PROF__MAX_EXPORT_DEPTH + 2);
    assert_int_equal(cJSON_GetObjectItem(track, "weights")->child->valueint, 11);
    cJSON_Delete(root);
    prof_profile_destroy(profile);
}

static void
assert_samples(const cJSON *sampled, double total, int frame_count)
{
    const cJSON *samples = cJSON_GetObjectItem(sampled, "samples");
    const cJSON *weights = cJSON_GetObjectItem(sampled, "weights");
    const cJSON *weight = weights->child;
    double sum = 0;
    for (const cJSON *sample = samples->child; sample != NULL; sample = sample->next) {
        assert_non_null(weight);
        assert_true(weight->valuedouble > 0);
        sum += weight->valuedouble;
        weight = weight->next;
        assert_int_equal(sample->child->valueint, 0); /* the root comes first */
        for (const cJSON *index = sample->child; index != NULL; index = index->next) {
            assert_true(index->valueint >= 0 && index->valueint < frame_count);
        }
    }
    assert_null(weight);
    assert_true(sum == total);
    assert_true(cJSON_GetObjectItem(sampled, "endValue")->valuedouble == total);
}

/* The path of each slice, and the times of each track. */
static void
assert_tracks(const cJSON *sampled, const prof_profile *profile, int frame_count)
{
    uint32_t i = 0;
    for (; sampled != NULL; sampled = sampled->next) {
        double total = 0;
        uint32_t track = profile->slices[i].track;
        const cJSON *samples = cJSON_GetObjectItem(sampled, "samples");
        for (const cJSON *sample = samples->child; sample != NULL; sample = sample->next, i++) {
            assert_true(i < profile->slice_count && profile->slices[i].track == track);
            total += (double)profile->slices[i].wall_ns;
            uint32_t node = profile->slices[i].node;
            for (int at = cJSON_GetArraySize(sample) - 1; at >= 0; at--) {
                assert_int_equal(cJSON_GetArrayItem(sample, at)->valueint,
                                 profile->nodes[node].frame);
                node = profile->nodes[node].parent;
            }
            assert_int_equal(node, PROF_NO_PARENT);
        }
        assert_true(i == profile->slice_count || profile->slices[i].track != track);
        assert_samples(sampled, total, frame_count);
    }
    assert_int_equal(i, profile->slice_count);
}

/* Quotes, control characters and the like are as they were. */
static void
assert_names(const cJSON *frames, const prof_profile *profile)
{
    for (uint32_t i = 0; i < profile->frame_count; i++) {
        const cJSON *name = cJSON_GetObjectItem(cJSON_GetArrayItem(frames, (int)i), "name");
        assert_string_equal(name->valuestring, profile->frames[i].name);
    }
}

static void
random_profiles_keep_their_time(void **state)
{
    (void)state;
    uint64_t random = 31;
    for (int round = 0; round < 100; round++) {
        prof_profile *profile = build_random(&random, 60);
        cJSON *root = export_json(profile, "speedscope");
        const cJSON *shared = cJSON_GetObjectItem(root, "shared");
        int frames = cJSON_GetArraySize(cJSON_GetObjectItem(shared, "frames"));
        const cJSON *wall = cJSON_GetObjectItem(root, "profiles")->child;
        assert_int_equal(frames, profile->frame_count);
        assert_names(cJSON_GetObjectItem(shared, "frames"), profile);
        assert_samples(wall, (double)profile->nodes[0].total_wall_ns, frames);
        assert_samples(wall->next, (double)profile->nodes[0].total_cpu_ns, frames);
        assert_tracks(wall->next->next, profile, frames);
        cJSON_Delete(root);
        prof_profile_destroy(profile);
    }
}

static void
no_memory_is_reported(void **state)
{
    (void)state;
    assert_int_equal(assert_no_memory_is_reported("speedscope"), 10);
    prof_profile *profile = with_timeline();
    export_job job = {.profile = profile, .format = "speedscope"};
    assert_true(heap_sweep(export_once, &job) >= 10);
    prof_profile_destroy(profile);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_as_its_specification_says),
        cmocka_unit_test(each_track_of_the_timeline_is_a_profile),
        cmocka_unit_test(slices_of_deep_nodes_are_cut),
        cmocka_unit_test(random_profiles_keep_their_time),
        cmocka_unit_test(no_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
