# SPDX-License-Identifier: MIT
"""CPython's test modules that a profiler could disturb; those a version lacks are left out there."""

from __future__ import annotations

#: Calls, frames and everything that leaves or enters them in an unusual way.
FLOW = (
    "test_asyncgen",
    "test_builtin",
    "test_call",
    "test_class",
    "test_code",
    "test_context",
    "test_contextlib",
    "test_contextlib_async",
    "test_coroutines",
    "test_descr",
    "test_dynamicclassattribute",
    "test_except_star",
    "test_exception_group",
    "test_exception_hierarchy",
    "test_exception_variations",
    "test_exceptions",
    "test_extcall",
    "test_frame",
    "test_functools",
    "test_generator_stop",
    "test_generators",
    "test_genexps",
    "test_listcomps",
    "test_opcache",
    "test_pep479",
    "test_raise",
    "test_scope",
    "test_super",
    "test_traceback",
    "test_types",
    "test_userdict",
    "test_with",
    "test_yield_from",
)

#: Threads, processes, the collector, the end of the interpreter.
LIFE = (
    "test_atexit",
    "test_audit",
    "test_concurrent_futures.test_thread_pool",
    "test_faulthandler",
    "test_finalization",
    "test_fork1",
    "test_gc",
    "test_interpreters",
    "test_signal",
    "test_sys",
    "test_thread",
    "test_thread_local_bytecode",
    "test_threading",
    "test_threading_local",
    "test_threadsignals",
    "test_tracemalloc",
    "test_weakref",
)

#: The other users of the interpreter's hooks.
TOOLS = (
    "test_bdb",
    "test_cprofile",
    "test_dis",
    "test_doctest",
    "test_inspect",
    "test_monitoring",
    "test_pdb",
    "test_profile",
    "test_sys_setprofile",
    "test_sys_settrace",
    "test_trace",
)

ASYNCIO = tuple(
    f"test_asyncio.{name}"
    for name in (
        "test_base_events",
        "test_context",
        "test_eager_task_factory",
        "test_events",
        "test_futures",
        "test_futures2",
        "test_graph",
        "test_locks",
        "test_pep492",
        "test_queues",
        "test_runners",
        "test_staggered",
        "test_streams",
        "test_subprocess",
        "test_taskgroups",
        "test_tasks",
        "test_threads",
        "test_timeouts",
        "test_waitfor",
    )
)

#: Signals, and system calls that a signal may interrupt.
INTERRUPTED = (
    "test_eintr",
    "test_fcntl",
    "test_io",
    "test_mmap",
    "test_multiprocessing_fork.test_processes",
    "test_os",
    "test_poll",
    "test_posix",
    "test_queue",
    "test_select",
    "test_selectors",
    "test_socket",
    "test_sqlite3",
    "test_ssl",
    "test_subprocess",
    "test_time",
    "test_wait3",
    "test_wait4",
)

MODULES_OF = {
    "traced": FLOW + LIFE + TOOLS + ASYNCIO,
    "sampled": FLOW + LIFE + INTERRUPTED + ASYNCIO,
}
