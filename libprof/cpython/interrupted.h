/* SPDX-License-Identifier: MIT */
/*
 * What did a thread do when a signal came? The state that a handler gets to see tells: a thread that waited in the
 * kernel stands at the system call that it will make again, or behind one that was cut short.
 *
 * Safe in signal handlers.
 */
#ifndef PROF_CPYTHON_INTERRUPTED_H
#define PROF_CPYTHON_INTERRUPTED_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

typedef enum interrupted_doing {
    INTERRUPTED_RUNNING,
    INTERRUPTED_WAITING,
    INTERRUPTED_RETURNING, /* from a system call, which may have waited or computed */
} interrupted_doing;

static inline interrupted_doing
interrupted_behind(bool system_call, int64_t result)
{
    if (!system_call) {
        return INTERRUPTED_RUNNING;
    }
    return result == -EINTR ? INTERRUPTED_WAITING : INTERRUPTED_RETURNING;
}

/* Memory beyond the page that the thread executes may not be there. Larger pages consist of these. */
#define INTERRUPTED_PAGE_BYTES 4096u

#if defined(__x86_64__)
/* The instruction "syscall". What it returns is in rax, and the next instruction is behind it. */
static inline interrupted_doing
interrupted_while(const ucontext_t *state)
{
    static const uint8_t instruction[] = {0x0F, 0x05};
    const greg_t *registers = state->uc_mcontext.gregs;
    const uint8_t *next = (const uint8_t *)registers[REG_RIP];
    uintptr_t in_page = (uintptr_t)next % INTERRUPTED_PAGE_BYTES;
    if (in_page + sizeof(instruction) <= INTERRUPTED_PAGE_BYTES &&
        memcmp(next, instruction, sizeof(instruction)) == 0) {
        return INTERRUPTED_WAITING;
    }
    bool behind = in_page >= sizeof(instruction) &&
                  memcmp(next - sizeof(instruction), instruction, sizeof(instruction)) == 0;
    return interrupted_behind(behind, (int64_t)registers[REG_RAX]);
}
#elif defined(__aarch64__)
/* The instruction "svc #0". What it returns is in x0. */
static inline interrupted_doing
interrupted_while(const ucontext_t *state)
{
    static const uint32_t instruction = 0xD4000001;
    const uint32_t *next = (const uint32_t *)state->uc_mcontext.pc;
    if (*next == instruction) {
        return INTERRUPTED_WAITING;
    }
    bool behind = (uintptr_t)next % INTERRUPTED_PAGE_BYTES != 0 && next[-1] == instruction;
    return interrupted_behind(behind, (int64_t)state->uc_mcontext.regs[0]);
}
#else
#error "libprof does not know how this processor makes system calls"
#endif

#endif
