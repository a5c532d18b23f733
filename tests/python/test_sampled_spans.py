# SPDX-License-Identifier: MIT
"""Spans in samples: where they stand, and whose they are."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import queue
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import libprof
from tests.python.helpers import names, nodes_named, walk
from tests.python.sampled import (
    MS,
    WORK_NS,
    compute,
    local,
    outer,
    path_to,
    paths,
    sampler,
    samples_in,
    work,
)

INNER = ("outer", "inner")


def test_a_span_stands_between_its_frame_and_what_that_calls() -> None:
    def page() -> None:
        with libprof.span("SELECT 1", kind="sql"):
            outer(work("work-0"))
        outer(work("work-1"))

    with sampler() as profiler:
        page()
    profile = profiler.profile
    assert local(path_to(profile, "work-0")) == ("page", "SELECT 1", *INNER, "work-0")
    assert local(path_to(profile, "work-1")) == ("page", *INNER, "work-1")
    (span,) = nodes_named(profile, "SELECT 1")
    assert (span.frame.kind, span.frame.file, span.frame.line) == ("sql", "", 0)
    assert 0.8 * WORK_NS < span.total_cpu_ns < 1.5 * WORK_NS
    assert not any(line.frame.kind == "sql" for line in profile.lines())


def test_what_the_frame_itself_does_is_the_spans() -> None:
    def page() -> None:
        with libprof.span("loop"):
            for _ in range(40):
                sum(range(20_000))

    with sampler() as profiler:
        page()
    assert samples_in(profiler.profile, "loop") > 0


def test_spans_of_one_frame_and_of_several() -> None:
    def below() -> None:
        with libprof.span("third"), libprof.span("fourth"):
            work("work-0")()

    def page() -> None:
        with libprof.span("first"):
            with libprof.span("gone"):
                pass
            with libprof.span("second"):
                below()

    with sampler() as profiler:
        page()
    path = local(path_to(profiler.profile, "work-0"))
    assert path == ("page", "first", "second", "below", "third", "fourth", "work-0")


def test_spans_of_the_frame_that_began_the_session() -> None:
    """That frame is no part of it, but a span that it enters afterwards is; one before is not."""
    with libprof.span("before"), sampler() as profiler, libprof.span("within"):
        work("work-0")()
    profile = profiler.profile
    assert path_to(profile, "work-0") == ("within", "work-0")
    assert "before" not in names(profile)


def test_the_same_span_inside_itself() -> None:
    span = libprof.span("again")

    def page() -> None:
        with span:
            with span:
                work("work-0")()
            work("work-1")()
        work("work-2")()

    with sampler() as profiler:
        page()
    profile = profiler.profile
    assert local(path_to(profile, "work-0")) == ("page", "again", "again", "work-0")
    assert local(path_to(profile, "work-1")) == ("page", "again", "work-1")
    assert local(path_to(profile, "work-2")) == ("page", "work-2")


def test_tasks_see_their_own_spans() -> None:
    """One waits inside its span while the other computes."""

    async def one() -> None:
        with libprof.span("of one"):
            for _ in range(3):
                work("work-1")()
                await asyncio.sleep(0)

    async def two() -> None:
        for _ in range(3):
            work("work-2")()
            await asyncio.sleep(0)

    async def both() -> None:
        await asyncio.gather(one(), two())

    with sampler() as profiler:
        asyncio.run(both())
    profile = profiler.profile
    assert local(path_to(profile, "work-1"))[-3:] == ("one", "of one", "work-1")
    assert local(path_to(profile, "work-2"))[-2:] == ("two", "work-2")


def test_threads_see_their_own_spans() -> None:
    def run(name: str) -> None:
        with libprof.span(f"of {name}"):
            work(name)()

    with sampler() as profiler:
        thread = threading.Thread(target=contextvars.copy_context().run, args=(run, "work-1"))
        with libprof.span("of the main thread"):
            thread.start()
            work("work-2")()
            thread.join()
    profile = profiler.profile
    assert local(path_to(profile, "work-1"))[-3:] == ("run", "of work-1", "work-1")
    assert path_to(profile, "work-2") == ("of the main thread", "work-2")


def test_sessions_see_what_was_entered_while_they_ran() -> None:
    def nested() -> libprof.Profile:
        with sampler() as inside, libprof.span("second"):
            work("work-1")()
        return inside.profile

    with sampler() as profiler, libprof.span("first"):
        inner = nested()
        work("work-0")()
    assert path_to(profiler.profile, "work-0") == ("first", "work-0")
    assert path_to(inner, "work-1") == ("second", "work-1")
    assert "first" not in names(inner)
    assert "second" not in names(profiler.profile)


def test_a_generator_closed_by_another_thread_leaves_its_span() -> None:
    def generator() -> Iterator[None]:
        with libprof.span("held"):
            yield

    with sampler() as profiler:
        items = generator()
        next(items)
        thread = threading.Thread(target=items.close)
        thread.start()
        thread.join()
        again = generator()  # its frame may be at the same address
        next(again)
        work("work-0")()
        again.close()
    assert path_to(profiler.profile, "work-0") == ("work-0",)


def test_a_span_that_is_never_left_ends_with_its_frame() -> None:
    def careless() -> None:
        libprof.span("open").__enter__()
        work("work-0")()

    def careful() -> None:
        outer(work("work-1"))

    with sampler() as profiler:
        careless()
        gc.collect()
        careful()
    profile = profiler.profile
    assert local(path_to(profile, "work-1")) == ("careful", *INNER, "work-1")


def test_a_span_left_open_by_a_callee_is_no_callees_of_others() -> None:
    def page() -> None:
        with contextlib.ExitStack() as stack:
            stack.enter_context(libprof.span("entered deeper"))
            work("work-0")()

    with sampler() as profiler:
        page()
    assert local(path_to(profiler.profile, "work-0")) == ("page", "work-0")


def test_more_spans_than_there_is_room_for() -> None:
    """The outermost 64 show; the others are left as if they had been entered."""

    def nest(depth: int) -> None:
        if depth == 0:
            work("work-0")()
            return
        with libprof.span(f"span {depth}"):
            nest(depth - 1)

    with sampler() as profiler:
        nest(80)
        with libprof.span("afterwards"):
            work("work-1")()
    profile = profiler.profile
    spans = [name for name in path_to(profile, "work-0") if name.startswith("span ")]
    assert spans == [f"span {depth}" for depth in range(80, 16, -1)]
    assert path_to(profile, "work-1") == ("afterwards", "work-1")


def test_spans_come_and_go_under_fire() -> None:
    """At 10 kHz in four threads, a span per call: no sample shows one that its function does not have."""

    def one() -> None:
        with libprof.span("of one"):
            sum(range(50))

    def two() -> None:
        with libprof.span("of two"):
            sum(range(50))

    def run() -> None:
        for _ in range(4000):
            one()
            two()

    with sampler(interval=0.0001) as profiler:
        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(run,)) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        run()
        for thread in threads:
            thread.join()
    profile = profiler.profile
    parents = {
        (node.frame.name.rpartition(".")[2], child.frame.name)
        for node in walk(profile.root)
        for child in node.children
        if child.frame.kind == "span"
    }
    assert parents == {("one", "of one"), ("two", "of two")}


def test_spans_are_left_by_another_thread_under_fire() -> None:
    """Their names go with them, while a generator at the same address may be at work in the thread that entered them."""

    def generator(number: int) -> Iterator[int]:
        with libprof.span(f"number {number}"):
            yield number
            for _ in range(50):
                number += 1
            yield number

    # Of few at once: there is no room for more than 64 open spans.
    handed_over: queue.Queue[Iterator[int] | None] = queue.Queue(maxsize=8)

    def close() -> None:
        while (items := handed_over.get()) is not None:
            items.close()  # type: ignore[attr-defined]

    with sampler(interval=0.0001) as profiler:
        thread = threading.Thread(target=close)
        thread.start()
        for number in range(5_000):
            items = generator(number)
            next(items)
            next(items)
            handed_over.put(items)
        handed_over.put(None)
        thread.join()
    spans = [name for name in names(profiler.profile) if name.startswith("number")]
    assert all(re.fullmatch(r"number \d{1,5}", name) for name in spans)
    assert spans


def test_long_names_and_many() -> None:
    def page() -> None:
        for number in range(300):
            with libprof.span(f"{number}{'ä' * 3000}"):
                compute(0.0003)

    with sampler() as profiler:
        page()
    found = [node for node in walk(profiler.profile.root) if node.frame.kind == "span"]
    assert len(found) > 10
    assert all(len(node.frame.name.encode()) <= 4096 for node in found)
    assert sum(node.total_wall_ns for node in found) > 40 * MS


def test_leaving_in_the_child_of_a_fork(tmp_path: Path) -> None:
    import os

    out = tmp_path / "child"
    with sampler():
        span = libprof.span("forked")
        span.__enter__()
        child = os.fork()
        if child == 0:
            span.__exit__(None, None, None)
            with libprof.span("in the child"):
                compute(0.001)
            out.write_text("left")
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        span.__exit__(None, None, None)
    assert out.read_text() == "left"


@pytest.mark.parametrize("order", ["span first", "session first"])
def test_a_span_around_an_end(order: str) -> None:
    profiler = sampler().start()
    span = libprof.span("around")
    if order == "span first":
        with span:
            work("work-0")()
            profile = profiler.stop()
        assert paths(profile) >= {("around", "work-0")}
    else:
        profiler.stop()
        with span:
            pass
        assert "around" not in names(profiler.profile)
