/* SPDX-License-Identifier: MIT */
/*
 * The line that an instruction of a code object belongs to, found by a signal handler: the interpreter's own functions
 * for that allocate on some versions, or look at what a debugger has changed.
 *
 * Safe in signal handlers: it only reads the table in the code object.
 */
#ifndef PROF_CPYTHON_CODE_LINES_H
#define PROF_CPYTHON_CODE_LINES_H

#include "compat.h"

/*
 * `offset` in bytes, as in frames_entry. The first line of the code where an instruction has none: before the
 * first instruction, and for what the compiler has added.
 */
uint32_t code_lines_at(const PyCodeObject *code, int32_t offset);

#endif
