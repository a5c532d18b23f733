/* SPDX-License-Identifier: MIT */
/*
 * Documents come from outside. Hash tables that hold their strings start from a seed nobody outside
 * knows; otherwise names could be chosen to fall into one slot, and reading would take hours.
 */
#ifndef PROF_CORE_SEED_H
#define PROF_CORE_SEED_H

#include <stdint.h>

/* Another number each time; not for cryptography. */
uint32_t prof__seed(void);

#endif
