# SPDX-License-Identifier: MIT
"""The timeline: what each thread of a sampled session did one after another."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import json
import threading
import time
from collections.abc import Iterable

import pytest

import libprof
from tests.python.documents import RECURSIVE, profile_from
from tests.python.laws import walk
from tests.python.sampled import INTERVAL, MS, WORK, compute, outer, sampler, work


def check_timeline(profile: libprof.Profile) -> None:
    """The slices of a track lie end to end, and a node's wall time is that of its slices."""
    slices = profile.timeline()
    tracks = [list(part) for _, part in itertools.groupby(slices, key=lambda s: s.track)]
    assert [track[0].track for track in tracks] == list(range(len(tracks)))
    for track in tracks:
        assert track[0].start_ns == 0
        for before, after in itertools.pairwise(track):
            assert before.start_ns + before.wall_ns == after.start_ns
            assert before.node is not after.node
        assert all(part.wall_ns > 0 for part in track)
    of_slices = dict.fromkeys(walk(profile.root), 0)
    for part in slices:
        of_slices[part.node] += part.wall_ns
    del of_slices[profile.root]
    assert of_slices == {node: node.self_wall_ns for node in of_slices}


def order(slices: Iterable[libprof.TimeSlice], prefix: str = "work-") -> list[str]:
    """The functions of this kind in the order in which they were seen, each turn once."""
    named = (part.node.frame.name for part in slices)
    return [name for name, _ in itertools.groupby(name for name in named if prefix in name)]


def test_functions_stand_in_the_order_in_which_they_ran() -> None:
    first, second, third = (work(f"work-{number}") for number in range(3))
    with sampler() as profiler:
        for function in (first, second, first, third, second):
            outer(function)
    profile = profiler.profile
    check_timeline(profile)
    assert order(profile.timeline()) == ["work-0", "work-1", "work-0", "work-2", "work-1"]


def test_slices_begin_when_their_function_began() -> None:
    first, second = work("work-0"), work("work-1")
    with sampler() as profiler:
        began = time.perf_counter_ns()
        first()
        changed = time.perf_counter_ns()
        second()
    part = next(s for s in profiler.profile.timeline() if s.node.frame.name == "work-1")
    # Seen at the first tick in it, which stands for the time since the one before: an interval early at most, and as
    # late as ticks are when the machine is busy.
    assert part.start_ns >= changed - began - INTERVAL * 1e9 * 2
    assert part.start_ns + part.wall_ns <= profiler.profile.wall_ns


def test_waiting_is_one_slice() -> None:
    with sampler() as profiler:
        compute()
        outer(lambda: time.sleep(0.1))
        compute()
    profile = profiler.profile
    check_timeline(profile)
    longest = max(profile.timeline(), key=lambda part: part.wall_ns)
    assert longest.node.frame.name.endswith("<lambda>")
    assert longest.wall_ns > 90 * MS


def test_threads_have_tracks() -> None:
    def run(number: int) -> None:
        for turn in range(2):
            work(f"work-{number}-{turn}")()

    with sampler() as profiler:
        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(run, number))
            for number in range(1, 3)
        ]
        for thread in threads:
            thread.start()
        run(0)
        for thread in threads:
            thread.join()
    profile = profiler.profile
    check_timeline(profile)
    tracks = [
        list(part) for _, part in itertools.groupby(profile.timeline(), key=lambda s: s.track)
    ]
    assert sorted(order(track) for track in tracks) == [
        [f"work-{number}-0", f"work-{number}-1"] for number in range(3)
    ]


def test_time_of_other_tasks_is_nobodys() -> None:
    """Two requests on one loop: in the timeline of one the other's turns are the root's."""

    async def request(number: int) -> libprof.Profile:
        profiler = sampler().start()
        for _ in range(3):
            work(f"work-{number}")()
            await asyncio.sleep(0)
        return profiler.stop()

    async def both() -> list[libprof.Profile]:
        return await asyncio.gather(request(0), request(1))

    for number, profile in enumerate(asyncio.run(both())):
        check_timeline(profile)
        turns = order(profile.timeline(), "")
        assert [name for name in turns if name != "<root>"].count(f"work-{number}") == 3
        assert not any(f"work-{1 - number}" in name for name in turns)
        away = sum(s.wall_ns for s in profile.timeline() if s.node is profile.root)
        assert away >= 2 * WORK * 1e9 * 0.9


def test_what_is_too_long_is_thinned_evenly() -> None:
    """Forty functions, in eight slices: early and late ones are as coarse."""
    functions = [work(f"work-{number}", 0.004) for number in range(40)]
    with sampler(max_samples=8) as profiler:
        for function in functions:
            function()
    slices = profiler.profile.timeline()
    assert 4 <= len(slices) <= 8
    total = sum(part.wall_ns for part in slices)
    assert total > 150 * MS
    assert all(part.wall_ns > total / 40 for part in slices[:-1])


def test_the_document_keeps_it() -> None:
    with sampler() as profiler:
        outer(work("work-0"))
        outer(work("work-1"))
    profile = profiler.profile
    again = libprof.Profile.from_bytes(profile.to_bytes())
    assert [part[:3] for part in again.timeline()] == [part[:3] for part in profile.timeline()]
    assert order(again.timeline()) == ["work-0", "work-1"]
    assert again.to_bytes() == profile.to_bytes()


def test_known_slices() -> None:
    profile = profile_from(
        RECURSIVE, timeline={"track": [0, 0, 1], "node": [1, 0, 2], "wall": [500, 20, 7]}
    )
    root, f = profile.root, profile.root.children[0]
    assert profile.timeline() == [
        (0, 0, 500, f),
        (0, 500, 20, root),
        (1, 0, 7, f.children[0]),
    ]


def test_speedscope_shows_tracks_in_order() -> None:
    profile = profile_from(
        RECURSIVE, timeline={"track": [0, 0, 1], "node": [1, 0, 2], "wall": [500, 20, 7]}
    )
    exported = json.loads(profile.export("speedscope"))
    names = [frame["name"] for frame in exported["shared"]["frames"]]
    assert [
        (
            p["name"],
            p["endValue"],
            [[names[i] for i in path] for path in p["samples"]],
            p["weights"],
        )
        for p in exported["profiles"][2:]
    ] == [
        ("Timeline, thread 1", 520, [["<root>", "f"], ["<root>"]], [500, 20]),
        ("Timeline, thread 2", 7, [["<root>", "f", "f"]], [7]),
    ]


@pytest.mark.parametrize("engine", ["trace", "merged"])
def test_without_a_timeline(engine: str) -> None:
    if engine == "trace":
        with libprof.Profiler() as profiler:
            compute()
        profile = profiler.profile
    else:
        with sampler() as profiler:
            compute()
        assert profiler.profile.timeline()
        profile = libprof.merge([profiler.profile])
    assert profile.timeline() == []
    assert b'"timeline"' not in profile.export("json")
    assert len(json.loads(profile.export("speedscope"))["profiles"]) == 2
