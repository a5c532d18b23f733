/* SPDX-License-Identifier: MIT */
/*
 * The value of a context variable, read by a signal handler: contexts keep their variables in a tree that
 * never changes once it is made (a hash array mapped trie), so it can be followed by pointer.
 *
 * Safe in signal handlers: no allocation, no lock, no interpreter call.
 */
#ifndef PROF_CPYTHON_CONTEXT_LOOKUP_H
#define PROF_CPYTHON_CONTEXT_LOOKUP_H

#include "compat.h"

/* The variable, and how nodes of the tree are told apart: their types have no names to be asked for. */
typedef struct context_lookup {
    PyObject *variable; /* borrowed */
    uint32_t hash;
    const PyTypeObject *sparse; /* nodes of up to 16 branches */
    const PyTypeObject *dense;  /* nodes of more */
    bool works;                 /* contexts have the layout that this was built for */
} context_lookup;

/* Learns the types of nodes from a context that it makes, and tries whether it finds the variable there. -1 with an exception set. */
int context_lookup_init(context_lookup *lookup, PyObject *variable);

/* What the variable is in the thread's context, borrowed, or NULL. */
PyObject *context_lookup_value(const context_lookup *lookup, const PyThreadState *thread);

#endif
