# SPDX-License-Identifier: MIT
"""Garbage collections stand in the tree where they struck."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

import libprof
from libprof import _native
from tests.python.helpers import walk


@pytest.fixture(autouse=True)
def _without_automatic_collections() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def collections(node: libprof.Node) -> list[libprof.Node]:
    return [found for found in walk(node) if found.frame.kind == "gc"]


def path_to(root: libprof.Node, wanted: libprof.Node) -> list[str]:
    parents = {id(child): node for node in walk(root) for child in node.children}
    path = [wanted.frame.name]
    while (parent := parents.get(id(wanted))) is not None:
        wanted = parent
        path.append(wanted.frame.name)
    return path[::-1]


class Cycle:
    def __init__(self) -> None:
        self.me = self


class Finalized(Cycle):
    def __del__(self) -> None:
        pass


def test_a_collection_is_a_frame_below_what_caused_it() -> None:
    def allocates() -> None:
        Cycle()
        gc.collect()

    with libprof.Profiler() as profiler:
        allocates()
        allocates()

    (collection,) = collections(profiler.profile.root)
    assert path_to(profiler.profile.root, collection)[-3:] == [
        allocates.__qualname__,
        "gc.collect",
        "<gc>",
    ]
    assert collection.calls == 2
    assert collection.total_wall_ns > 0
    (stats,) = [f for f in profiler.profile.functions() if f.kind == "gc"]
    assert stats.calls == 2


def test_an_automatic_collection_is_a_frame() -> None:
    gc.enable()
    with libprof.Profiler() as profiler:
        for _ in range(3000):
            Cycle()

    assert sum(node.calls for node in collections(profiler.profile.root)) >= 1


def test_what_a_collection_runs_stands_below_it() -> None:
    gone = []
    cycle = Finalized()
    reference = weakref.ref(cycle, lambda _: gone.append(1))
    del cycle

    with libprof.Profiler() as profiler:
        gc.collect()

    assert gone
    assert reference() is None
    (collection,) = collections(profiler.profile.root)
    assert "Finalized.__del__" in [node.frame.name for node in walk(collection)]
    assert profiler.profile.counters["resynchronised"] == 0


def test_a_collection_of_another_thread_is_not_in_the_profile() -> None:
    with libprof.Profiler() as profiler:
        thread = threading.Thread(target=gc.collect)
        thread.start()
        thread.join()

    assert collections(profiler.profile.root) == []


def test_a_session_that_starts_or_ends_inside_a_collection_survives() -> None:
    profiler = libprof.Profiler()
    calls: list[str] = []

    def callback(phase: str, info: dict[str, int]) -> None:
        calls.append(phase)
        if phase == "start" and not profiler.running:
            profiler.start()
        elif phase == "start":
            profiler.stop()

    gc.callbacks.insert(0, callback)
    try:
        gc.collect()
        gc.collect()
    finally:
        gc.callbacks.remove(callback)

    assert calls == ["start", "stop"] * 2
    assert profiler.profile.wall_ns > 0


def test_the_callback_goes_with_the_hooks() -> None:
    before = list(gc.callbacks)
    with libprof.Profiler():
        during = list(gc.callbacks)
    _native.unhook()
    assert [callback for callback in gc.callbacks if callback not in before] == []
    assert len(during) == len([c for c in before if c in gc.callbacks]) + 1


def test_a_program_may_empty_the_list_of_callbacks() -> None:
    saved = list(gc.callbacks)
    try:
        with libprof.Profiler() as profiler:
            gc.callbacks.clear()
            gc.collect()
        _native.unhook()
    finally:
        gc.callbacks[:] = [callback for callback in saved if callback not in gc.callbacks]
    assert collections(profiler.profile.root) == []


def test_a_collection_shows_in_samples_below_what_caused_it() -> None:
    """With some ten thousand objects to be looked at, for long enough to be seen."""

    def allocates() -> None:
        waste = [Cycle() for _ in range(30_000)]
        gc.collect()
        del waste

    with libprof.Profiler("sample", interval=0.0005) as profiler:
        for _ in range(10):
            allocates()

    (collection,) = collections(profiler.profile.root)
    assert path_to(profiler.profile.root, collection)[-2:] == [allocates.__qualname__, "<gc>"]
    assert collection.samples > 0


def test_samples_show_what_a_collection_runs_below_it() -> None:
    def finalize() -> None:
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            sum(range(200))

    class Slow(Cycle):
        def __del__(self) -> None:
            finalize()

    def allocates() -> None:
        Slow()
        gc.collect()
        finalize()

    with libprof.Profiler("sample", interval=0.0005) as profiler:
        allocates()

    paths = [
        path_to(profiler.profile.root, node)
        for node in walk(profiler.profile.root)
        if node.frame.name == finalize.__qualname__
    ]
    assert sorted(path[-3:-1] for path in paths) == [
        ["<gc>", Slow.__del__.__qualname__],
        ["<root>", allocates.__qualname__],
    ]


@pytest.mark.parametrize("first_to_end", ["sample", "trace"])
def test_the_callback_stays_as_long_as_one_of_the_engines_runs(first_to_end: str) -> None:
    _native.unhook()
    callbacks = list(gc.callbacks)
    sessions = {engine: libprof.Profiler(engine).start() for engine in ("trace", "sample")}
    assert len(gc.callbacks) == len(callbacks) + 1
    other = "trace" if first_to_end == "sample" else "sample"
    for engine, left in ((first_to_end, 1), (other, 0)):
        sessions[engine].stop()
        if engine == "trace":
            _native.unhook()  # else they stay for a while
        assert len(gc.callbacks) == len(callbacks) + left
