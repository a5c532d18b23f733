/* SPDX-License-Identifier: MIT */
/*
 * A module for test_frames.py: reads the stack of the thread that calls it, or of one that a timer interrupts
 * wherever it happens to be, as often as the machine can. Built with libprof/cpython/{frames,process,compat}.c.
 */
#include "frames.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LIMIT 1024

/* Of an instruction, in bytes; its type is internal. */
#define UNIT 2

typedef struct victim {
    frames_reader reader;
    timer_t timer;
    atomic_ullong samples;
    uint64_t lost;
    uint64_t frames;
    uint64_t wrong; /* no code, or an instruction outside of it */
    frames_entry entries[LIMIT];
} victim;

static bool
is_right(const frames_entry *entry)
{
    const PyCodeObject *code = entry->code;
    return Py_IS_TYPE((const PyObject *)code, &PyCode_Type) && PyUnicode_Check(code->co_qualname) &&
           PyUnicode_Check(code->co_filename) && entry->offset >= -UNIT &&
           entry->offset < (int)Py_SIZE(code) * UNIT;
}

static void
on_signal(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    int saved = errno;
    victim *self = info->si_value.sival_ptr;
    uint32_t count = 0;
    frames_result result =
        frames_read(&self->reader, (uintptr_t)&count, self->entries, LIMIT, &count);
    self->samples++;
    self->lost += result == FRAMES_LOST;
    self->frames += count;
    for (uint32_t i = 0; i < count; i++) {
        self->wrong += !is_right(&self->entries[i]);
    }
    errno = saved;
}

/* interrupt(interval): interrupts the calling thread every so many ns. */
static PyObject *
interrupt(PyObject *module, PyObject *argument)
{
    (void)module;
    long interval = PyLong_AsLong(argument);
    victim *self = interval <= 0 ? NULL : PyMem_RawCalloc(1, sizeof(*self));
    if (self == NULL || frames_reader_init(&self->reader) < 0) {
        return PyErr_Occurred() != NULL ? NULL : PyErr_NoMemory();
    }
    self->reader.watches = true;
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 3};
    event.sigev_value.sival_ptr = self;
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    struct itimerspec times = {{0, interval}, {0, interval}};
    if (sigaction(SIGRTMIN + 3, &action, NULL) < 0 ||
        timer_create(CLOCK_MONOTONIC, &event, &self->timer) < 0 ||
        timer_settime(self->timer, 0, &times, NULL) < 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyLong_FromVoidPtr(self);
}

/* samples(handle): how often the thread has been interrupted. */
static PyObject *
samples(PyObject *module, PyObject *handle)
{
    (void)module;
    victim *self = PyLong_AsVoidPtr(handle);
    return PyLong_FromUnsignedLongLong(self->samples);
}

/* stop(handle): (samples, lost, frames, wrong); by the thread itself, so that no signal is on its way. */
static PyObject *
stop(PyObject *module, PyObject *handle)
{
    (void)module;
    victim *self = PyLong_AsVoidPtr(handle);
    (void)timer_delete(self->timer);
    PyObject *result = Py_BuildValue("KKKK", self->samples, self->lost, self->frames, self->wrong);
    PyMem_RawFree(self);
    return result;
}

/* read(limit): (was it cut?, [(code, offset)]), the innermost first. None when it was lost. */
static PyObject *
read_here(PyObject *module, PyObject *argument)
{
    (void)module;
    frames_reader reader;
    frames_entry entries[LIMIT];
    uint32_t count;
    unsigned long limit = PyLong_AsUnsignedLong(argument);
    if (limit > LIMIT || frames_reader_init(&reader) < 0) {
        return NULL;
    }
    frames_result result =
        frames_read(&reader, (uintptr_t)&count, entries, (uint32_t)limit, &count);
    if (result == FRAMES_LOST) {
        Py_RETURN_NONE;
    }
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = Py_BuildValue("(Oi)", entries[i].code, (int)entries[i].offset);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list == NULL ? NULL : Py_BuildValue("(NN)", PyBool_FromLong(result == FRAMES_CUT), list);
}

/* remembered(): reads the stack as often before, and says which code is now remembered to be alive; by one thread. */
static PyObject *
remembered(PyObject *module, PyObject *ignored)
{
    (void)module, (void)ignored;
    static frames_reader reader;
    frames_entry entries[LIMIT];
    uint32_t count;
    if (reader.thread == NULL) {
        if (frames_reader_init(&reader) < 0) {
            return NULL;
        }
        reader.watches = true;
    }
    (void)frames_read(&reader, (uintptr_t)&count, entries, LIMIT, &count);
    PyObject *found = PySet_New(NULL);
    for (uint32_t i = 0; found != NULL && i < FRAMES_ALIVE; i++) {
        PyObject *address =
            reader.alive[i] == NULL ? NULL : PyLong_FromVoidPtr((void *)reader.alive[i]);
        if (address != NULL && PySet_Add(found, address) < 0) {
            Py_CLEAR(found);
        }
        Py_XDECREF(address);
    }
    return found;
}

static PyMethodDef methods[] = {
    {"remembered", remembered, METH_NOARGS, NULL},
    {"interrupt", interrupt, METH_O, NULL},
    {"samples", samples, METH_O, NULL},
    {"stop", stop, METH_O, NULL},
    {"read", read_here, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "interrupted",
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_interrupted(void)
{
    if (compat_watch_code() < 0) {
        return NULL;
    }
    return PyModuleDef_Init(&module);
}
