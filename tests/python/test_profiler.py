# SPDX-License-Identifier: MIT
"""Profiler and profiled: arguments, states, decorators."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import threading
from typing import Any

import pytest

import libprof
from libprof import _native
from tests.python.helpers import names, nodes_named, profile_of


def leaf() -> None:
    pass


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"engine": "trance"}, ValueError, "unknown engine 'trance': use one of trace, sample"),
        ({"engine": None}, ValueError, "unknown engine None"),
        ({"interval": 0}, ValueError, "interval must be between"),
        ({"interval": -1}, ValueError, "interval must be between"),
        ({"interval": float("nan")}, ValueError, "interval must be between"),
        ({"interval": "1ms"}, TypeError, "interval"),
        ({"max_nodes": 0}, ValueError, "max_nodes must be between"),
        ({"max_nodes": 10**9}, ValueError, "max_nodes must be between"),
        ({"max_nodes": 2.5}, TypeError, "max_nodes"),
        ({"max_samples": 0}, ValueError, "max_samples must be between"),
        ({"metadata": {"key": object()}}, TypeError, "metadata"),
        ({"metadata": ["not", "a", "mapping"]}, TypeError, "metadata"),
        ({"metadata": {"key": float("nan")}}, ValueError, "metadata"),
        ({"metadata": {"key": "x" * 2_000_000}}, ValueError, "metadata"),
        ({"metadata": {"key": functools.reduce(lambda a, _: [a], range(100))}}, ValueError, "deep"),
        ({"name": 3}, TypeError, "name"),
        ({"name": "nul\0"}, ValueError, "name"),
        ({"name": "\ud800"}, ValueError, "name"),
        ({"unknown": 1}, TypeError, "unknown"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_wrong_arguments(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        libprof.Profiler(**arguments)


def test_results() -> None:
    with libprof.Profiler(name="näme", metadata={"path": "/å", "n": [1, None]}) as profiler:
        leaf()

    profile = profiler.profile
    assert profile.engine == "trace"
    assert profile.name == "näme"
    assert profile.metadata == {"path": "/å", "n": [1, None]}
    assert profile.metadata is not profile.metadata
    assert profile.started.endswith("Z")
    assert profile.counters["events"] > 0
    assert 0 < profile.cpu_ns <= profile.wall_ns


def test_metadata_is_taken_when_the_profiler_is_made() -> None:
    metadata = {"key": "before"}
    profiler = libprof.Profiler(metadata=metadata)
    metadata["key"] = "after"
    with profiler:
        pass
    assert profiler.profile.metadata == {"key": "before"}


def test_states() -> None:
    profiler = libprof.Profiler()
    assert not profiler.running
    with pytest.raises(RuntimeError, match="no profile yet"):
        _ = profiler.profile
    with pytest.raises(RuntimeError, match="not running"):
        profiler.stop()
    with pytest.raises(RuntimeError, match="not running"):
        profiler.attach()
    profiler.detach()
    assert profiler.start() is profiler
    assert profiler.running
    with pytest.raises(RuntimeError, match="started already"):
        profiler.start()
    profile = profiler.stop()
    assert profiler.profile is profile
    assert not profiler.running
    with pytest.raises(RuntimeError, match="not running"):
        profiler.stop()
    with pytest.raises(RuntimeError, match="runs once"):
        profiler.start()
    assert _native.status()[1] == 0


def test_native_session_runs_once() -> None:
    session = _native.Session()
    session.start("", 100)
    session.stop()
    with pytest.raises(RuntimeError, match="started already"):
        session.start("", 100)
    leaf()
    assert _native.status()[1] == 0


def test_stop_inside_the_with_block() -> None:
    with libprof.Profiler() as profiler:
        profiler.stop()
    assert profiler.profile.wall_ns > 0


def test_with_block_that_raises() -> None:
    profiler = libprof.Profiler()
    with contextlib.suppress(KeyError), profiler:
        leaf()
        raise KeyError
    assert "leaf" in names(profiler.profile)


def test_only_one_thread_starts_it() -> None:
    profiler = libprof.Profiler()
    outcomes: list[str] = []
    barrier = threading.Barrier(4)

    def start() -> None:
        barrier.wait()
        try:
            profiler.start()
            outcomes.append("started")
        except RuntimeError:
            outcomes.append("refused")

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    profiler.stop()

    assert sorted(outcomes) == ["refused"] * 3 + ["started"]
    assert _native.status()[1] == 0


def test_sampling_that_cannot_work_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("libprof.sampling.UNAVAILABLE", "frames are strange")
    with pytest.raises(RuntimeError, match="cannot be used: frames are strange"):
        libprof.Profiler(engine="sample")


# ---- decorators ------------------------------------------------------------------------------------


def test_profiled_function() -> None:
    @libprof.profiled(metadata={"a": 1})
    def work(n: int, *, m: int = 0) -> int:
        """Doc."""
        leaf()
        return n + m

    assert work(1, m=2) == 3
    assert work.__name__ == "work"
    assert work.__doc__ == "Doc."
    profile = work.profile  # type: ignore[attr-defined]
    assert profile.name.endswith("work")
    assert profile.metadata == {"a": 1}
    (node,) = [node for node in nodes_named(profile, work.__wrapped__.__qualname__)]
    assert [child.frame.name for child in node.children] == ["leaf"]
    work(2)
    assert work.profile is not profile  # type: ignore[attr-defined]


def test_profiled_hands_each_profile_over() -> None:
    profiles: list[libprof.Profile] = []

    @libprof.profiled(on_profile=profiles.append, name="given", builtins=False)
    def work(n: int) -> int:
        return work(n - 1) if n else 0

    work(2)
    assert len(profiles) == 3
    assert {profile.name for profile in profiles} == {"given"}


def test_profiled_function_that_raises() -> None:
    profiles: list[libprof.Profile] = []

    @libprof.profiled(on_profile=profiles.append)
    def work() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        work()
    assert len(profiles) == 1


def test_profiled_coroutine() -> None:
    profiles: list[libprof.Profile] = []

    @libprof.profiled(on_profile=profiles.append)
    async def work(n: int) -> int:
        await asyncio.sleep(0)
        leaf()
        return n

    async def main() -> list[int]:
        return await asyncio.gather(work(1), work(2))

    assert asyncio.run(main()) == [1, 2]
    assert len(profiles) == 2
    for profile in profiles:
        assert sum(node.calls for node in nodes_named(profile, "leaf")) == 1


def test_profiled_refuses_generators() -> None:
    def numbers():
        yield 1

    async def letters():
        yield "a"

    for function in (numbers, letters):
        with pytest.raises(TypeError, match="is a generator: profile what consumes it"):
            libprof.profiled()(function)


def test_profiled_checks_its_options_when_called() -> None:
    @libprof.profiled(interval=-1)
    def work() -> None:
        leaf()

    with pytest.raises(ValueError, match="interval"):
        work()


def test_limits_are_visible() -> None:
    profile = profile_of(leaf, max_nodes=1)
    assert profile.counters["overflow_calls"] >= 1
    assert json.loads(profile.export("json"))["counters"]["overflow_calls"] >= 1
