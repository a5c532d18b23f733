/* SPDX-License-Identifier: MIT */
/* The internal headers are needed for what a context consists of. */
#define Py_BUILD_CORE_MODULE 1
#include "context_lookup.h"

#include <internal/pycore_context.h>
#include <internal/pycore_hamt.h>

/* Five bits of the hash choose a branch at each level. */
#define LEVEL_BITS 5u
#define BRANCHES (1u << LEVEL_BITS)
#define MAX_LEVELS 7

/*
 * Nodes are private to the interpreter. These are their layouts, the same on 3.11 to 3.15; where they are not,
 * sampling's check of itself finds out.
 */
typedef struct sparse_node {
    PyObject_VAR_HEAD uint32_t bitmap;
    PyObject *items[1]; /* for each branch key and value, or NULL and a node */
} sparse_node;

typedef struct dense_node {
    PyObject_HEAD
    const PyObject *branches[BRANCHES];
} dense_node;

/* The hash of a variable as the tree uses it. */
static uint32_t
fold(Py_hash_t hash)
{
    uint64_t bits = (uint64_t)hash;
    uint32_t folded = (uint32_t)bits ^ (uint32_t)(bits >> 32);
    return folded == UINT32_MAX ? UINT32_MAX - 1 : folded;
}

/*
 * One step down a sparse node: true when the search is over, with `value`. Two variables whose hashes are the same in
 * all bits share a node of a third kind, which is not searched: it does not happen to one in a thousand million.
 */
static bool
step_sparse(const sparse_node *node, uint32_t branch, const PyObject *variable,
            const PyObject **next, PyObject **value)
{
    uint32_t bit = UINT32_C(1) << branch;
    *value = NULL;
    if ((node->bitmap & bit) == 0) {
        return true;
    }
    PyObject *const *item = node->items + 2 * (size_t)__builtin_popcount(node->bitmap & (bit - 1));
    if (item[0] == NULL) {
        *next = item[1];
        return false;
    }
    *value = item[0] == variable ? item[1] : NULL;
    return true;
}

PyObject *
context_lookup_value(const context_lookup *lookup, const PyThreadState *thread)
{
    const PyContext *context = (const PyContext *)thread->context;
    const PyHamtObject *variables = context == NULL ? NULL : context->ctx_vars;
    const PyObject *node = variables == NULL ? NULL : (const PyObject *)variables->h_root;
    for (uint32_t level = 0; node != NULL && level < MAX_LEVELS; level++) {
        uint32_t branch = (lookup->hash >> (level * LEVEL_BITS)) & (BRANCHES - 1);
        PyObject *value;
        if (Py_TYPE(node) == lookup->dense) {
            node = ((const dense_node *)node)->branches[branch];
        } else if (Py_TYPE(node) != lookup->sparse) {
            break;
        } else if (step_sparse((const sparse_node *)node, branch, lookup->variable, &node,
                               &value)) {
            return value;
        }
    }
    return NULL;
}

/* ---- learning ------------------------------------------------------------------------------------- */

/* More variables than a sparse node at the root has room for: that many hashes differ in their lowest bits. */
#define MANY 200

static const PyTypeObject *
type_of_root(PyObject *context)
{
    return Py_TYPE((PyObject *)((PyContext *)context)->ctx_vars->h_root);
}

/* Sets one more variable in the context that runs. */
static int
add_variable(void)
{
    PyObject *variable = PyContextVar_New("libprof_probe", NULL);
    PyObject *token = variable == NULL ? NULL : PyContextVar_Set(variable, Py_None);
    Py_XDECREF(token);
    Py_XDECREF(variable);
    return token == NULL ? -1 : 0;
}

/* Does it find what the context that runs holds? */
static bool
finds_variable(const context_lookup *lookup)
{
    PyObject *value = NULL;
    int result = PyContextVar_Get(lookup->variable, NULL, &value);
    Py_XDECREF(value); /* the context holds it */
    return result == 0 && value != NULL && context_lookup_value(lookup, compat_thread()) == value;
}

static int
learn(context_lookup *lookup, PyObject *context)
{
    PyObject *token = PyContextVar_Set(lookup->variable, Py_True);
    if (token == NULL) {
        return -1;
    }
    Py_DECREF(token);
    lookup->sparse = type_of_root(context);
    lookup->works = finds_variable(lookup);
    for (int i = 0; i < MANY && lookup->dense == NULL; i++) {
        if (add_variable() < 0) {
            return -1;
        }
        const PyTypeObject *type = type_of_root(context);
        lookup->dense = type == lookup->sparse ? NULL : type;
        lookup->works = lookup->works && finds_variable(lookup);
    }
    return 0;
}

int
context_lookup_init(context_lookup *lookup, PyObject *variable)
{
    *lookup = (context_lookup){.variable = variable};
    Py_hash_t hash = PyObject_Hash(variable);
    PyObject *context = PyContext_New();
    if (context == NULL || PyContext_Enter(context) < 0) {
        Py_XDECREF(context);
        return -1;
    }
    lookup->hash = fold(hash);
    int result = hash == -1 ? -1 : learn(lookup, context);
    if (PyContext_Exit(context) < 0) {
        result = -1;
    }
    Py_DECREF(context);
    return result;
}
