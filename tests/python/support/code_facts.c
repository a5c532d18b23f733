/* SPDX-License-Identifier: MIT */
/*
 * A module for test_code_lines.py and test_context_lookup.py: what a signal handler would read. Built with
 * libprof/cpython/code_lines.c and context_lookup.c.
 */
#include "code_lines.h"
#include "context_lookup.h"

/* lines(code): the line of each instruction, and that of an offset below the first in front of them. */
static PyObject *
lines(PyObject *module, PyObject *code)
{
    (void)module;
    PyObject *list = PyList_New(0);
    int end = (int)Py_SIZE(code) * (int)sizeof(uint16_t);
    for (int offset = -2; list != NULL && offset < end; offset += 2) {
        PyObject *line = PyLong_FromUnsignedLong(code_lines_at((const PyCodeObject *)code, offset));
        if (line == NULL || PyList_Append(list, line) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(line);
    }
    return list;
}

/* lookup(variable): (does it work?, its value here or None) */
static PyObject *
lookup(PyObject *module, PyObject *variable)
{
    (void)module;
    context_lookup found;
    if (context_lookup_init(&found, variable) < 0) {
        return NULL;
    }
    PyObject *value = context_lookup_value(&found, compat_thread());
    return Py_BuildValue("(NO)", PyBool_FromLong(found.works), value == NULL ? Py_None : value);
}

static PyMethodDef methods[] = {
    {"lines", lines, METH_O, NULL},
    {"lookup", lookup, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "code_facts",
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_code_facts(void)
{
    return PyModuleDef_Init(&module);
}
