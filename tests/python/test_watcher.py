# SPDX-License-Identifier: MIT
"""Sampled sessions that are dropped or kept when they end."""

from __future__ import annotations

from typing import Any

import pytest

import libprof
from tests.python.sampled import INTERVAL, path_to, samples_in, work


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
