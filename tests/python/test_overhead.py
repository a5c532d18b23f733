# SPDX-License-Identifier: MIT
"""What the profiler costs is taken out of all times, and what was taken out is told."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import libprof
from libprof import _native
from tests.python.documents import RECURSIVE, profile_from
from tests.python.helpers import check_tree, nodes_named, profile_of, run_python, walk

COUNT = 1000

#: ns inside and outside of one call, far less than any call takes.
CALL, RESUME, BUILTIN, SPAN = (1.0, 2.0), (0.5, 1.5), (0.25, 0.75), (4.0, 8.0)
FAR = (3.0, 5.0)

Set = Callable[..., None]


@pytest.fixture
def set_costs() -> Iterator[Set]:
    """Sets costs by hand for both kinds of sessions; those that were measured come back."""
    with libprof.Profiler(builtins=False), libprof.Profiler():
        pass
    before = {builtins: _native.costs(builtins) for builtins in (False, True)}

    def set_all(*costs: tuple[float, float], pace: float = 0.0) -> None:
        for builtins in before:
            _native.set_costs(builtins, *(ns for cost in costs for ns in cost), pace)

    yield set_all
    for builtins, costs in before.items():
        _native.set_costs(builtins, *(costs or [0.0] * 11))


def leaf() -> None:
    pass


def middle() -> None:
    for _ in range(10):
        leaf()
    len("")


def calls(count: int = COUNT) -> None:
    for _ in range(count):
        leaf()
    for _ in range(count // 10):
        middle()


def counter() -> Iterator[int]:
    yield from (1, 2, 3)


def generators() -> None:
    for _ in range(COUNT):
        for _ in counter():
            pass


def spans() -> None:
    for _ in range(COUNT):
        with libprof.span("step", "sql"):
            pass


def cost_of(node: libprof.Node) -> tuple[float, float]:
    if node.frame.kind == "python":
        return CALL
    return BUILTIN if node.frame.kind == "builtin" else SPAN


def expected(node: libprof.Node) -> float:
    """From the counts alone: its own calls' inner parts, and the outer parts of what it calls."""
    own = node.calls * cost_of(node)[0]
    return own + sum(child.calls * cost_of(child)[1] for child in node.children)


def least_interrupted(target: Callable[[], object]) -> libprof.Profile:
    """After an interruption the CPU clock is read, which is a cost as well. A short program has none, now and then."""
    return min(
        (profile_of(target) for _ in range(30)), key=lambda profile: profile.counters["cpu_reads"]
    )


def close_to(value: int, wanted: float) -> bool:
    """Each part is cut to whole ticks, and the sum rounded to ns."""
    return abs(value - wanted) <= 8


# ---- how much, and where ----------------------------------------------------------------------------


@pytest.mark.parametrize("builtins", [True, False])
def test_overhead_follows_from_the_counts(set_costs: Set, builtins: bool) -> None:
    set_costs(CALL, RESUME, BUILTIN, SPAN, FAR)
    profile = profile_of(calls, builtins=builtins)

    (top,) = nodes_named(profile, "calls")
    for node in walk(top):
        assert close_to(node.overhead_ns, expected(node)), node
    assert close_to(sum(n.overhead_ns for n in nodes_named(profile, "leaf")), 2 * COUNT * CALL[0])


@pytest.mark.usefixtures("quiet")
def test_resumptions_are_paid_as_well(set_costs: Set) -> None:
    """Four each: three numbers and the end. The first is the call itself.

    Where costs are counted to the nanosecond nothing is collected: that would be a child, and cost its caller something.
    """
    set_costs(CALL, RESUME, BUILTIN, SPAN, FAR)
    profile = profile_of(generators, builtins=False)

    (counted,) = nodes_named(profile, "counter")
    (top,) = nodes_named(profile, "generators")
    assert counted.calls == COUNT
    assert close_to(counted.overhead_ns, COUNT * (CALL[0] + 3 * RESUME[0]))
    assert close_to(top.overhead_ns, CALL[0] + COUNT * (CALL[1] + 3 * RESUME[1]))


