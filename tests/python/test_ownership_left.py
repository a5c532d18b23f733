# SPDX-License-Identifier: MIT
"""Calls end for a session where its context leaves it, whoever takes it out; what follows is no part of them."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import greenlet
import pytest

import libprof
from tests.python.helpers import nodes_named, walk
from tests.python.marks import lines, mark, marks

OUTSIDE_SECONDS = 0.05


def session_variable() -> contextvars.ContextVar[Any]:
    """The variable that says which session a context is in, as those find it who copy contexts."""
    (variable,) = [v for v in contextvars.copy_context() if v.name == "libprof_session"]
    return variable


def busy() -> None:
    end = time.perf_counter() + OUTSIDE_SECONDS
    while time.perf_counter() < end:
        pass


def longest(profile: libprof.Profile, name: str) -> float:
    return max(node.total_wall_ns for node in nodes_named(profile, name)) / 1e9


@pytest.mark.parametrize("builtins", [True, False])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_value_set_by_others_ends_the_calls_of_its_context(
    builtins: bool, elsewhere: bool
) -> None:
    """The session is lost deep in a stack and found again further out."""
    profiler = libprof.Profiler(builtins=builtins).start()
    variable = session_variable()

    def lose() -> None:
        value = variable.get()
        variable.set(None)
        if elsewhere:
            contextvars.Context().run(mark("mark-foreign"))
        values.append(value)
        busy()

    def between() -> None:
        lose()

    values: list[Any] = []
    between()
    busy()
    variable.set(values.pop())
    mark("mark-again")()
    profiler.stop()

    profile = profiler.profile
    test = "test_a_value_set_by_others_ends_the_calls_of_its_context"
    shown = lines(profile, __file__)
    assert shown[-2:] == [f"{test}.between 1", f"  {test}.lose 1"]
    assert "mark-again 1" in shown
    assert longest(profile, between.__qualname__) < OUTSIDE_SECONDS
    assert profile.wall_ns / 1e9 > 2 * OUTSIDE_SECONDS


def test_a_token_of_before_the_session_ends_its_calls() -> None:
    outer = libprof.Profiler().start()
    variable = session_variable()
    token = variable.set(None)
    inner = libprof.Profiler().start()

    def leave() -> None:
        variable.reset(token)
        mark("mark-outer")()
        busy()

    leave()
    mark("mark-outer-again")()
    inner.stop()
    outer.stop()

    assert marks(outer.profile) == {"mark-outer", "mark-outer-again"}
    assert marks(inner.profile) == set()
    assert longest(inner.profile, leave.__qualname__) < OUTSIDE_SECONDS
    assert all(node.frame.name != leave.__qualname__ for node in walk(outer.profile.root))


@pytest.mark.parametrize("builtins", [True, False])
def test_a_context_entered_from_the_session_leaves_it(builtins: bool) -> None:
    """Its calls stand on the stack of the context below, and end there too."""
    profiler = libprof.Profiler(builtins=builtins).start()
    variable = session_variable()

    def lose() -> None:
        variable.set(None)
        busy()

    def enter() -> None:
        contextvars.copy_context().run(lose)
        mark("mark-after")()

    enter()
    profiler.stop()

    test = "test_a_context_entered_from_the_session_leaves_it"
    assert lines(profiler.profile, __file__)[-3:] == [
        f"{test}.enter 1",
        "  mark-after 1",
        f"  {test}.lose 1",
    ]
    assert longest(profiler.profile, lose.__qualname__) < OUTSIDE_SECONDS


def deep(depth: int, function: Callable[[], object]) -> None:
    if depth:
        deep(depth - 1, function)
    else:
        function()


@pytest.mark.parametrize("builtins", [True, False])
def test_calls_that_end_in_an_inner_session_are_over_for_the_outer(builtins: bool) -> None:
    inner = libprof.Profiler()
    with libprof.Profiler(builtins=builtins) as outer:
        deep(5, inner.start)
        mark("mark-inner")()
        busy()
        inner.stop()
        mark("mark-outer")()

    assert marks(inner.profile) == {"mark-inner"}
    assert "mark-outer 1" in lines(outer.profile, __file__)
    assert longest(outer.profile, "deep") < OUTSIDE_SECONDS


def test_calls_that_go_on_in_an_inner_session_go_on_for_the_outer() -> None:
    inner = libprof.Profiler()

    def nested() -> None:
        deep(5, lambda: mark("mark-before")())
        inner.start()
        busy()
        inner.stop()
        mark("mark-after")()

    with libprof.Profiler() as outer:
        nested()

    assert lines(outer.profile, __file__)[-1] == "  mark-after 1"
    assert longest(outer.profile, nested.__qualname__) >= OUTSIDE_SECONDS
    assert outer.profile.counters["unmatched"] < 10


def test_hundreds_of_greenlets_keep_their_stacks() -> None:
    """Each has calls open whenever the others run."""
    count, rounds = 300, 4

    def run(number: int) -> None:
        own = mark(f"mark-{number}")
        for _ in range(rounds):
            own()
            greenlet.getcurrent().parent.switch()

    with libprof.Profiler() as profiler:
        greenlets = [greenlet.greenlet(run) for _ in range(count)]
        for new in greenlets:
            new.gr_context = contextvars.copy_context()
        for number, new in enumerate(greenlets):
            new.switch(number)
        for _ in range(rounds):
            for new in reversed(greenlets):
                new.switch()

    runs = nodes_named(profiler.profile, run.__qualname__)
    assert [node.calls for node in runs] == [count]
    counts = {child.frame.name: child.calls for child in runs[0].children}
    assert {counts[f"mark-{number}"] for number in range(count)} == {rounds}
    assert profiler.profile.counters["resynchronised"] == 0
    assert profiler.profile.counters["strands"] == count + 1


def test_empty_strands_are_used_again() -> None:
    """By other contexts and other threads, however many there were."""
    work = mark("mark-work")
    barrier = threading.Barrier(4)

    def run() -> None:
        barrier.wait()
        work()

    with ThreadPoolExecutor(4) as pool, libprof.Profiler() as profiler:
        for _ in range(100):
            futures = [pool.submit(contextvars.copy_context().run, run) for _ in range(4)]
            for future in futures:
                future.result()

    assert "  mark-work 400" in lines(profiler.profile, __file__)
    assert profiler.profile.counters["strands"] <= 5
