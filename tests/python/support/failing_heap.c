/* SPDX-License-Identifier: MIT */
/*
 * A heap that fails when it is told to, to be preloaded into an interpreter with PYTHONMALLOC=malloc, so
 * that every allocation of the process passes by. It tells two kinds apart by who asks:
 *
 *     OWN     the extension itself, or cJSON, which only the extension uses
 *     INSIDE  the interpreter, on behalf of the extension: it stands somewhere on the C stack
 *
 * heap_arm(kind, n) makes the n-th one of that kind fail. It also keeps a list of blocks that the
 * extension took itself and has not given back.
 */
#define _GNU_SOURCE 1 /* RTLD_NEXT, dl_iterate_phdr */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NONE, OWN, INSIDE };

/* What Python calls through ctypes. */
#define EXPORT __attribute__((visibility("default")))
EXPORT int heap_watch(void);
EXPORT void heap_arm(int kind, uint64_t nth);
EXPORT uint64_t heap_seen(void);
EXPORT uint64_t heap_disarm(void);
EXPORT uint64_t heap_live_blocks(void);

/* ---- whose code is it? ---------------------------------------------------------------------------- */

#define MAX_RANGES 16

static struct {
    uintptr_t begin;
    uintptr_t end;
} ranges[MAX_RANGES];
static int range_count;
static bool found_extension;

/* The executable segments of the extension and of cJSON. */
static int
add_ranges(struct dl_phdr_info *info, size_t size, void *ignored)
{
    (void)size, (void)ignored;
    bool extension = strstr(info->dlpi_name, "/libprof/_native") != NULL;
    if (!extension && strstr(info->dlpi_name, "/libcjson.so") == NULL) {
        return 0;
    }
    found_extension = found_extension || extension;
    for (int i = 0; i < info->dlpi_phnum && range_count < MAX_RANGES; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0) {
            ranges[range_count].begin = info->dlpi_addr + segment->p_vaddr;
            ranges[range_count].end = ranges[range_count].begin + segment->p_memsz;
            range_count++;
        }
    }
    return 0;
}

static bool
is_own(const void *address)
{
    for (int i = 0; i < range_count; i++) {
        if ((uintptr_t)address >= ranges[i].begin && (uintptr_t)address < ranges[i].end) {
            return true;
        }
    }
    return false;
}

/* ---- which one fails? ------------------------------------------------------------------------------ */

#define STACK_DEPTH 96

static _Thread_local int wanted;   /* the kind that is counted in this thread */
static _Thread_local uint64_t nth; /* of them, the one that fails */
static _Thread_local uint64_t seen;
static _Thread_local bool busy; /* the walk of the stack may allocate itself */

static bool
is_inside(void)
{
    void *stack[STACK_DEPTH];
    int depth = backtrace(stack, STACK_DEPTH);
    for (int i = 0; i < depth; i++) {
        if (is_own(stack[i])) {
            return true;
        }
    }
    return false;
}