@pytest.mark.usefixtures("quiet")
@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring tells offsets")
def test_events_far_from_the_beginning_cost_more(set_costs: Set) -> None:
    """CPython makes a number for each such event: the return of a long function, yields and resumptions of a
    long generator but for its start, and the end of a builtin, which is also called far from the beginning."""
    set_costs(CALL, RESUME, BUILTIN, SPAN, FAR)
    padding = "\n".join(["        turns.a"] * 120)
    names: dict[str, Any] = {}
    exec(
        f"""
def numbers(turns):
    if not turns:
{padding}
    yield 1
    yield 2
def returns(turns):
    if not turns:
{padding}
    return turns
def measures(turns):
    if not turns:
{padding}
    len("")
def program(turns):
    for _ in range({COUNT}):
        for _ in numbers(turns):
            pass
        returns(turns)
        measures(turns)
""",
        names,
    )
    profile = profile_of(lambda: names["program"]([1]))

    def overhead(name: str) -> int:
        return sum(node.overhead_ns for node in nodes_named(profile, name))

    assert close_to(overhead("numbers"), COUNT * (CALL[0] + 2 * RESUME[0] + 5 * FAR[0]))
    assert close_to(overhead("returns"), COUNT * (CALL[0] + FAR[0]))
    assert close_to(overhead("builtins.len"), COUNT * (BUILTIN[0] + 2 * FAR[0]))
    measures = CALL[0] + FAR[0] + BUILTIN[1] + 2 * FAR[1]
    assert close_to(overhead("measures"), COUNT * measures)


@pytest.mark.usefixtures("quiet")
def test_spans_have_a_cost_of_their_own(set_costs: Set) -> None:
    set_costs(CALL, RESUME, BUILTIN, SPAN, FAR)
    profile = profile_of(spans, builtins=False)

    (step,) = nodes_named(profile, "step")
    (top,) = nodes_named(profile, "spans")
    assert close_to(step.overhead_ns, COUNT * SPAN[0])
    assert close_to(top.overhead_ns, CALL[0] + COUNT * SPAN[1])


def test_without_costs_nothing_is_taken_out(set_costs: Set) -> None:
    set_costs(*[(0.0, 0.0)] * 5)
    profile = profile_of(calls)

    (top,) = nodes_named(profile, "calls")
    assert top.total_overhead_ns == 0
    for node in walk(top):
        assert node.raw_self_wall_ns == node.self_wall_ns
        assert node.raw_total_cpu_ns == node.total_cpu_ns


def test_no_time_falls_below_zero_and_waiting_stays(set_costs: Set) -> None:
    """A second a call is more than all of them took: what was computed is gone, the rest is not."""
    set_costs(*[(1e9, 1e9)] * 5)
    profile = profile_of(lambda: (calls(), generators(), spans(), time.sleep(0.02)))

    for node in walk(profile.root):
        assert node.self_cpu_ns <= 1, "up to its rounding"
        assert node.overhead_ns >= 0
    (sleep,) = nodes_named(profile, "time.sleep")
    assert sleep.raw_self_wall_ns >= 20_000_000
    assert sleep.self_wall_ns == sleep.raw_self_wall_ns - sleep.overhead_ns
    assert sleep.overhead_ns == sleep.raw_self_cpu_ns - sleep.self_cpu_ns
    assert profile.wall_ns >= sleep.self_wall_ns > 15_000_000
    assert profile.cpu_ns <= 1


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), -1e9])
def test_costs_that_are_no_times(set_costs: Set, cost: float) -> None:
    set_costs(*[(cost, cost)] * 5)
    profile = profile_of(calls)

    (top,) = nodes_named(profile, "calls")
    taken = top.raw_total_cpu_ns if cost > 0 else 0
    assert abs(top.total_overhead_ns - taken) <= len(list(walk(top)))


@pytest.mark.parametrize(("pace", "factor"), [(1e-6, 4.0), (1e12, 0.25), (0.0, 1.0)])
def test_costs_are_those_of_the_sessions_pace(set_costs: Set, pace: float, factor: float) -> None:
    """Measured on a machine that was far faster, or slower: as much as one machine can differ from itself.

    What new nodes have taken is the session's own observation, and the same for each, in the time of its parent.
    """
    if _native.pace() == 0:
        pytest.skip("without a counter to be trusted nobody knows the pace")
    set_costs(CALL, RESUME, BUILTIN, SPAN, FAR, pace=pace)
    profile = least_interrupted(lambda: calls(50))

    (top,) = nodes_named(profile, "calls")
    beside = {node: node.overhead_ns - factor * expected(node) for node in walk(top)}
    assert all(abs(ns) <= 8 for node, ns in beside.items() if not node.children)
    adding = [ns / len(node.children) for node, ns in beside.items() if node.children]
    assert max(adding) - min(adding) <= 8
    assert min(adding) > 8 if pace else max(adding) <= 8


