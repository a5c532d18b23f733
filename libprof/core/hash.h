/* SPDX-License-Identifier: MIT */
/* Mixing functions of the hash tables. Not for hostile keys: tables are bounded by max_nodes. */
#ifndef PROF_CORE_HASH_H
#define PROF_CORE_HASH_H

#include <prof/prof.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PROF__HASH_FACTOR UINT64_C(0x9E3779B97F4A7C15)

/* A multiply and a fold by Fibonacci hashing (Knuth, TAOCP 3, 6.4): high bits carry the entropy. */
static inline uint32_t
prof__hash_u64(uint64_t value)
{
    value *= PROF__HASH_FACTOR;
    return (uint32_t)(value >> 32);
}

static inline uint32_t
prof__hash_pair(uint64_t first, uint64_t second)
{
    return prof__hash_u64(first ^ (second * UINT64_C(0xC2B2AE3D27D4EB4F)));
}

static inline uint64_t
prof__hash_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * PROF__HASH_FACTOR;
    return hash ^ (hash >> 32);
}

/*
 * As above, eight bytes at a time: a session names a thousand functions, and their files have names of a
 * hundred bytes. `seed` chains several strings; where one ends matters.
 */
static inline uint32_t
prof__hash_bytes(uint32_t seed, const char *bytes, size_t length)
{
    uint64_t word;
    uint64_t hash = prof__hash_word(seed, length);
    for (; length >= sizeof(word); length -= sizeof(word), bytes += sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        hash = prof__hash_word(hash, word);
    }
    word = 0;
    memcpy(&word, bytes, length);
    return (uint32_t)prof__hash_word(hash, word);
}

/* Of all that tells frames apart; the lengths say how much of the texts counts. */
static inline uint32_t
prof__hash_frame(uint32_t seed, const prof_frame *frame, size_t name_length, size_t file_length)
{
    uint32_t hash = prof__hash_bytes(seed, frame->name, name_length);
    hash = prof__hash_bytes(hash, frame->file, file_length);
    return prof__hash_pair(hash, (uint64_t)frame->line << 8 | (uint64_t)frame->kind);
}

#endif
