/* SPDX-License-Identifier: MIT */
#include "sampler.h"

#include <errno.h>

#include "gc_frames.h"
#include "process.h"
#include "sampled_memory.h"
#include "sampled_thread.h"
#include "sampler_signal.h"
#include "sampler_watcher.h"

/* ---- sessions --------------------------------------------------------------------------------------- */

uint32_t
sampler_running(const event_source *source)
{
    const struct sampler *sampler = source->sampler;
    return sampler->process == process_current() ? sampler->running : 0;
}

/* For the first session of the process. -1 with an exception set. */
static int
prepare(event_source *source)
{
    if (gc_frames_install(source, ENGINE_SAMPLE) < 0) {
        return -1;
    }
    source->sampler->intervals = (intervals){0};
    sampled_thread_resume_all(source);
    return 0;
}

int
sampler_begin(event_source *source, uint64_t interval_ns)
{
    struct sampler *sampler = source->sampler;
    if (sampler->ended) {
        PyErr_SetString(PyExc_RuntimeError, "the interpreter is about to end");
        return -1;
    }
    if (lent_names_watch(source) < 0) {
        return -1;
    }
    int error =
        sampler_signal_acquire(sampler_on_tick); /* also puts back what somebody took away */
    if (error != 0) {
        errno = error;
        (void)PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    uint32_t running = sampler_running(source);
    if (running == 0 && prepare(source) < 0) {
        sampler_signal_release();
        return -1;
    }
    sampler->process = process_current();
    intervals_add(&sampler->intervals, interval_ns);
    sampler->running = running + 1;
    return 0;
}

void
sampler_end(event_source *source, uint64_t interval_ns)
{
    struct sampler *sampler = source->sampler;
    if (sampler_running(source) == 0) {
        return;
    }
    intervals_remove(&sampler->intervals, interval_ns);
    if (--sampler->running == 0) {
        sampled_thread_pause_all(source); /* who is held for its own sake, see sampling.py */
        gc_frames_remove(source, ENGINE_SAMPLE);
    }
    if (sampler_signal_goes_to_others()) {
        sampled_thread_await_ticks();
    }
    sampler_signal_release();
}

void
sampler_shut_down(event_source *source)
{
    source->sampler->ended = true;
    sampled_thread_pause_all(source);
    sampler_watcher_stop(); /* another interpreter's sessions go on without it */
}

/* ---- boundaries ------------------------------------------------------------------------------------- */

bool
sampler_is_boundary(const struct sampler *sampler, const PyCodeObject *code)
{
    uint32_t count = atomic_load_explicit(&sampler->boundary_count, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++) {
        if (sampler->boundaries[i] == code) {
            return true;
        }
    }
    return false;
}

void
sampler_add_boundary(event_source *source, PyCodeObject *code)
{
    struct sampler *sampler = source->sampler;
    uint32_t count = atomic_load(&sampler->boundary_count);
    if (count < SAMPLER_MAX_BOUNDARIES && !sampler_is_boundary(sampler, code)) {
        sampler->boundaries[count] = (PyCodeObject *)Py_NewRef((PyObject *)code);
        atomic_store_explicit(&sampler->boundary_count, count + 1, memory_order_release);
    }
}

/* ---- beginning and end ------------------------------------------------------------------------------ */

int
sampler_init(event_source *source)
{
    source->sampler = PyMem_Calloc(1, sizeof(*source->sampler));
    if (source->sampler == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    source->sampler->thread_key =
        PyUnicode_FromFormat("%s %p", SAMPLED_THREAD_NAME, (void *)source);
    return source->sampler->thread_key == NULL
               ? -1
               : context_lookup_init(&source->sampler->lookup, source->variable);
}

void
sampler_deinit(event_source *source)
{
    struct sampler *sampler = source->sampler;
    if (sampler == NULL) {
        return;
    }
    sampler_shut_down(source);
    for (uint32_t i = 0; i < atomic_load(&sampler->boundary_count); i++) {
        Py_DECREF((PyObject *)sampler->boundaries[i]);
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(sampler->kept); i++) {
        sampled_memory_destroy(sampler->kept[i]);
    }
    Py_XDECREF(sampler->thread_key);
    PyMem_Free(sampler);
    source->sampler = NULL;
}