@pytest.mark.parametrize("modes", [(False,), (True,), (True, False), (False, True, False)])
def test_what_was_measured_is_taken_out(modes: tuple[bool, ...]) -> None:
    """Whatever kind of session came first: all of it, unless a node had less. The pace is left out of it."""
    output = run_python(f"""
import libprof
from libprof import _native, calibration
def leaf(): pass
def calls():
    for _ in range(10_000):
        leaf()
for builtins in {modes}:
    calibration.ensure(builtins=builtins)
    for mode in (False, True):
        if (costs := _native.costs(mode)) is not None:
            _native.set_costs(mode, *costs[:-1], 0.0)
    with libprof.Profiler(builtins=builtins) as profiler:
        calls()
    (node,) = [n for n in profiler.profile.root.children if n.frame.name == "calls"]
    (below,) = [n for n in node.children if n.frame.name == "leaf"]
    known = [costs for costs in map(_native.costs, (False, True)) if costs is not None]
    least = min(
        min(10_000 * costs[0], below.raw_self_cpu_ns)
        + min(10_000 * costs[1], node.raw_self_cpu_ns)
        for costs in known
    )
    assert least > 10_000
    print(node.total_overhead_ns >= 0.9 * least)
""")
    assert output == "True\n" * len(modes)


# ---- raw times --------------------------------------------------------------------------------------


def test_raw_times_are_those_of_the_clock() -> None:
    """Nothing is lost: what is left and what was taken out is what passed."""
    profiler = libprof.Profiler()
    before_start = time.perf_counter_ns()
    profiler.start()
    after_start = time.perf_counter_ns()
    calls()
    generators()
    before_stop = time.perf_counter_ns()
    profile = profiler.stop()
    after_stop = time.perf_counter_ns()

    check_tree(profile)
    # The clocks of both are one; a µs for turning ticks into ns and back.
    assert before_stop - after_start - 1000 <= profile.raw_wall_ns
    assert profile.raw_wall_ns <= after_stop - before_start + 1000
    assert profile.raw_wall_ns == profile.wall_ns + profile.overhead_ns
    assert profile.overhead_ns > 0


def test_raw_times_of_nodes_add_up() -> None:
    profile = profile_of(lambda: (calls(), generators(), spans()))

    assert profile.raw_wall_ns == profile.root.raw_total_wall_ns
    assert profile.raw_cpu_ns == profile.cpu_ns + profile.root.total_overhead_ns
    for node in walk(profile.root):
        below = node.children
        assert node.raw_self_wall_ns == node.self_wall_ns + node.overhead_ns
        assert node.raw_self_cpu_ns == node.self_cpu_ns + node.overhead_ns
        assert node.raw_total_wall_ns == node.raw_self_wall_ns + sum(
            child.raw_total_wall_ns for child in below
        )
        assert node.raw_total_cpu_ns == node.raw_self_cpu_ns + sum(
            child.raw_total_cpu_ns for child in below
        )


def test_threads_side_by_side_are_not_slower_twice() -> None:
    """Each has its cost in the tree; the session is longer by what it was delayed."""
    start = threading.Barrier(2)
    profiler = libprof.Profiler(builtins=False)

    def work() -> None:
        profiler.attach()
        start.wait()
        for _ in range(5):
            calls()

    threads = [threading.Thread(target=work) for _ in range(2)]
    with profiler:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    profile = profiler.profile

    check_tree(profile)
    assert 0 < profile.overhead_ns <= profile.root.total_overhead_ns
    assert sum(node.calls for node in nodes_named(profile, "middle")) == 2 * 5 * COUNT // 10


# ---- sessions inside of sessions -----------------------------------------------------------------


def test_a_session_inside_a_session() -> None:
    """Starting, stopping and hooking the inner one is no work of the outer one's program."""
    inner: list[libprof.Profile] = []

    def target() -> None:
        leaf()
        inner.append(profile_of(calls))
        leaf()

    outer = profile_of(target, builtins=False)

    (profile,) = inner
    assert profile.overhead_ns > 0
    assert outer.overhead_ns > 0
    assert outer.raw_wall_ns > profile.raw_wall_ns
    for one in (outer, profile):
        assert one.raw_wall_ns == one.wall_ns + one.overhead_ns
        assert one.raw_wall_ns == one.root.raw_total_wall_ns


# ---- what becomes of it ----------------------------------------------------------------------------


def test_merging_adds_overhead() -> None:
    profiles = [profile_of(calls), profile_of(generators), profile_of(calls)]
    merged = libprof.merge(profiles)

    assert merged.overhead_ns == sum(profile.overhead_ns for profile in profiles)
    assert merged.raw_wall_ns == sum(profile.raw_wall_ns for profile in profiles)
    (top,) = nodes_named(merged, "calls")
    assert top.total_overhead_ns == sum(
        node.total_overhead_ns for profile in profiles for node in nodes_named(profile, "calls")
    )


def test_documents_from_before_have_no_overhead() -> None:
    profile = profile_from(RECURSIVE)

    assert profile.overhead_ns == 0
    assert profile.raw_wall_ns == profile.wall_ns
    assert {node.overhead_ns for node in walk(profile.root)} == {0}
    both = libprof.merge([profile, profile_from(RECURSIVE, overhead_ns=7)])
    assert both.overhead_ns == 7
