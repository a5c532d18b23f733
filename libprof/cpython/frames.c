/* SPDX-License-Identifier: MIT */
/* The internal headers are needed for frames, and for generators that run. */
#define _GNU_SOURCE
#define Py_BUILD_CORE_MODULE 1
#include "frames.h"

#include COMPAT_FRAMES

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "process.h"

/* Longer chains are none: memory that is no frame can name itself as its caller. */
#define MAX_FRAMES (UINT32_C(1) << 24)
#define MAX_CHUNKS (UINT32_C(1) << 16)

/* ---- memory that may not be there ---------------------------------------------------------------- */

/* User space: 48 bits on aarch64, 47 on x86-64. Objects and frames are aligned. */
static bool
plausible(uintptr_t address)
{
    return address >= 4096 && address % sizeof(void *) == 0 && address >> 48 == 0;
}

static bool
copy(const frames_reader *reader, void *to, uintptr_t from, size_t size)
{
    struct iovec local = {.iov_base = to, .iov_len = size};
    struct iovec remote = {.iov_base = (void *)from, .iov_len = size};
    return syscall(SYS_process_vm_readv, reader->process, &local, 1, &remote, 1, 0) == (long)size;
}

/*
 * A tenth of what copying costs. The kernel reads the set of signals (8 bytes) before it finds that it knows nothing
 * of the kind to do with it: EINVAL, and EFAULT if the set cannot be read.
 */
static bool
readable(uintptr_t address)
{
    return plausible(address) && syscall(SYS_rt_sigprocmask, -1, address, NULL, 8) == -1 &&
           errno == EINVAL;
}

/* ---- good frames --------------------------------------------------------------------------------- */

static bool
is_code(PyObject *object)
{
    return plausible((uintptr_t)object) && Py_IS_TYPE(object, &PyCode_Type);
}

/*
 * Its place among those that are remembered, which are none as soon as any code has died. A handler may interrupt who
 * reads its own thread's stack with the same reader: deaths are noted last, so what is left then is forgotten too early at
 * worst, and what is put in its place lies on the stack.
 */
static const PyObject **
place_of(frames_reader *reader, const PyObject *code)
{
    uint64_t deaths = compat_code_deaths();
    if (reader->deaths != deaths) {
        memset(reader->alive, 0, sizeof(reader->alive));
        reader->deaths = deaths;
    }
    uintptr_t bits = (uintptr_t)code;
    return &reader->alive[(bits >> 4 ^ bits >> 12) % FRAMES_ALIVE];
}

/* A system call the first time; what has been code is code until it dies. */
static bool
is_code_for_sure(frames_reader *reader, PyObject *object)
{
    const PyObject **place = place_of(reader, object);
    if (object == *place && object != NULL) {
        return true;
    }
    if (!readable((uintptr_t)object + offsetof(PyObject, ob_type)) || !is_code(object)) {
        return false;
    }
    if (reader->watches) {
        *place = object;
    }
    return true;
}

/* Where the part in use ends of the chunk of frames that this address is in; 0 if it is in none. */
static uintptr_t
end_of_chunk(const PyThreadState *thread, uintptr_t address)
{
    const _PyStackChunk *newest = thread->datastack_chunk;
    const _PyStackChunk *chunk = newest;
    for (uint32_t n = 0; chunk != NULL && n < MAX_CHUNKS; n++, chunk = chunk->previous) {
        if (address >= (uintptr_t)chunk->data && address < (uintptr_t)chunk + chunk->size) {
            return chunk == newest ? (uintptr_t)thread->datastack_top
                                   : (uintptr_t)&chunk->data[chunk->top];
        }
    }
    return 0;
}

/* Frames lie one behind the other: a real one ends where the next one begins, or before. */
static bool
is_frame_before(frames_reader *reader, const interpreter_frame *frame, uintptr_t end)
{
    PyObject *code = frames_executable(frame);
    if ((uintptr_t)frame >= end || frame->owner != FRAME_OWNED_BY_THREAD ||
        !is_code_for_sure(reader, code)) {
        return false;
    }
    size_t size = frames_words((const PyCodeObject *)code) * sizeof(PyObject *);
    return size <= end - (uintptr_t)frame;
}

/* What comes before the variables of the frame in a generator. */
#define GENERATOR_BYTES (offsetof(PyGenObject, gi_iframe) + offsetof(interpreter_frame, localsplus))

