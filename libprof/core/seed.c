/* SPDX-License-Identifier: MIT */
#include "seed.h"

#include <sys/random.h>
#include <time.h>

#include "hash.h"

uint32_t
prof__seed(void)
{
    uint32_t seed;
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == (ssize_t)sizeof(seed)) {
        return seed;
    }
    /* Early in boot there are no random numbers yet. */
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return prof__hash_u64((uint64_t)now.tv_nsec ^ (uint64_t)(uintptr_t)&now);
}
