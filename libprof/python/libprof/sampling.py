# SPDX-License-Identifier: MIT
"""What the sampling engine must know of Python's own event loops, executors and threads.

A thread is interrupted while a session that began there runs. What it executes for a session that began
elsewhere, it executes in an executor's work item or as a new thread: those are wrapped here, once, when the
first sampled session begins.
"""

from __future__ import annotations

import atexit
import functools
import sys
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from libprof import _native

#: Where the work of others begins: module and qualified name. What is outside of them is no part of it.
BOUNDARIES = (
    ("asyncio.events", "Handle._run"),
    ("concurrent.futures.thread", "_WorkItem.run"),
    ("concurrent.futures.thread", "WorkerContext.run"),
    ("threading", "Thread._bootstrap"),
    ("threading", "Thread._bootstrap_inner"),
    ("threading", "Thread.run"),
    ("asgiref.current_thread_executor", "_WorkItem.run"),
    ("asgiref.sync", "SyncToAsync.thread_handler"),
)

#: What a thread executes for others.
WORK = (
    ("concurrent.futures.thread", "_WorkItem", "run"),
    ("asgiref.current_thread_executor", "_WorkItem", "run"),
    ("threading", "Thread", "_bootstrap_inner"),
)


def _stacks() -> Iterator[tuple[list[CodeType] | None, list[CodeType]]]:
    """The stack of a generator as the handler sees it, and as Python does."""
    stack = _native.sampling_stack()
    expected = []
    frame = sys._getframe()
    while frame is not None:
        expected.append(frame.f_code)
        frame = frame.f_back  # type: ignore[assignment]
    yield None if stack is None else [code for code, _ in stack], expected


def unavailable() -> str | None:
    """Why sampling cannot work in this interpreter; None if it can."""
    stack, expected = next(_stacks())
    if stack is None:
        return "the system does not permit process_vm_readv"
    if stack != expected[: len(stack)]:
        return "frames of this build of Python are not what libprof was built for"
    if not _native.sampling_reads_contexts():
        return "contexts of this build of Python are not what libprof was built for"
    return None


#: How many modules there were at the last look for boundaries and work among them.
_known_modules = 0

#: Looked at once, when libprof is imported.
UNAVAILABLE = unavailable()


def prepare() -> None:
    """Before a session begins: modules may have come since the last one."""
    global _known_modules
    if len(sys.modules) == _known_modules:
        return
    _known_modules = len(sys.modules)
    for module, name in BOUNDARIES:
        function = _find(module, name)
        code = getattr(function, "__code__", None)
        if isinstance(code, CodeType):
            _native.sampling_boundary(code)
    for module, owner, name in WORK:
        _wrap(_find(module, owner), name)


def use_signal(number: int) -> None:
    """Sample with another signal than SIGURG from now on.

    ValueError for signals that mean something else, such as SIGALRM; RuntimeError while sampled sessions run.
    """
    _native.sampling_signal(number)


def _find(module: str, name: str) -> Any:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    # Ours around it is not what the boundary is.
    return getattr(found, "__wrapped__", found)


def _wrap(owner: Any, name: str) -> None:
    function = getattr(owner, name, None)
    if function is None or hasattr(function, "__libprof__"):
        return
    setattr(owner, name, _held(function))


def _held(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        held = _hold()
        try:
            return function(*args, **kwargs)
        finally:
            del held

    run.__libprof__ = True  # type: ignore[attr-defined]
    return run


def _hold() -> object:
    try:
        return _native.sampling_hold()
    except (MemoryError, OSError, RuntimeError):
        return None  # it is not sampled, and does its work


atexit.register(_native.sampling_shut_down)