/* The frame in a generator, coroutine or asynchronous generator that runs. */
static bool
is_running_generator(frames_reader *reader, uintptr_t address)
{
    union {
        PyGenObject object;
        char bytes[offsetof(PyGenObject, gi_iframe) + sizeof(interpreter_frame)];
    } generator;
    if (!copy(reader, &generator, address - offsetof(PyGenObject, gi_iframe), GENERATOR_BYTES)) {
        return false;
    }
    const PyTypeObject *type = Py_TYPE((PyObject *)&generator.object);
    const interpreter_frame *frame =
        (const void *)(generator.bytes + offsetof(PyGenObject, gi_iframe));
    return (type == &PyGen_Type || type == &PyCoro_Type || type == &PyAsyncGen_Type) &&
           generator.object.gi_frame_state == FRAME_EXECUTING &&
           frame->owner == FRAME_OWNED_BY_GENERATOR &&
           is_code_for_sure(reader, frames_executable(frame));
}

/* `above` is the last frame that was found in a chunk, 0 at first. */
static bool
is_good(frames_reader *reader, uintptr_t inside, const interpreter_frame *frame, uintptr_t *above)
{
    uintptr_t address = (uintptr_t)frame;
    if (!plausible(address)) {
        return false;
    }
    if (frames_is_base(reader->thread, frame)) {
        return true;
    }
    if (address > inside && address < reader->stack_end) {
        return frame->owner >= FRAMES_OWNED_BY_C;
    }
    uintptr_t end = end_of_chunk(reader->thread, address);
    if (end == 0) {
        return is_running_generator(reader, address);
    }
    if (*above > address && *above < end) {
        end = *above;
    }
    *above = address;
    return is_frame_before(reader, frame, end);
}

/* ---- reading ------------------------------------------------------------------------------------- */

/*
 * How many frames are doubted. What names the first can be stale or unwritten; and the compiler may link a frame
 * before it writes down its caller.
 */
#define DOUBTED 2

/* Before its first instruction that tracing sees, a function is still collecting its arguments and cells. */
static bool
is_complete(const interpreter_frame *frame, const PyCodeObject *code)
{
    return frame->owner == FRAME_OWNED_BY_GENERATOR ||
           frames_instruction(frame) >= _PyCode_CODE(code) + code->_co_firsttraceable;
}

/* False: not a frame of Python code, or not quite one yet. */
static bool
describe(const interpreter_frame *frame, frames_entry *entry)
{
    PyObject *code = frames_executable(frame);
    if (frame->owner >= FRAMES_OWNED_BY_C || !is_code(code)) {
        return false;
    }
    entry->code = (PyCodeObject *)code;
    entry->frame = (uint64_t)(uintptr_t)frame;
    entry->offset =
        (int32_t)((const char *)frames_instruction(frame) - entry->code->co_code_adaptive);
    return is_complete(frame, entry->code);
}

frames_result
frames_read(frames_reader *reader, uintptr_t inside, frames_entry *entries, uint32_t limit,
            uint32_t *count)
{
    const PyThreadState *thread = reader->thread;
    const interpreter_frame *frame = frames_innermost(thread, inside, reader->stack_end);
    uintptr_t above = 0;
    uint32_t doubted = DOUBTED;
    *count = 0;
    for (uint32_t n = 0; frame != NULL && n < MAX_FRAMES; n++, frame = frame->previous) {
        if (doubted > 0) {
            if (!is_good(reader, inside, frame, &above)) {
                *count = 0;
                return FRAMES_LOST;
            }
            doubted -= frame->owner < FRAMES_OWNED_BY_C;
        }
        frames_entry entry;
        if (!describe(frame, &entry)) {
            continue;
        }
        if (*count == limit) {
            return FRAMES_CUT;
        }
        entries[(*count)++] = entry;
    }
    return FRAMES_READ;
}

int
frames_reader_init(frames_reader *reader)
{
    pthread_attr_t attributes;
    void *lowest = NULL;
    size_t size = 0;
    int error = pthread_getattr_np(pthread_self(), &attributes);
    if (error == 0) {
        error = pthread_attr_getstack(&attributes, &lowest, &size);
        (void)pthread_attr_destroy(&attributes);
    }
    if (error != 0) {
        errno = error;
        (void)PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    reader->thread = compat_thread();
    reader->stack_end = (uintptr_t)lowest + size;
    reader->process = process_current();
    reader->watches = false;
    reader->deaths = compat_code_deaths();
    memset(reader->alive, 0, sizeof(reader->alive));
    return 0;
}
