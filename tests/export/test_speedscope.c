/* SPDX-License-Identifier: MIT */
#include "support/exported.h"

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
        assert_samples(wall, (double)profile->nodes[0].total_wall_ns, frames);
        assert_samples(wall->next, (double)profile->nodes[0].total_cpu_ns, frames);
        assert_null(wall->next->next);
        cJSON_Delete(root);
        prof_profile_destroy(profile);
    }
}

static void
no_memory_is_reported(void **state)
{
    (void)state;
    assert_int_equal(assert_no_memory_is_reported("speedscope"), 9);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_as_its_specification_says),
        cmocka_unit_test(random_profiles_keep_their_time),
        cmocka_unit_test(no_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