static bool
fails(const void *caller)
{
    /* Thread-local variables are not to be had yet while a sanitizer begins; the walk takes its time. */
    if (range_count == 0 || wanted == NONE || busy || seen >= nth) {
        return false;
    }
    busy = true;
    bool own = is_own(caller);
    bool counts = wanted == OWN ? own : !own && is_inside();
    busy = false;
    if (!counts || ++seen != nth) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

/* ---- blocks the extension holds ---------------------------------------------------------------------- */

#define SLOTS (1u << 18)

static uintptr_t slots[SLOTS];
static uint64_t live;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Open addressing; where a block was taken out, a 1 stays. */
static void
note_block(uintptr_t block, bool taken)
{
    pthread_mutex_lock(&lock);
    uint32_t slot = (uint32_t)(block >> 4) % SLOTS;
    for (uint32_t i = 0; i < SLOTS; i++, slot = (slot + 1) % SLOTS) {
        if (taken && slots[slot] <= 1) {
            slots[slot] = block;
            live++;
            break;
        }
        if (!taken && (slots[slot] == block || slots[slot] == 0)) {
            live -= slots[slot] == block;
            slots[slot] = slots[slot] == block ? 1 : 0;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

static void *
taken(void *block, const void *caller)
{
    if (block != NULL && range_count != 0 && is_own(caller)) {
        note_block((uintptr_t)block, true);
    }
    return block;
}

static void
given_back(const void *block)
{
    if (block != NULL && range_count != 0) {
        note_block((uintptr_t)block, false);
    }
}

/* ---- the heap --------------------------------------------------------------------------------------- */

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static char *(*real_strdup)(const char *);
static void *(*real_mmap)(void *, size_t, int, int, int, off_t);
static int (*real_munmap)(void *, size_t);

/* Looking the real ones up may itself allocate; that is little, and is never given back. */
static char early[1 << 16] __attribute__((aligned(16)));
static size_t early_used;
static bool ready;

static void
set(void *pointer, const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    memcpy(pointer, &symbol, sizeof(symbol));
}

__attribute__((constructor)) static void
find_heap(void)
{
    static bool looking;
    if (ready || looking) {
        return;
    }
    looking = true;
    set(&real_free, "free");
    set(&real_calloc, "calloc");
    set(&real_realloc, "realloc");
    set(&real_strdup, "strdup");
    set(&real_mmap, "mmap");
    set(&real_munmap, "munmap");
    set(&real_malloc, "malloc");
    ready = true;
}

static void *
allocate_early(size_t size)
{
    void *block = early + early_used;
    early_used += (size + 15) / 16 * 16;
    return early_used <= sizeof(early) ? block : NULL;
}

static bool
is_early(const void *block)
{
    return (const char *)block >= early && (const char *)block < early + sizeof(early);
}

EXPORT void *
malloc(size_t size)
{
    find_heap();
    const void *caller = __builtin_return_address(0);
    if (!ready) {
        return allocate_early(size);
    }
    return fails(caller) ? NULL : taken(real_malloc(size), caller);
}

EXPORT void *
calloc(size_t count, size_t size)
{
    find_heap();
    const void *caller = __builtin_return_address(0);
    if (!ready) {
        return allocate_early(count * size); /* untouched, so zero */
    }
    return fails(caller) ? NULL : taken(real_calloc(count, size), caller);
}

EXPORT void *
realloc(void *block, size_t size)
{
    find_heap();
    const void *caller = __builtin_return_address(0);
    if (fails(caller)) {
        return NULL;
    }
    given_back(block);
    return taken(real_realloc(block, size), caller);
}

EXPORT char *
strdup(const char *text)
{
    find_heap();
    const void *caller = __builtin_return_address(0);
    return fails(caller) ? NULL : taken(real_strdup(text), caller);
}

EXPORT void
free(void *block)
{
    find_heap();
    if (ready && !is_early(block)) {
        given_back(block);
        real_free(block);
    }
}

EXPORT void *
mmap(void *address, size_t length, int protection, int flags, int file, off_t offset)
{
    find_heap();
    const void *caller = __builtin_return_address(0);
    if (!ready) {
        return (void *)syscall(SYS_mmap, address, length, protection, flags, file, offset);
    }
    if (fails(caller)) {
        return MAP_FAILED;
    }
    void *block = real_mmap(address, length, protection, flags, file, offset);
    if (block != MAP_FAILED) {
        (void)taken(block, caller);
    }
    return block;
}

EXPORT int
munmap(void *block, size_t length)
{
    find_heap();
    if (!ready) {
        return (int)syscall(SYS_munmap, block, length);
    }
    given_back(block);
    return real_munmap(block, length);
}

/* ---- for Python --------------------------------------------------------------------------------------- */

/* To be called once the extension is there. 0 if it is not found. */
int
heap_watch(void)
{
    void *stack[1];
    (void)backtrace(stack, 1); /* the first call loads a library */
    range_count = 0;
    (void)dl_iterate_phdr(add_ranges, NULL);
    return found_extension;
}

void
heap_arm(int kind, uint64_t number)
{
    seen = 0;
    nth = number;
    wanted = kind;
}

/* How many there were, up to the one that failed. */
uint64_t
heap_seen(void)
{
    return seen;
}

uint64_t
heap_disarm(void)
{
    wanted = NONE;
    return seen;
}

uint64_t
heap_live_blocks(void)
{
    return live;
}
