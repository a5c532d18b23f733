# SPDX-License-Identifier: MIT
"""What changed between two profiles, path by path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from libprof import _native
from libprof.profile import Frame, Profile


class Values(NamedTuple):
    """The numbers of one path in one of the profiles; zero where the path is absent. Times in ns."""

    calls: int
    self_wall_ns: int
    total_wall_ns: int
    self_cpu_ns: int
    total_cpu_ns: int
    await_ns: int
    samples: int


@dataclass(frozen=True, slots=True, eq=False)
class DeltaNode:
    """One path of both profiles."""

    frame: Frame
    before: Values
    after: Values
    children: tuple[DeltaNode, ...]

    @property
    def self_wall_ns(self) -> int:
        """How much more self wall time the second profile has; negative if less."""
        return self.after.self_wall_ns - self.before.self_wall_ns

    @property
    def total_wall_ns(self) -> int:
        return self.after.total_wall_ns - self.before.total_wall_ns


class ProfileDiff:
    """The difference of two profiles. Paths are matched by their frames."""

    def __init__(self, before: Profile, after: Profile) -> None:
        self.before = before
        self.after = after

    @cached_property
    def _rows(
        self,
    ) -> list[tuple[int, tuple[str, str, int, str], tuple[int, ...], tuple[int, ...]]]:
        return _native.diff(self.before._native, self.after._native)

    @cached_property
    def root(self) -> DeltaNode:
        rows = self._rows
        children: list[list[DeltaNode]] = [[] for _ in rows]
        for index in range(len(rows) - 1, -1, -1):
            parent, frame, before, after = rows[index]
            node = DeltaNode(
                Frame(*frame),
                Values(*before[2:9]),
                Values(*after[2:9]),
                tuple(reversed(children[index])),
            )
            if index == 0:
                return node
            children[parent].append(node)
        raise AssertionError("a difference has a root")

    def nodes(self) -> list[DeltaNode]:
        """All paths, the largest change of self wall time first."""
        found: list[DeltaNode] = []
        stack = [self.root]
        while stack:
            node = stack.pop()
            found.append(node)
            stack.extend(node.children)
        return sorted(found, key=lambda node: -abs(node.self_wall_ns))


def diff(before: Profile, after: Profile) -> ProfileDiff:
    """Compares two profiles path by path."""
    return ProfileDiff(before, after)
