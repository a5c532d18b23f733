/* SPDX-License-Identifier: MIT */
/* For test_process.py: what is remembered, and what is said. Built with libprof/cpython/process.c. */
#include "process.h"

int
remembered(void)
{
    return (int)atomic_load(process__known);
}

int
current(void)
{
    return (int)process_current();
}
