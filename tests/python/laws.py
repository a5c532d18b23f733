# SPDX-License-Identifier: MIT
"""What holds for every profile, whatever ran; tests/conftest.py has each session of the tests checked."""

from __future__ import annotations

import contextvars
import traceback
from collections import defaultdict
from collections.abc import Iterator

import libprof
from libprof import profiler as profiler_module

#: The clocks of a session and of its calls are two; in a short session their rates differ by this much.
CLOCK_ERROR = 0.001
CLOCK_ERROR_NS = 5000


def walk(node: libprof.Node) -> Iterator[libprof.Node]:
    """The node and all below it, parents first."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def _check_node(node: libprof.Node) -> None:
    for column in ("wall", "cpu"):
        own = getattr(node, f"self_{column}_ns")
        total = getattr(node, f"total_{column}_ns")
        below = sum(getattr(child, f"total_{column}_ns") for child in node.children)
        assert own >= 0, node
        assert below <= total, node
        assert total == own + below, node
    assert node.total_overhead_ns == node.overhead_ns + sum(
        child.total_overhead_ns for child in node.children
    )
    assert min(node.calls, node.await_ns, node.samples, node.overhead_ns) >= 0, node
    frames = [child.frame for child in node.children]
    assert len(set(frames)) == len(frames), f"{node}: siblings with one frame"


def check_nodes(profile: libprof.Profile) -> None:
    """Each node's numbers fit those of its children."""
    nodes = list(walk(profile.root))
    assert profile.root.frame.kind == "root"
    for node in nodes:
        _check_node(node)
        assert node is profile.root or node.frame.kind != "root"
    assert profile.root.total_wall_ns == sum(node.self_wall_ns for node in nodes)
    assert profile.root.total_cpu_ns == sum(node.self_cpu_ns for node in nodes)


def _outermost(node: libprof.Node) -> Iterator[tuple[libprof.Node, bool]]:
    """All nodes below this one, and whether their frame is not open further up already."""
    stack = [(child, frozenset[libprof.Frame]()) for child in node.children]
    while stack:
        node, above = stack.pop()
        yield node, node.frame not in above
        above |= {node.frame}
        stack.extend((child, above) for child in node.children)


def check_functions(profile: libprof.Profile) -> None:
    """Functions are sums over the tree; time inside a recursion counts once."""
    expected: dict[libprof.Frame, list[int]] = defaultdict(lambda: [0] * 6)
    for node, outermost in _outermost(profile.root):
        totals = (node.total_wall_ns, node.total_cpu_ns) if outermost else (0, 0)
        values = (node.calls, node.self_wall_ns, node.self_cpu_ns, node.await_ns, *totals)
        row = expected[node.frame]
        row[:] = [a + b for a, b in zip(row, values, strict=True)]
    functions = profile.functions()
    assert {libprof.Frame(*f[:4]) for f in functions} >= set(expected)
    for f in functions:
        found = [
            f.calls,
            f.self_wall_ns,
            f.self_cpu_ns,
            f.await_ns,
            f.total_wall_ns,
            f.total_cpu_ns,
        ]
        assert found == expected[libprof.Frame(*f[:4])], f
        assert f.total_wall_ns <= profile.root.total_wall_ns, f
        assert f.total_cpu_ns <= profile.root.total_cpu_ns, f
    order = [f.self_wall_ns for f in functions]
    assert order == sorted(order, reverse=True)


def check_tree(profile: libprof.Profile) -> None:
    """The laws of all profiles, merged ones and those that were read included."""
    check_nodes(profile)
    check_functions(profile)
    assert profile.root.total_wall_ns >= profile.wall_ns
    assert profile.root.total_cpu_ns >= profile.cpu_ns


def check_session(profile: libprof.Profile) -> None:
    """What holds besides for one session's profile, before anything is merged or read."""
    root, counters = profile.root, profile.counters
    assert root.calls == 1
    for node in walk(root):
        assert node is root or node.self_cpu_ns <= node.self_wall_ns, node
    if counters["strands"] <= 1 and profile.engine != "sample":
        # (Samples do not tell how many threads they are of.) Nothing ran side by side: all times in calls together are no more than what passed. A call that
        # was closed before one inside it, or twice, would show here.
        slack = CLOCK_ERROR_NS + CLOCK_ERROR * profile.raw_wall_ns
        assert root.total_wall_ns + root.total_overhead_ns <= profile.raw_wall_ns + slack
    overflow = [node.calls + node.samples for node in walk(root) if node.frame.kind == "overflow"]
    assert counters["overflow_calls"] == sum(overflow)


class Watch:
    """Checks the profile of every session that ends, and keeps what was wrong."""

    def __init__(self) -> None:
        self.sessions = 0
        self.violations: list[str] = []

    def _check(self, profile: libprof.Profile) -> None:
        self.sessions += 1
        try:
            check_tree(profile)
            check_session(profile)
        except AssertionError:
            self.violations.append(traceback.format_exc())

    def install(self) -> None:
        make = profiler_module.Profile

        def make_and_check(native: object) -> libprof.Profile:
            profile = make(native)
            # Outside any session that still runs here: its own profile must not change.
            contextvars.Context().run(self._check, profile)
            return profile

        profiler_module.Profile = make_and_check
