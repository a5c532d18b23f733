# SPDX-License-Identifier: MIT
"""Sampled sessions: from when to when they are, and inside of what."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import time
from collections.abc import Iterator

import pytest

import libprof
from libprof import _native
from tests.python.helpers import calls_of, function_named
from tests.python.laws import walk
from tests.python.sampled import (
    MS,
    WORK_NS,
    compute,
    outer,
    paths,
    sampler,
    samples_in,
    work,
    works,
)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """Each test ends as many sessions as it began."""
    yield
    gc.collect()
    assert _native.sampling_sessions() == 0


# ---- from when to when -----------------------------------------------------------------------------


def test_running() -> None:
    profiler = sampler()
    assert not profiler.running
    with profiler:
        assert profiler.running
        assert _native.sampling_sessions() == 1
    assert not profiler.running


def test_errors() -> None:
    profiler = sampler()
    for call in (profiler.stop, profiler.attach):
        with pytest.raises(RuntimeError, match="not running"):
            call()
    profiler.start()
    with pytest.raises(RuntimeError, match="started already"):
        profiler.start()
    with pytest.raises(RuntimeError, match="no profile yet"):
        _ = profiler.profile
    profile = profiler.stop()
    assert profiler.profile is profile
    for call in (profiler.stop, profiler.attach):
        with pytest.raises(RuntimeError, match="not running"):
            call()
    with pytest.raises(RuntimeError, match="runs once"):
        profiler.start()
    profiler.detach()  # there is nothing left to leave


def test_detached_work_is_nobodys() -> None:
    profiler = sampler().start()
    work("work-before")()
    profiler.detach()
    work("work-outside", 0.05)()
    profiler.attach()
    work("work-after")()
    profile = profiler.stop()

    assert works(profile) == {"work-before", "work-after"}
    assert profile.cpu_ns < 2 * WORK_NS + 20 * MS


def test_attached_threads() -> None:
    profiler = sampler().start()
    ready = threading.Barrier(2)

    def attached() -> None:
        profiler.attach()
        profiler.attach()
        outer(work("work-attached"))
        profiler.detach()
        work("work-detached")()

    def foreign() -> None:
        ready.wait()
        work("work-foreign")()

    threads = [threading.Thread(target=attached), threading.Thread(target=foreign)]
    threads[1].start()
    threads[0].start()
    ready.wait()
    for thread in threads:
        thread.join()
    profile = profiler.stop()

    assert works(profile) == {"work-attached"}
    (path,) = [path for path in paths(profile) if "work-attached" in path]
    assert path == ("outer", "inner", "work-attached")


def test_time_before_a_session_is_none_of_its_time() -> None:
    """Also where its thread is interrupted already, and so rarely that nothing came until now."""
    for _ in range(3):  # the first tick of the outer one comes at random
        with sampler(interval=10):
            compute(0.1)
            before_ns = time.thread_time_ns()
            with sampler() as profiler:
                work("work-inside")()
            spent_ns = time.thread_time_ns() - before_ns

        profile = profiler.profile
        assert works(profile) == {"work-inside"}
        assert profile.cpu_ns <= spent_ns + MS
        assert sum(node.self_wall_ns for node in walk(profile.root)) <= profile.wall_ns


@pytest.mark.parametrize("first_to_end", ["the fast one", "the slow one"])
def test_a_thread_is_woken_as_often_as_who_is_left_wants(first_to_end: str) -> None:
    fast, slow = sampler(interval=0.0005), sampler(interval=0.01)
    (slow if first_to_end == "the fast one" else fast).start()
    left = contextvars.copy_context()
    (fast if first_to_end == "the fast one" else slow).start()
    compute(0.01)
    ended, going_on = (fast, slow) if first_to_end == "the fast one" else (slow, fast)
    ended.stop()
    began = time.perf_counter()
    left.run(compute, 0.3)
    due = (time.perf_counter() - began) / going_on.interval
    samples = samples_in(going_on.stop(), "compute")
    assert 0.3 * due < samples < 1.7 * due


@pytest.mark.parametrize("own_context", [True, False])
def test_stopped_in_another_thread(own_context: bool) -> None:
    """While the first one computes: its work is cut off there."""
    profiler = sampler().start()
    stopped = threading.Event()

    def stop() -> None:
        profiler.stop()
        stopped.set()

    target = stop if own_context else lambda: contextvars.copy_context().run(stop)
    thread = threading.Thread(target=target)
    work("work-before")()
    thread.start()
    during = work("work-during", 0.001)
    while not stopped.is_set():
        during()
    work("work-after")()
    thread.join()

    assert works(profiler.profile) - {"work-during"} == {"work-before"}


def test_threads_that_end_before_their_session() -> None:
    profiler = sampler().start()

    def attached(number: int) -> None:
        profiler.attach()
        work(f"work-{number}", 0.003)()

    for number in range(20):
        thread = threading.Thread(target=attached, args=(number,))
        thread.start()
        thread.join()
    profiler.stop()

    assert works(profiler.profile) == {f"work-{number}" for number in range(20)}
    with sampler() as profiler:
        work("work-next")()
    assert works(profiler.profile) == {"work-next"}


def test_sessions_that_end_while_other_threads_are_in_them() -> None:
    done = threading.Event()

    def inside() -> None:
        while not done.is_set():
            outer(lambda: compute(0.0005))

    for _ in range(30):
        profiler = sampler(interval=0.0001).start()
        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(inside,))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        compute(0.005)
        profile = profiler.stop()
        done.set()
        for thread in threads:
            thread.join()
        done.clear()
        assert profile.counters["samples"] > 0


def test_dropped_without_a_stop() -> None:
    def begin() -> None:
        sampler().start()
        compute(0.005)

    for _ in range(3):
        contextvars.copy_context().run(begin)
        gc.collect()
        assert _native.sampling_sessions() == 0
    with sampler() as profiler:
        work("work-next")()
    assert works(profiler.profile) == {"work-next"}


def test_many_sessions_one_after_another() -> None:
    for number in range(50):
        with sampler() as profiler:
            work(f"work-{number}", 0.003)()
        assert works(profiler.profile) == {f"work-{number}"}


def test_decorator() -> None:
    profiles: list[libprof.Profile] = []

    @libprof.profiled(engine="sample", interval=0.0005, on_profile=profiles.append)
    def function(fails: bool) -> int:
        outer(work("work-function"))
        return 1 // (not fails)

    @libprof.profiled(engine="sample", interval=0.0005, on_profile=profiles.append)
    async def coroutine() -> int:
        await asyncio.sleep(0)
        outer(work("work-coroutine"))
        return 2

    assert function(False) == 1
    with pytest.raises(ZeroDivisionError):
        function(True)
    assert asyncio.run(coroutine()) == 2

    assert [works(profile) for profile in profiles] == [
        {"work-function"},
        {"work-function"},
        {"work-coroutine"},
    ]
    assert all(profile.engine == "sample" for profile in profiles)
    for profile in profiles:
        assert function_named(profile, "outer").samples <= 2  # hardly ever the leaf


# ---- sessions in sessions --------------------------------------------------------------------------


def test_sampled_in_sampled() -> None:
    """The inner one has what runs in it; the outer one before and after."""
    with sampler() as first:
        work("work-before")()
        with sampler(interval=0.001) as second:
            outer(work("work-inner"))
        work("work-after")()

    assert works(second.profile) == {"work-inner"}
    assert works(first.profile) == {"work-before", "work-after"}


def test_the_outer_session_ends_first() -> None:
    first, second = sampler(), sampler()
    first.start()
    second.start()
    work("work-both")()
    first.stop()
    work("work-second")()
    second.stop()
    work("work-none")()

    assert works(first.profile) == set()
    assert works(second.profile) == {"work-both", "work-second"}


@pytest.mark.parametrize("traced_first", [True, False])
def test_both_engines_at_once(traced_first: bool) -> None:
    """Each sees all of it: they do not take from each other."""
    sampled, traced = sampler(), libprof.Profiler()
    first, second = (traced, sampled) if traced_first else (sampled, traced)
    deep = work("work-deep")
    with first:
        with second:
            outer(deep)
        outer(deep)

    assert calls_of(traced.profile, "work-deep") == (2 if traced_first else 1)
    (path,) = [path for path in paths(sampled.profile) if "work-deep" in path]
    assert path == ("outer", "inner", "work-deep")
    cpu = function_named(sampled.profile, "work-deep").self_cpu_ns
    expected = WORK_NS * (1 if traced_first else 2)
    assert expected * 0.8 <= cpu <= expected * 1.2 + 5 * MS
