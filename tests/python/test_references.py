# SPDX-License-Identifier: MIT
"""Sessions leave nothing behind: no object, no reference, no block of memory."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import sys
import threading
from collections.abc import Callable

import pytest

import libprof
from libprof import _native
from tests.python.documents import LINES, RECURSIVE, profile_from

SESSIONS = 250
#: A leak would be one of something each time.
TOLERANCE = SESSIONS // 2


async def coroutine(number: int) -> int:
    await asyncio.sleep(0)
    return number


def work() -> None:
    with contextlib.suppress(ValueError):
        int("x")
    with libprof.span("statement", kind="sql", rows=1):
        sorted(range(3), key=lambda number: -number)


def plain() -> None:
    with libprof.Profiler(metadata={"a": [1]}):
        work()


def tasks() -> None:
    async def main() -> None:
        await asyncio.gather(*(coroutine(number) for number in range(3)))

    with libprof.Profiler():
        asyncio.run(main())


def other_thread() -> None:
    with libprof.Profiler():
        thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
        thread.start()
        thread.join()


def read() -> None:
    with libprof.Profiler() as profiler:
        work()
    profile = profiler.profile
    profile.functions()
    assert profile.root.children
    copy = libprof.Profile.from_bytes(profile.to_bytes())
    libprof.diff(copy, libprof.merge([profile, copy]))
    for name in libprof.FORMATS:
        profile.export(name)
    assert profile_from(RECURSIVE, lines=LINES).lines()


def hooks_anew() -> None:
    plain()
    _native.unhook()


def never_stopped() -> None:
    """Its context is the only one to know it."""
    contextvars.copy_context().run(libprof.Profiler().start)
    gc.collect(0)


def failed_start() -> None:
    with libprof.Profiler() as profiler, pytest.raises(RuntimeError):
        profiler.start()


def held() -> list[int]:
    """All blocks, what refers to the code of `work` and, where it is counted, all references."""
    gc.collect()
    count_references: Callable[[], int] = getattr(sys, "gettotalrefcount", lambda: 0)
    return [sys.getallocatedblocks(), sys.getrefcount(work.__code__), count_references()]


def growth(use: Callable[[], None]) -> list[int]:
    before = held()
    for _ in range(SESSIONS):
        use()
    return [after - value for after, value in zip(held(), before, strict=True)]


USES = (plain, tasks, other_thread, read, hooks_anew, never_stopped, failed_start)


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_sessions_leave_nothing_behind(use: Callable[[], None]) -> None:
    """The interpreter's own caches fill at first; a leak goes on."""
    blocks, of_code, references = (
        min(column) for column in zip(*(growth(use) for _ in range(3)), strict=True)
    )
    assert blocks < TOLERANCE
    assert of_code == 0
    assert references < TOLERANCE
