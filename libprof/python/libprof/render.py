# SPDX-License-Identifier: MIT
"""Profiles as text for a terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from libprof.diff import DeltaNode, ProfileDiff
    from libprof.profile import Frame, FunctionStats, Node, Profile

COLUMNS = f"{'self':>10} {'total':>10} {'cpu':>10}"


def milliseconds(ns: int) -> str:
    return f"{ns / 1e6:,.2f}ms"


def describe(frame: Frame | FunctionStats | DeltaNode) -> str:
    """ "Class.method  folder/file.py:12": enough of the path to know the file."""
    found: Any = getattr(frame, "frame", frame)
    if not found.file:
        return str(found.name)
    return f"{found.name}  {_place(found.file, found.line)}"


def _place(file: str, line: int) -> str:
    return f"{os.sep.join(file.split(os.sep)[-2:])}:{line}"


def render_profile(profile: Profile, *, limit: int, threshold: float) -> str:
    """Facts, the heaviest functions, and the tree down to ``threshold`` percent of wall time."""
    parts = [_facts(profile), _functions(profile, limit)]
    if profile.lines():
        parts.append(_lines(profile, limit))
    parts.append(_tree(profile, threshold))
    return "\n\n".join(parts)


def _facts(profile: Profile) -> str:
    waiting = max(profile.wall_ns - profile.cpu_ns, 0)
    times = (
        f"{profile.name or 'profile'} ({profile.engine}, {profile.started or 'time unknown'}): "
        f"wall {milliseconds(profile.wall_ns)}, cpu {milliseconds(profile.cpu_ns)}, "
        f"waiting {milliseconds(waiting)}"
    )
    if profile.overhead_ns == 0:
        return times
    return f"{times}; the profiler's own cost, {milliseconds(profile.overhead_ns)}, is taken out"


def _head(profile: Profile) -> str:
    """Who samples does not know of calls, and who traces takes no samples."""
    return f"{COLUMNS} {'samples' if _is_sampled(profile) else 'calls':>9}"


def _is_sampled(profile: Profile) -> bool:
    return profile.engine == "sample"


def _count(profile: Profile, row: FunctionStats | Node) -> int:
    return row.samples if _is_sampled(profile) else row.calls


def _functions(profile: Profile, limit: int) -> str:
    rows = [
        f"{milliseconds(row.self_wall_ns):>10} {milliseconds(row.total_wall_ns):>10} "
        f"{milliseconds(row.self_cpu_ns):>10} {_count(profile, row):>9,}  {describe(row)}"
        for row in profile.functions()[:limit]
    ]
    return "\n".join([f"{_head(profile)}  function, heaviest self time first", *rows])


def _lines(profile: Profile, limit: int) -> str:
    """Only samples tell them."""
    rows = [
        f"{milliseconds(row.self_wall_ns):>10} {milliseconds(row.total_wall_ns):>10} "
        f"{milliseconds(row.self_cpu_ns):>10} {row.samples:>9,}  "
        f"{_place(row.frame.file, row.line)}  {row.frame.name}"
        for row in profile.lines()[:limit]
    ]
    return "\n".join([f"{_head(profile)}  line, heaviest self time first", *rows])


def _tree(profile: Profile, threshold: float) -> str:
    least = profile.root.total_wall_ns * threshold / 100
    lines = [f"{_head(profile)}  call tree, paths of {threshold:g}% and more"]
    # A stack of our own: trees are deeper than Python's recursion limit.
    stack: list[tuple[Node, int]] = [(profile.root, 0)]
    while stack:
        node, depth = stack.pop()
        lines.append(
            f"{milliseconds(node.self_wall_ns):>10} {milliseconds(node.total_wall_ns):>10} "
            f"{milliseconds(node.total_cpu_ns):>10} {_count(profile, node):>9,}  {'  ' * depth}"
            f"{describe(node.frame)}"
        )
        heavy = [child for child in node.children if child.total_wall_ns >= least]
        heavy.sort(key=lambda child: child.total_wall_ns)
        stack.extend((child, depth + 1) for child in heavy)
    return "\n".join(lines)


def render_diff(difference: ProfileDiff, *, limit: int) -> str:
    """The paths whose self wall time changed most."""
    lines = [f"{'change':>12} {'before':>10} {'after':>10}  path, by change of self wall time"]
    for node in difference.nodes()[:limit]:
        lines.append(
            f"{node.self_wall_ns / 1e6:>+10,.2f}ms {milliseconds(node.before.self_wall_ns):>10} "
            f"{milliseconds(node.after.self_wall_ns):>10}  {describe(node)}"
        )
    return "\n".join(lines)
