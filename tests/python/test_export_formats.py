# SPDX-License-Identifier: MIT
"""Exports as far as Python can judge them alone; others' programs judge them in tests/browser."""

from __future__ import annotations

import gzip
import json
from collections import Counter

import pytest

import libprof
from tests.python.documents import RECURSIVE, document_of, pack, profile_from
from tests.python.helpers import walk


@pytest.fixture(scope="module")
def profile() -> libprof.Profile:
    return profile_from(RECURSIVE)


def test_every_format_gives_bytes(profile: libprof.Profile) -> None:
    for format in libprof.FORMATS:
        assert isinstance(profile.export(format), bytes)
        assert profile.export(format) == profile.export(format)


def test_other_formats_are_refused(profile: libprof.Profile) -> None:
    with pytest.raises(ValueError, match="speedscope"):
        profile.export("html")


def test_collapsed_stacks_have_the_self_times(profile: libprof.Profile) -> None:
    lines = profile.export("collapsed").decode().splitlines()
    weights = {x.rsplit(" ", 1)[0]: int(x.rsplit(" ", 1)[1]) for x in lines}
    assert weights["<root>;f (/srv/app.py:10);g (/srv/app.py:20);time.sleep"] == 9_000
    assert sum(weights.values()) == profile.root.total_wall_ns
    assert len(weights) == len(lines) == len(RECURSIVE)


def test_speedscope_has_a_profile_of_each_clock(profile: libprof.Profile) -> None:
    file = json.loads(profile.export("speedscope"))
    wall, cpu = file["profiles"]
    names = [frame["name"] for frame in file["shared"]["frames"]]
    self_wall: Counter[str] = Counter()
    for sample, weight in zip(wall["samples"], wall["weights"], strict=True):
        self_wall[names[sample[-1]]] += weight
    assert self_wall == {"<root>": 7, **{f.name: f.self_wall_ns for f in profile.functions()}}
    assert sum(cpu["weights"]) == cpu["endValue"] == profile.root.total_cpu_ns


def test_chrome_events_are_the_nodes(profile: libprof.Profile) -> None:
    events = json.loads(profile.export("chrome"))["traceEvents"]
    complete = [event for event in events if event["ph"] == "X"]
    assert [(e["name"], round(e["dur"] * 1000)) for e in complete] == [
        (node.frame.name, node.total_wall_ns) for node in walk(profile.root)
    ]


def test_pprof_is_packed_and_has_the_names(profile: libprof.Profile) -> None:
    message = gzip.decompress(profile.export("pprof"))
    for text in (b"calls", b"wall", b"cpu", b"nanoseconds", b"/srv/app.py", b"time.sleep"):
        assert text in message


def test_a_recorded_profile_can_be_exported() -> None:
    with libprof.Profiler(name="sort") as profiler:
        sorted(range(100), key=lambda value: -value)
    for format in libprof.FORMATS:
        assert profiler.profile.export(format)


def test_deep_recursion_does_not_explode() -> None:
    document = document_of({"": (1, 1, 1), "f": (1, 1, 1)})
    depth = 20_000
    document["nodes"] = {
        **{column: [1] * (depth + 1) for column in document["nodes"]},
        "parent": list(range(-1, depth)),
        "frame": [0] + [1] * depth,
    }
    profile = libprof.Profile.from_bytes(pack(document))
    for format in ("speedscope", "collapsed", "callgrind", "pprof", "chrome"):
        assert len(profile.export(format)) < 100 << 20
