# SPDX-License-Identifier: MIT
"""Sampled sessions that are dropped or kept when they end."""

from __future__ import annotations

import contextvars
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import libprof
from tests.python.helpers import function_named
from tests.python.laws import walk
from tests.python.sampled import INTERVAL, path_to, samples_in, work

#: Seconds of work that has 200 samples at the full rate, and 40 at that of the beginning.
LONG = 200 * INTERVAL


def test_what_is_kept_is_described_at_its_end() -> None:
    watcher = libprof.Watcher(interval=INTERVAL)
    session = watcher.begin()
    work("work-0")()
    profile = watcher.keep(session, name="GET /å", metadata={"status": 200})
    assert not session.running
    assert (profile.name, profile.engine) == ("GET /å", "sample")
    assert profile.metadata == {"status": 200}
    assert path_to(profile, "work-0") == ("work-0",)
    assert samples_in(profile, "work-0") > 0
    assert libprof.Profile.from_bytes(profile.to_bytes()).name == "GET /å"


def test_without_a_description() -> None:
    watcher = libprof.Watcher()
    profile = watcher.keep(watcher.begin())
    assert (profile.name, profile.metadata) == ("", {})


def test_one_watcher_has_many_sessions_at_once() -> None:
    watcher = libprof.Watcher(interval=INTERVAL)
    outer = watcher.begin()
    work("work-1")()
    inner = watcher.begin()
    work("work-2")()
    inner.cancel()
    assert not inner.running
    work("work-0")()
    profile = watcher.keep(outer)
    assert path_to(profile, "work-0") == ("work-0",)
    assert path_to(profile, "work-1") == ("work-1",)


# ---- how often they are sampled --------------------------------------------------------------------


def samples(profile: libprof.Profile, name: str) -> float:
    """Of this work, over what was due in the time that it has taken on the clock: 1 at the full rate."""
    stats = function_named(profile, name)
    return stats.samples * INTERVAL * 1e9 / stats.total_wall_ns


def test_a_session_begins_slowly() -> None:
    watcher = libprof.Watcher(interval=INTERVAL, quick=3600)
    session = watcher.begin()
    work("work-0", LONG)()
    profile = watcher.keep(session)
    assert 0.1 < samples(profile, "work-0") < 0.3
    assert sum(node.self_wall_ns for node in walk(profile.root)) == pytest.approx(
        profile.wall_ns, rel=0.1
    )


def test_one_that_is_not_quick_comes_to_its_full_rate() -> None:
    watcher = libprof.Watcher(interval=INTERVAL, quick=LONG)
    session = watcher.begin()
    work("work-0", LONG)()
    work("between", 20 * INTERVAL)()  # the first tick after that time changes the rate
    work("work-1", LONG)()
    profile = watcher.keep(session)
    assert samples(profile, "work-1") > 0.8


def test_the_next_one_begins_slowly_again() -> None:
    watcher = libprof.Watcher(interval=INTERVAL, quick=LONG)
    slow = watcher.begin()
    work("work-0", 2 * LONG)()
    slow.cancel()
    session = watcher.begin()
    work("work-1", LONG / 2)()
    assert samples(watcher.keep(session), "work-1") < 0.4


def test_who_is_left_is_sampled_slowly_again() -> None:
    outer = libprof.Watcher(interval=INTERVAL, quick=3600)
    session = outer.begin()
    inner = libprof.Watcher(interval=INTERVAL, quick=LONG / 10).begin()
    work("work-0", LONG)()
    inner.cancel()
    work("work-1", LONG)()
    assert samples(outer.keep(session), "work-1") < 0.3


def test_a_slow_one_keeps_its_rate_beside_quick_ones() -> None:
    """As the requests of one event loop."""
    watcher = libprof.Watcher(interval=INTERVAL, quick=LONG)

    def quick() -> None:
        session = watcher.begin()
        work("work-0", INTERVAL)()
        session.cancel()

    session = watcher.begin()
    work("between", LONG + 20 * INTERVAL)()
    own = work("work-1", LONG / 40)
    for _ in range(40):
        contextvars.copy_context().run(quick)
        own()
    assert samples(watcher.keep(session), "work-1") > 0.8


def test_its_rate_comes_back_when_others_have_changed_it() -> None:
    session = libprof.Watcher(interval=INTERVAL, quick=LONG).begin()
    work("between", LONG + 20 * INTERVAL)()
    other = libprof.Profiler("sample", interval=3 * INTERVAL)
    contextvars.copy_context().run(other.start)
    work("work-1", LONG)()
    other.cancel()
    assert samples(libprof.Watcher().keep(session), "work-1") > 0.8


def test_threads_that_work_for_it_have_its_rate() -> None:
    watcher = libprof.Watcher(interval=INTERVAL, quick=LONG)
    session = watcher.begin()
    work("work-0", LONG + 20 * INTERVAL)()
    with ThreadPoolExecutor(1) as executor:
        run = contextvars.copy_context().run
        executor.submit(run, work("between", 20 * INTERVAL)).result()
        executor.submit(run, work("work-1", LONG)).result()
    assert samples(watcher.keep(session), "work-1") > 0.8


def test_an_ordinary_session_inside_has_its_own_rate_and_leaves_none() -> None:
    watcher = libprof.Watcher(interval=INTERVAL, quick=3600)
    session = watcher.begin()
    with libprof.Profiler("sample", interval=INTERVAL) as inner:
        work("work-0", LONG)()
    work("work-1", LONG)()
    assert samples(inner.profile, "work-0") > 0.8
    assert samples(watcher.keep(session), "work-1") < 0.3


@pytest.mark.parametrize("quick", [-1, 3601, float("nan"), "1"])
def test_a_wrong_time_of_quick_ones(quick: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="quick must be"):
        libprof.Watcher(quick=quick)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"interval": 0.0}, ValueError),
        ({"interval": "1"}, TypeError),
        ({"max_nodes": 0}, ValueError),
        ({"max_samples": 1.5}, TypeError),
    ],
)
def test_wrong_options_are_those_of_a_profiler(options: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as seen:
        libprof.Watcher(**options)
    with pytest.raises(error) as expected:
        libprof.Profiler("sample", **options)
    assert str(seen.value) == str(expected.value)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"name": "\0"}, ValueError),
        ({"name": 5}, TypeError),
        ({"metadata": {"key": object()}}, TypeError),
        ({"metadata": ["no", "mapping"]}, TypeError),
    ],
)
def test_a_wrong_description_loses_nothing(options: Any, error: type[Exception]) -> None:
    watcher = libprof.Watcher()
    session = watcher.begin()
    with pytest.raises(error):
        watcher.keep(session, **options)
    assert session.running
    assert watcher.keep(session).name == ""
