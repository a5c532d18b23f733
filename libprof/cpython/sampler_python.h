/* SPDX-License-Identifier: MIT */
/* What libprof/sampling.py asks of the sampling engine: functions of the module _native. */
#ifndef PROF_CPYTHON_SAMPLER_PYTHON_H
#define PROF_CPYTHON_SAMPLER_PYTHON_H

#include "sampler.h"

PyObject *sampler_python_signal(PyObject *module, PyObject *number);
PyObject *sampler_python_boundary(PyObject *module, PyObject *code);
PyObject *sampler_python_running(PyObject *module, PyObject *ignored);
PyObject *sampler_python_hold(PyObject *module, PyObject *ignored);
PyObject *sampler_python_stack(PyObject *module, PyObject *ignored);
PyObject *sampler_python_reads_contexts(PyObject *module, PyObject *ignored);
PyObject *sampler_python_shut_down(PyObject *module, PyObject *ignored);

#define SAMPLER_METHODS                                                                            \
    {"sampling_signal", sampler_python_signal, METH_O,                                             \
     "sampling_signal(number or None) -> int: use another signal, or which it is"},                \
        {"sampling_boundary", sampler_python_boundary, METH_O,                                     \
         "sampling_boundary(code): what this code calls is somebody else's work"},                 \
        {"sampling_sessions", sampler_python_running, METH_NOARGS,                                 \
         "sampling_sessions() -> int: how many of this process run"},                              \
        {"sampling_hold", sampler_python_hold, METH_NOARGS,                                        \
         "sampling_hold() -> object or None: while it exists the thread is interrupted"},          \
        {"sampling_stack", sampler_python_stack, METH_NOARGS,                                      \
         "sampling_stack() -> [(code, offset)]: as the handler sees it, the innermost first"},     \
        {"sampling_reads_contexts", sampler_python_reads_contexts, METH_NOARGS,                    \
         "sampling_reads_contexts() -> bool: contexts are what this was built for"},               \
    {                                                                                              \
        "sampling_shut_down", sampler_python_shut_down, METH_NOARGS,                               \
            "sampling_shut_down(): the interpreter is about to end"                                \
    }

#endif
