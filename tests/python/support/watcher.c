/* SPDX-License-Identifier: MIT */
/* A library for test_sampler_watcher.py: the watcher, with nobody to look after. */
#include "sampled_wait.h"
#include "sampler_watcher.h"

uint64_t
sampled_wait_look(uint64_t now_ns)
{
    (void)now_ns;
    return 0;
}

void
sampled_wait_forget(void)
{
}

void
sampled_wait_give_back(void)
{
}

/* At ends that come at all moments of its beginning. */
void
begin_and_end(uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        sampler_watcher_start();
        for (volatile uint32_t spent = 0; spent < i * UINT32_C(2654435761) >> 17; spent++) {
        }
        sampler_watcher_stop();
    }
}
