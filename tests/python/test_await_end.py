# SPDX-License-Identifier: MIT
"""What still awaits when the session stops has awaited until then; what has ended unseen is counted."""

from __future__ import annotations

import asyncio
import contextvars
import time
import types
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any

import pytest

import libprof
from tests.python.helpers import check_tree, function_named, profile_of

PAUSE_SECONDS = 0.05
PAUSE_NS = int(PAUSE_SECONDS * 1e9)
# How far a session of 50 ms can be off on a busy machine.
LEAST_NS, MOST_SHARE = PAUSE_NS * 0.9, 1.1


@types.coroutine
def suspend() -> Generator[None, None, None]:
    yield


async def awaiting() -> None:
    await suspend()


def await_ns(profile: libprof.Profile) -> int:
    """Of all functions: whoever is the innermost."""
    check_tree(profile)
    return sum(function.await_ns for function in profile.functions())


def test_a_task_that_outlives_its_session_has_awaited_until_its_end() -> None:
    async def main() -> libprof.Profile:
        released = asyncio.Event()

        async def child() -> None:
            await released.wait()

        with libprof.Profiler() as profiler:
            task = asyncio.create_task(child())
            await asyncio.sleep(0)
            time.sleep(PAUSE_SECONDS)
        released.set()
        await task
        return profiler.profile

    profile = asyncio.run(main())

    waited = function_named(profile, "Event.wait")
    assert LEAST_NS <= waited.await_ns <= profile.wall_ns * MOST_SHARE
    assert profile.counters["await_lost"] == 0


def test_the_gap_goes_to_the_coroutine_that_awaits() -> None:
    async def outer() -> None:
        await awaiting()

    waiting = outer()

    def target() -> None:
        waiting.send(None)
        time.sleep(PAUSE_SECONDS)

    profile = profile_of(target)
    waiting.close()

    assert function_named(profile, outer.__qualname__).await_ns == 0
    assert LEAST_NS <= await_ns(profile) <= profile.wall_ns * MOST_SHARE


@pytest.mark.parametrize("inside", [True, False])
def test_a_coroutine_that_was_closed_does_not_await(inside: bool) -> None:
    """Closing runs none of its code on 3.13 and newer, so nothing is reported."""
    waiting = awaiting()

    def target() -> None:
        waiting.send(None)
        close = waiting.close if inside else lambda: contextvars.Context().run(waiting.close)
        close()
        time.sleep(PAUSE_SECONDS)

    profile = profile_of(target)

    assert await_ns(profile) < PAUSE_NS
    assert profile.counters["await_lost"] <= 1


def test_a_coroutine_that_is_gone_does_not_await() -> None:
    """Its memory may be another object's, or nobody's."""

    def target() -> None:
        waiting = [awaiting() for _ in range(2000)]
        for coroutine in waiting:
            coroutine.send(None)
        contextvars.Context().run(waiting.clear)
        kept.extend(bytearray(200) for _ in range(1000))
        time.sleep(PAUSE_SECONDS)

    kept: list[bytearray] = []
    profile = profile_of(target)

    assert await_ns(profile) < PAUSE_NS * 20
    assert profile.counters["await_lost"] >= 1000


def test_an_asynchronous_generator_awaits_until_the_end() -> None:
    async def items() -> AsyncGenerator[int, None]:
        await suspend()
        yield 1

    generator = items()
    step: Coroutine[Any, Any, int] = generator.__anext__()

    def target() -> None:
        step.send(None)
        time.sleep(PAUSE_SECONDS)

    profile = profile_of(target)
    with pytest.raises(StopIteration):
        step.send(None)
    with pytest.raises(StopIteration):
        generator.aclose().send(None)

    assert LEAST_NS <= await_ns(profile) <= profile.wall_ns * MOST_SHARE


def run_many(count: int, end: Callable[[list[Coroutine[Any, Any, None]]], None]) -> libprof.Profile:
    waiting = [awaiting() for _ in range(count)]

    def target() -> None:
        for coroutine in waiting:
            coroutine.send(None)
        end(waiting)

    profile = profile_of(target, builtins=False)
    for coroutine in waiting:
        coroutine.close()
    return profile


def test_more_suspended_coroutines_than_there_is_room_for() -> None:
    room, more = 65_536, 300
    assert run_many(room, lambda _: None).counters["await_lost"] == 0
    assert run_many(room + more, lambda _: None).counters["await_lost"] == more


def test_coroutines_that_go_on_are_not_lost() -> None:
    def finish(waiting: list[Coroutine[Any, Any, None]]) -> None:
        for coroutine in waiting:
            with pytest.raises(StopIteration):
                coroutine.send(None)

    profile = run_many(1000, finish)

    assert profile.counters["await_lost"] == 0
    assert await_ns(profile) > 0
