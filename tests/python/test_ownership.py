# SPDX-License-Identifier: MIT
"""A profile holds the work of its own context and nothing else."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import libprof
from tests.python.helpers import nodes_named, profile_of
from tests.python.marks import lines, mark, marks

# ---- threads ---------------------------------------------------------------------------------------


def test_sessions_in_threads_hold_their_own_functions() -> None:
    barrier = threading.Barrier(8)
    profiles: dict[int, libprof.Profile] = {}

    def work(number: int) -> None:
        own, shared = mark(f"mark-{number}"), mark("mark-shared")
        barrier.wait()
        with libprof.Profiler() as profiler:
            for _ in range(200):
                own()
                shared()
                barrier.wait() if _ % 50 == 0 else None
        profiles[number] = profiler.profile

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for number, profile in profiles.items():
        assert marks(profile) == {f"mark-{number}", "mark-shared"}
        for name in marks(profile):
            assert sum(node.calls for node in nodes_named(profile, name)) == 200
    assert len(profiles) == 8


def test_threads_outside_never_enter_a_tree() -> None:
    foreign, own = mark("mark-foreign"), mark("mark-own")
    running, stop = threading.Event(), threading.Event()

    def work() -> None:
        while not stop.is_set():
            foreign()
            running.set()

    thread = threading.Thread(target=work)
    thread.start()
    with libprof.Profiler() as profiler:
        running.clear()
        assert running.wait(10)
        for _ in range(2000):
            own()
    stop.set()
    thread.join()

    assert marks(profiler.profile) == {"mark-own"}


def test_a_thread_that_starts_during_a_session_is_outside() -> None:
    own = mark("mark-own")

    def work() -> None:
        own()
        thread = threading.Thread(target=contextvars.Context().run, args=(mark("mark-foreign"),))
        thread.start()
        thread.join()

    assert marks(profile_of(work)) == {"mark-own"}


def test_executor_under_a_copied_context_is_inside() -> None:
    inside, outside = mark("mark-inside"), mark("mark-outside")

    with ThreadPoolExecutor(1) as pool, libprof.Profiler() as profiler:
        pool.submit(contextvars.copy_context().run, inside).result()
        pool.submit(contextvars.Context().run, outside).result()
        pool.submit(contextvars.copy_context().run, inside).result()

    assert marks(profiler.profile) == {"mark-inside"}
    assert lines(profiler.profile, __file__) == ["mark-inside 2"]


def test_many_threads_of_one_session_at_once() -> None:
    barrier = threading.Barrier(4)
    work = mark("mark-work")

    def loop() -> None:
        barrier.wait()
        for _ in range(500):
            work()

    with ThreadPoolExecutor(4) as pool, libprof.Profiler() as profiler:
        list(
            pool.map(
                lambda context: context.run(loop), [contextvars.copy_context() for _ in "1234"]
            )
        )

    assert lines(profiler.profile, __file__)[-2:] == [
        "test_many_threads_of_one_session_at_once.loop 4",
        "  mark-work 2000",
    ]


def test_stop_in_another_thread() -> None:
    profiler = libprof.Profiler()
    late = mark("mark-late")

    def work() -> None:
        mark("mark-own")()
        thread = threading.Thread(target=profiler.stop)
        thread.start()
        thread.join()
        late()

    profiler.start()
    work()
    late()

    assert marks(profiler.profile) == {"mark-own"}
    with pytest.raises(RuntimeError, match="not running"):
        profiler.stop()
    # The context still names the ended session; the next one is not disturbed.
    assert marks(profile_of(late)) == {"mark-late"}


# ---- nesting ---------------------------------------------------------------------------------------


def test_nested_sessions() -> None:
    with libprof.Profiler() as outer:
        mark("mark-outer")()
        with libprof.Profiler() as inner:
            mark("mark-inner")()
        mark("mark-outer-again")()

    assert marks(inner.profile) == {"mark-inner"}
    assert marks(outer.profile) == {"mark-outer", "mark-outer-again"}


def test_nested_sessions_that_end_in_the_wrong_order() -> None:
    outer, middle, inner = libprof.Profiler(), libprof.Profiler(), libprof.Profiler()
    outer.start()
    middle.start()
    inner.start()
    mark("mark-inner")()
    middle.stop()
    mark("mark-inner-again")()
    inner.stop()
    mark("mark-outer")()
    outer.stop()
    mark("mark-nobody")()

    assert marks(inner.profile) == {"mark-inner", "mark-inner-again"}
    assert marks(middle.profile) == set()
    assert marks(outer.profile) == {"mark-outer"}


def test_inner_session_stopped_elsewhere_gives_the_context_back() -> None:
    outer, inner = libprof.Profiler(), libprof.Profiler()
    outer.start()
    inner.start()
    thread = threading.Thread(target=inner.stop)
    thread.start()
    thread.join()
    mark("mark-outer")()
    outer.stop()

    assert marks(outer.profile) == {"mark-outer"}


def test_child_task_of_a_nested_session() -> None:
    async def child() -> None:
        mark("mark-child")()

    async def main() -> tuple[libprof.Profile, libprof.Profile]:
        with libprof.Profiler() as outer:
            with libprof.Profiler() as inner:
                task = asyncio.create_task(child())
                await task
            mark("mark-outer")()
        return outer.profile, inner.profile

    outer, inner = asyncio.run(main())

    assert marks(inner) == {"mark-child"}
    assert marks(outer) == {"mark-outer"}


# ---- attach and detach -----------------------------------------------------------------------------


def test_attach_and_detach_around_a_stream() -> None:
    """What a middleware does with a streaming body."""
    profiler = libprof.Profiler()

    def body() -> Iterator[int]:
        for n in range(3):
            mark("mark-chunk")()
            yield n

    def stream(chunks: Iterator[int]) -> Iterator[int]:
        while True:
            profiler.attach()
            try:
                chunk = next(chunks)
            except StopIteration:
                break
            finally:
                profiler.detach()
            yield chunk

    profiler.start()
    mark("mark-view")()
    profiler.detach()
    for _ in stream(body()):
        mark("mark-server")()
    profiler.stop()

    assert marks(profiler.profile) == {"mark-view", "mark-chunk"}
    assert sum(node.calls for node in nodes_named(profiler.profile, "mark-chunk")) == 3


def test_attach_in_another_context() -> None:
    profiler = libprof.Profiler().start()
    thread = threading.Thread(target=lambda: (profiler.attach(), mark("mark-thread")()))
    thread.start()
    thread.join()
    profiler.stop()

    assert marks(profiler.profile) == {"mark-thread"}


def test_detach_deep_in_a_stack_ends_the_calls_there() -> None:
    """What was open at detach ends there: it must not take the time until the session's end."""
    profiler = libprof.Profiler()

    def down(n: int) -> None:
        if n:
            down(n - 1)
        else:
            profiler.detach()

    profiler.start()
    down(3)
    outside = mark("mark-outside")
    outside()
    busy(0.05)
    profiler.attach()
    mark("mark-inside")()
    profiler.stop()

    assert marks(profiler.profile) == {"mark-inside"}
    (down_node, *_) = nodes_named(profiler.profile, down.__qualname__)
    assert down_node.total_wall_ns <= profiler.profile.wall_ns - 50_000_000


