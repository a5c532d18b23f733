/* SPDX-License-Identifier: MIT */
/* A program that loads an interpreter after it has begun, as servers do with a plugin: LIBRARY, PROGRAM TEXT. */
#include <dlfcn.h>
#include <stdio.h>

int
main(int count, char **arguments)
{
    void *library = count == 3 ? dlopen(arguments[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
    if (library == NULL) {
        (void)fprintf(stderr, "%s\n", count == 3 ? dlerror() : "two arguments are needed");
        return 2;
    }
    void (*initialize)(int) = (void (*)(int))dlsym(library, "Py_InitializeEx");
    int (*run)(const char *) = (int (*)(const char *))dlsym(library, "PyRun_SimpleString");
    int (*finalize)(void) = (int (*)(void))dlsym(library, "Py_FinalizeEx");
    initialize(1);
    int failed = run(arguments[2]);
    return finalize() < 0 || failed != 0;
}
