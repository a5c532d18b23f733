# SPDX-License-Identifier: MIT
"""Memory grows with distinct paths, up to max_nodes, and not with calls."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import pytest

from tests.python.counter import IndependentCounter
from tests.python.helpers import nodes_named, profile_of, python_paths, run_python, walk

#: What the allocators of Python and C may take or give back meanwhile, without a session, too.
FLAT_BYTES = 3 << 19

BEGINNING = """
import itertools, json, random
import libprof
from tests.python.helpers import resident_bytes
"""


def test_ten_million_calls_of_500_functions() -> None:
    output = run_python(
        BEGINNING
        + """
names = {}
exec("\\n".join(f"def f{n}(): pass" for n in range(500)), names)
functions = [names[f"f{n}"] for n in range(500)]

def rounds(count):
    for _ in itertools.repeat(None, count):
        for function in functions:
            function()

with libprof.Profiler() as profiler:
    rounds(1_000)
    before = resident_bytes()
    rounds(20_000)
    grown = resident_bytes() - before
profile = profiler.profile
calls = {f.calls for f in profile.functions() if f.name in names}
print(json.dumps([grown, sorted(calls), profile.counters["nodes"], profile.counters["events"]]))
""",
        timeout=120,
    )
    grown, calls, nodes, events = json.loads(output)

    assert grown < FLAT_BYTES
    assert calls == [21_000]
    assert nodes < 550
    assert events > 2 * 500 * 21_000


@pytest.mark.parametrize("kind", ["paths", "code"])
def test_new_paths_past_max_nodes(kind: str) -> None:
    """They fold into overflow frames: nothing is lost of their calls, and nothing kept of their paths."""
    output = run_python(
        BEGINNING
        + f"""
kind = {kind!r}
"""
        + """
def a(way):
    if way: (a, b)[way[-1]](way[:-1])

def b(way):
    if way: (a, b)[way[-1]](way[:-1])

source = random.Random(1)

def new_paths(count):
    global calls
    for n in range(count):
        if kind == "paths":
            way = source.choices((0, 1), k=40)
            calls += 41
            a(way)
        else:
            calls += 1
            exec(f"def new{n}(): pass\\nnew{n}()", {})

calls = 0
with libprof.Profiler(max_nodes=1000, builtins=False) as profiler:
    new_paths(10_000)
    before = resident_bytes()
    new_paths(20_000)
    grown = resident_bytes() - before
profile = profiler.profile
by_name = {}
for f in profile.functions():
    by_name[f.name] = by_name.get(f.name, 0) + f.calls
print(json.dumps([grown, calls, by_name, profile.counters]))
""",
        timeout=120,
    )
    grown, calls, by_name, counters = json.loads(output)

    assert grown < FLAT_BYTES
    folded = sum(count for name, count in by_name.items() if "overflow" in name)
    assert folded == counters["overflow_calls"] > calls * 0.5
    if kind == "paths":
        rest = 20  # calls of what measures memory
        assert calls <= by_name["a"] + by_name["b"] + folded <= calls + rest
    assert 1000 <= counters["nodes"] < 2200


@pytest.mark.usefixtures("quiet")  # collections are frames, too
@pytest.mark.parametrize("max_nodes", [3, 8, 20, 200])
def test_no_call_is_lost_past_max_nodes(max_nodes: int) -> None:
    """Each call is in the tree: at its path, or in the overflow frame where its path left the tree."""

    def fan(depth: int) -> int:
        for function in (left, right):
            function(depth)
            with contextlib.suppress(KeyError):
                fail(depth)
        return 0

    def left(depth: int) -> None:
        if depth:
            fan(depth - 1)

    def right(depth: int) -> None:
        if depth:
            sorted([depth - 1, depth - 1], key=fan)

    def fail(depth: int) -> None:
        raise KeyError

    with IndependentCounter(__file__) as counter:
        profile = profile_of(fan, 4, max_nodes=max_nodes)

    (top,) = nodes_named(profile, fan.__qualname__)[:1]
    below = list(walk(top))
    overflow = [node for node in below if node.frame.kind == "overflow"]
    kept = +python_paths(profile, __file__)
    assert overflow
    assert not any(node.children for node in overflow)
    assert len(below) - len(overflow) <= max_nodes
    assert all(counter.paths[path] >= calls for path, calls in kept.items())
    all_kept = profile_of(fan, 4)
    (whole,) = nodes_named(all_kept, fan.__qualname__)[:1]
    assert sum(node.calls for node in below) == sum(node.calls for node in walk(whole))
    assert python_paths(all_kept, __file__) == counter.paths


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("max_nodes", [1, 2, 3, 4])
def test_generators_that_go_on_past_max_nodes_are_not_called_again(max_nodes: int) -> None:
    def numbers() -> Iterator[int]:
        yield from range(10)

    def top() -> None:
        for _ in numbers():
            pass

    def calls(max_nodes: int) -> int:
        profile = profile_of(top, builtins=False, max_nodes=max_nodes)
        return sum(node.calls for node in walk(profile.root))

    # In a full tree the profiler's own end, two calls, is not told from the program's.
    assert 0 <= calls(max_nodes) - calls(1000) <= 2