def busy(seconds: float) -> None:
    import time

    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_attach_twice_and_detach_of_another() -> None:
    one, two = libprof.Profiler().start(), libprof.Profiler()
    one.attach()
    two.start()
    one.detach()  # not the session of this context: nothing happens
    mark("mark-two")()
    two.stop()
    mark("mark-one")()
    one.stop()

    assert marks(two.profile) == {"mark-two"}
    assert marks(one.profile) == {"mark-one"}


def test_detach_gives_each_context_what_it_had() -> None:
    one, two, shared = libprof.Profiler().start(), libprof.Profiler(), libprof.Profiler()
    shared.start()

    def elsewhere() -> None:
        two.start()
        shared.attach()

    context = contextvars.Context()
    context.run(elsewhere)
    shared.detach()
    mark("mark-one")()
    context.run(lambda: (shared.detach(), mark("mark-two")()))
    for profiler in (shared, two, one):
        profiler.stop()

    assert marks(one.profile) == {"mark-one"}
    assert marks(two.profile) == {"mark-two"}
    assert marks(shared.profile) == set()


# ---- context variables by hand ---------------------------------------------------------------------


def test_values_copied_by_hand() -> None:
    """Frameworks copy all values of one context into another."""
    with libprof.Profiler() as profiler:
        inside = contextvars.copy_context()

    def adopt() -> None:
        for variable, value in inside.items():
            variable.set(value)
        mark("mark-late")()

    contextvars.Context().run(adopt)
    assert marks(profiler.profile) == set()

    def owner() -> Any:
        with libprof.Profiler() as profiler:
            context = contextvars.copy_context()

            def adopt() -> None:
                for variable, value in context.items():
                    variable.set(value)
                mark("mark-inside")()

            contextvars.Context().run(adopt)
        return profiler.profile

    assert marks(owner()) == {"mark-inside"}
