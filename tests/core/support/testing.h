/* SPDX-License-Identifier: MIT */
/* cmocka with the headers that it wants in front of it. */
#ifndef PROF_TESTS_TESTING_H
#define PROF_TESTS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The name that cmocka 2 has given to what is called assert_in_range before it, and deprecated there. */
#ifndef assert_uint_in_range
#define assert_uint_in_range(value, minimum, maximum) assert_in_range(value, minimum, maximum)
#endif

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* xorshift64* (Marsaglia, Vigna): the same program of events from the same seed on every machine. */
static inline uint64_t
next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* A number below `bound`. */
static inline uint32_t
random_below(uint64_t *state, uint32_t bound)
{
    return (uint32_t)((next_random(state) >> 32) % bound);
}

#endif
