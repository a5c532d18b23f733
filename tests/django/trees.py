# SPDX-License-Identifier: MIT
"""Questions to a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def nodes(tree: Any) -> Iterator[Any]:
    """Every node of a profile, or of the branch below a node."""
    waiting = [getattr(tree, "root", tree)]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children)


def frames(profile: Any, *, kind: str = "python") -> Iterator[Any]:
    return (node.frame for node in nodes(profile) if node.frame.kind == kind)


def names(profile: Any) -> set[str]:
    return {node.frame.name for node in nodes(profile)}


def total_calls(profile: Any, name: str) -> int:
    return sum(node.calls for node in nodes(profile) if node.frame.name == name)
