/* SPDX-License-Identifier: MIT */
/*
 * The floor of sampling: a timer that interrupts a thread, and a handler that counts and does nothing else. What a
 * program loses to that, it loses to the kernel. And a stopwatch for the handler that is in place: it is called from
 * another one that looks at the clock before and after.
 */
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000
#define FLOOR_SIGNAL (SIGRTMIN + 5)
#define MAX_TIMES 100000

static struct {
    timer_t timer;
    volatile unsigned long long ticks;
    struct sigaction timed; /* the handler that is under the stopwatch */
    unsigned count;
    unsigned times[MAX_TIMES]; /* ns */
} state;

static void
count_tick(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    state.ticks++;
}

/* start(first_ns, interval_ns): interrupts the calling thread after so long, and every so often from then on. */
static PyObject *
start(PyObject *module, PyObject *arguments)
{
    (void)module;
    long first, interval;
    if (!PyArg_ParseTuple(arguments, "ll:start", &first, &interval)) {
        return NULL;
    }
    struct sigaction action = {.sa_sigaction = count_tick, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = FLOOR_SIGNAL};
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    struct itimerspec times;
    times.it_value = (struct timespec){first / NS_PER_S, first % NS_PER_S};
    times.it_interval = (struct timespec){interval / NS_PER_S, interval % NS_PER_S};
    state.ticks = 0;
    if (sigaction(FLOOR_SIGNAL, &action, NULL) < 0 ||
        timer_create(CLOCK_MONOTONIC, &event, &state.timer) < 0 ||
        timer_settime(state.timer, 0, &times, NULL) < 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    Py_RETURN_NONE;
}

/* stop(): how often it did. */
static PyObject *
stop(PyObject *module, PyObject *ignored)
{
    (void)module, (void)ignored;
    (void)timer_delete(state.timer);
    return PyLong_FromUnsignedLongLong(state.ticks);
}

static unsigned long long
now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * NS_PER_S + (unsigned long long)now.tv_nsec;
}

static void
time_tick(int number, siginfo_t *info, void *context)
{
    unsigned long long began = now_ns();
    state.timed.sa_sigaction(number, info, context);
    unsigned long long took = now_ns() - began;
    if (state.count < MAX_TIMES) {
        state.times[state.count++] = (unsigned)took;
    }
}

/* watch(signal): from now on its handler is timed. */
static PyObject *
watch(PyObject *module, PyObject *argument)
{
    (void)module;
    long number = PyLong_AsLong(argument);
    state.count = 0;
    if (sigaction((int)number, NULL, &state.timed) < 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    if ((state.timed.sa_flags & SA_SIGINFO) == 0) {
        return PyErr_Format(PyExc_RuntimeError, "signal %ld has no handler of that kind", number);
    }
    struct sigaction action = {.sa_sigaction = time_tick, .sa_flags = state.timed.sa_flags};
    if (sigaction((int)number, &action, NULL) < 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    Py_RETURN_NONE;
}

/* unwatch(signal): ns of each call, clocks included. */
static PyObject *
unwatch(PyObject *module, PyObject *argument)
{
    (void)module;
    if (sigaction((int)PyLong_AsLong(argument), &state.timed, NULL) < 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    PyObject *list = PyList_New((Py_ssize_t)state.count);
    for (unsigned i = 0; list != NULL && i < state.count; i++) {
        PyList_SET_ITEM(list, (Py_ssize_t)i, PyLong_FromUnsignedLong(state.times[i]));
    }
    return list;
}

static PyMethodDef methods[] = {
    {"start", start, METH_VARARGS, "start(first_ns, interval_ns): interrupt this thread."},
    {"stop", stop, METH_NOARGS, "stop() -> int: how often it was."},
    {"watch", watch, METH_O, "watch(signal): time its handler."},
    {"unwatch", unwatch, METH_O, "unwatch(signal) -> list: ns of each call of the handler."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef ticks_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_ticks",
    .m_doc = "Timers and handlers.",
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__ticks(void);

PyMODINIT_FUNC
PyInit__ticks(void)
{
    return PyModuleDef_Init(&ticks_module);
}
