# SPDX-License-Identifier: MIT
"""A profile holds the greenlets that run in its context."""

from __future__ import annotations

import contextvars
import time

import greenlet
import pytest

import libprof
from tests.python.helpers import nodes_named
from tests.python.marks import lines, mark, marks

#: Without an event for so long, a thread may have waited: the clock is read (core/strand.h).
GAP_NS = 4_000

# ---- greenlets -------------------------------------------------------------------------------------


def test_greenlets_with_copied_contexts() -> None:
    with libprof.Profiler() as profiler:

        def run(name: str) -> None:
            step = mark(name)
            for _ in range(3):
                step()
                greenlet.getcurrent().parent.switch()
            step()

        greenlets = []
        for _name in ("mark-one", "mark-two"):
            new = greenlet.greenlet(run)
            new.gr_context = contextvars.copy_context()
            greenlets.append(new)
        for new, name in zip(greenlets, ("mark-one", "mark-two"), strict=True):
            new.switch(name)
        for _ in range(3):
            for new in greenlets:
                new.switch()

    profile = profiler.profile
    run_name = "test_greenlets_with_copied_contexts.run"
    shown = lines(profile, __file__)
    assert f"{run_name} 2" in shown
    at = shown.index(f"{run_name} 2")
    assert shown[at + 1 :] == ["  mark-one 4", "  mark-two 4"]
    assert profile.counters["resynchronised"] == 0


def test_greenlets_outside_the_session() -> None:
    foreign = mark("mark-foreign")

    def run() -> None:
        while True:
            foreign()
            greenlet.getcurrent().parent.switch()

    other = greenlet.greenlet(run)
    other.switch()
    with libprof.Profiler() as profiler:
        mark("mark-own")()
        other.switch()
        mark("mark-own")()
        other.switch()

    assert marks(profiler.profile) == {"mark-own"}
    assert sum(node.calls for node in nodes_named(profiler.profile, "mark-own")) == 2


def test_sessions_in_greenlets() -> None:
    profiles: list[libprof.Profile] = []

    def run(number: int) -> None:
        own = mark(f"mark-{number}")
        with libprof.Profiler() as profiler:
            for _ in range(5):
                own()
                greenlet.getcurrent().parent.switch()
        profiles.append(profiler.profile)

    greenlets = [greenlet.greenlet(run) for _ in range(4)]
    for number, new in enumerate(greenlets):
        new.switch(number)
    while any(not new.dead for new in greenlets):
        for new in greenlets:
            new.switch()

    assert [marks(profile) for profile in profiles] == [{f"mark-{n}"} for n in range(4)]
    for profile in profiles:
        assert profile.counters["resynchronised"] == 0


def test_greenlet_dropped_while_it_is_in_the_session() -> None:
    def run() -> None:
        mark("mark-greenlet")()
        greenlet.getcurrent().parent.switch()

    with libprof.Profiler() as profiler:
        for _ in range(5):
            dropped = greenlet.greenlet(run)
            dropped.gr_context = contextvars.copy_context()
            dropped.switch()
            del dropped
        mark("mark-own")()

    assert marks(profiler.profile) == {"mark-greenlet", "mark-own"}
    own = nodes_named(profiler.profile, "mark-own")
    assert len(own) == 1


def test_greenlets_that_take_turns_have_cpu_time_without_reading_the_clock_each_time() -> None:
    turns = 3000
    steps = range(30)  # less than the gap that is not read, also where the machine is slow

    def run() -> None:
        for _ in range(turns):
            for _ in steps:
                pass
            greenlet.getcurrent().parent.switch()

    begin = time.thread_time_ns()
    for _ in range(2 * turns):
        for _ in steps:
            pass
    alone = time.thread_time_ns() - begin

    with libprof.Profiler() as profiler:
        others = [greenlet.greenlet(run) for _ in range(2)]
        for new in others:
            new.gr_context = contextvars.copy_context()
        begin = time.thread_time_ns()
        for _ in range(turns):
            for new in others:
                new.switch()
        spent = time.thread_time_ns() - begin

    (node,) = nodes_named(profiler.profile, run.__qualname__)
    assert 0.5 * alone <= node.self_cpu_ns <= spent
    if (turn_ns := spent / (2 * turns)) > GAP_NS:
        pytest.skip(
            f"a turn takes {turn_ns:.0f} ns here, as under a sanitizer: longer than the gap"
        )
    assert profiler.profile.counters["cpu_reads"] < turns
