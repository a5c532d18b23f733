/* SPDX-License-Identifier: MIT */
#include "sampler_python.h"

#include <errno.h>

#include "sampled_thread.h"
#include "sampler_signal.h"

static event_source *
source_of(PyObject *module)
{
    return PyModule_GetState(module);
}

PyObject *
sampler_python_signal(PyObject *module, PyObject *argument)
{
    (void)module;
    if (argument == Py_None) {
        return PyLong_FromLong(sampler_signal_number());
    }
    long number = PyLong_AsLong(argument);
    if (number == -1 && PyErr_Occurred()) {
        return NULL;
    }
    int error = number < 0 || number > INT32_MAX ? EINVAL : sampler_signal_choose((int)number);
    if (error == EBUSY) {
        PyErr_Format(PyExc_RuntimeError, "sessions that use signal %d are running",
                     sampler_signal_number());
        return NULL;
    }
    if (error != 0) {
        return PyErr_Format(PyExc_ValueError,
                            "signal %R cannot be used: take SIGURG, SIGPROF, SIGUSR1, SIGUSR2 or "
                            "a real-time signal",
                            argument);
    }
    return PyLong_FromLong(number);
}

PyObject *
sampler_python_boundary(PyObject *module, PyObject *code)
{
    if (!PyCode_Check(code)) {
        return PyErr_Format(PyExc_TypeError, "expected code, not %R", code);
    }
    sampler_add_boundary(source_of(module), (PyCodeObject *)code);
    Py_RETURN_NONE;
}

PyObject *
sampler_python_running(PyObject *module, PyObject *ignored)
{
    (void)ignored;
    return PyLong_FromUnsignedLong(sampler_running(source_of(module)));
}

#define HOLD_NAME "libprof._native.hold"

static void
release(PyObject *capsule)
{
    held_thread *held = PyCapsule_GetPointer(capsule, HOLD_NAME);
    sampler_release(held);
    PyMem_Free(held);
}

/* None where no session runs that the thread could do something for. */
PyObject *
sampler_python_hold(PyObject *module, PyObject *ignored)
{
    (void)ignored;
    event_source *source = source_of(module);
    if (sampler_running(source) == 0) {
        Py_RETURN_NONE;
    }
    held_thread *held = PyMem_New(held_thread, 1);
    if (held == NULL) {
        return PyErr_NoMemory();
    }
    if (sampler_hold(source, intervals_shortest(&source->sampler->intervals), NULL, held) < 0) {
        PyMem_Free(held);
        return NULL;
    }
    PyObject *capsule = PyCapsule_New(held, HOLD_NAME, release);
    if (capsule == NULL) {
        sampler_release(held);
        PyMem_Free(held);
    }
    return capsule;
}

static PyObject *
entries_to_list(const frames_entry *entries, uint32_t count)
{
    PyObject *list = PyList_New(0);
    for (uint32_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = Py_BuildValue("(Oi)", entries[i].code, (int)entries[i].offset);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}

PyObject *
sampler_python_stack(PyObject *module, PyObject *ignored)
{
    (void)module, (void)ignored;
    frames_reader reader;
    frames_entry *entries = PyMem_New(frames_entry, PROF__SAMPLE_FRAMES);
    if (entries == NULL || frames_reader_init(&reader) < 0) {
        PyMem_Free(entries);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    uint32_t count = 0;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    frames_result result = frames_read(&reader, here, entries, PROF__SAMPLE_FRAMES, &count);
    PyObject *list = result == FRAMES_LOST ? Py_NewRef(Py_None) : entries_to_list(entries, count);
    PyMem_Free(entries);
    return list;
}

PyObject *
sampler_python_reads_contexts(PyObject *module, PyObject *ignored)
{
    (void)ignored;
    return PyBool_FromLong(source_of(module)->sampler->lookup.works);
}

PyObject *
sampler_python_shut_down(PyObject *module, PyObject *ignored)
{
    (void)ignored;
    sampler_shut_down(source_of(module));
    Py_RETURN_NONE;
}
