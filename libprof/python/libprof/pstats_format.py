# SPDX-License-Identifier: MIT
"""The format of the standard library's pstats: callers and callees, seconds as floats."""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from libprof.profile import Frame, Node, Profile

Key = tuple[str, int, str]


class _Entry:
    """(primitive calls, calls, self, total) of a function or of a caller's share in it."""

    def __init__(self) -> None:
        self.primitive_calls = 0
        self.calls = 0
        self.self_ns = 0
        self.total_ns = 0

    def add(self, node: Node, outermost: bool) -> None:
        self.calls += node.calls
        self.self_ns += node.self_wall_ns
        if outermost:
            self.primitive_calls += node.calls
            self.total_ns += node.total_wall_ns

    def values(self) -> tuple[int, int, float, float]:
        return self.primitive_calls, self.calls, self.self_ns / 1e9, self.total_ns / 1e9


def _key(frame: Frame) -> Key:
    # pstats sorts and prints what has no file under "~", as cProfile does with builtins.
    return (frame.file or "~", frame.line, frame.name)


def export(profile: Profile) -> bytes:
    functions: dict[Key, _Entry] = {}
    callers: dict[Key, dict[Key, _Entry]] = {}
    open_frames: dict[Key, int] = {}
    # A stack of our own: trees are deeper than Python's recursion limit.
    stack: list[tuple[Node, Key | None, bool]] = [(profile.root, None, False)]
    while stack:
        node, caller, leaving = stack.pop()
        key = _key(node.frame)
        if leaving:
            open_frames[key] -= 1
            continue
        outermost = not open_frames.get(key)
        functions.setdefault(key, _Entry()).add(node, outermost)
        if caller is not None:
            callers.setdefault(key, {}).setdefault(caller, _Entry()).add(node, outermost)
        open_frames[key] = open_frames.get(key, 0) + 1
        stack.append((node, caller, True))
        stack.extend((child, key, False) for child in node.children)
    return marshal.dumps(
        {
            key: (*entry.values(), {c: e.values() for c, e in callers.get(key, {}).items()})
            for key, entry in functions.items()
        }
    )
