/* SPDX-License-Identifier: MIT */
/* Mixing functions of the hash tables. Not for hostile keys: tables are bounded by max_nodes. */
#ifndef PROF_CORE_HASH_H
#define PROF_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A multiply and a fold by Fibonacci hashing (Knuth, TAOCP 3, 6.4): high bits carry the entropy. */
static inline uint32_t
prof__hash_u64(uint64_t value)
{
    value *= UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(value >> 32);
}

static inline uint32_t
prof__hash_pair(uint64_t first, uint64_t second)
{
    return prof__hash_u64(first ^ (second * UINT64_C(0xC2B2AE3D27D4EB4F)));
}

/* FNV-1a, 32 bits (Fowler, Noll, Vo); `hash` chains several strings. */
static inline uint32_t
prof__hash_bytes(uint32_t hash, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)bytes[i]) * UINT32_C(16777619);
    }
    return hash;
}

#define PROF__HASH_SEED UINT32_C(2166136261)

#endif
