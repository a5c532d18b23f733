# SPDX-License-Identifier: MIT
"""Differences: path by path, over the frames of both profiles."""

from __future__ import annotations

import pytest

import libprof
from tests.python.helpers import profile_of, walk


def leaf() -> None:
    pass


def other() -> None:
    leaf()


def before_work() -> None:
    leaf()
    other()


def paths(root: libprof.DeltaNode) -> dict[tuple[str, ...], libprof.DeltaNode]:
    found = {}
    stack = [(root, (root.frame.name,))]
    while stack:
        node, path = stack.pop()
        found[path] = node
        stack.extend((child, (*path, child.frame.name)) for child in node.children)
    return found


def test_paths_of_both() -> None:
    switch = {"more": False}

    def target() -> None:
        leaf()
        if switch["more"]:
            leaf()
            other()

    before = profile_of(target)
    switch["more"] = True
    after = profile_of(target)
    found = paths(libprof.diff(before, after).root)

    name = target.__qualname__
    assert found["<root>", name, "leaf"].before.calls == 1
    assert found["<root>", name, "leaf"].after.calls == 2
    new = found["<root>", name, "other", "leaf"]
    assert (new.before.calls, new.before.self_wall_ns) == (0, 0)
    assert new.after.calls == 1
    gone = paths(libprof.diff(after, before).root)["<root>", name, "other", "leaf"]
    assert (gone.before.calls, gone.after.calls) == (1, 0)
    assert gone.self_wall_ns == -new.self_wall_ns


def test_differences_add_up() -> None:
    before, after = profile_of(before_work), profile_of(lambda: (before_work(), other()))
    difference = libprof.diff(before, after)

    nodes = difference.nodes()
    changes = [abs(node.self_wall_ns) for node in nodes]
    assert changes == sorted(changes, reverse=True)
    assert sum(node.self_wall_ns for node in nodes) == (
        after.root.total_wall_ns - before.root.total_wall_ns
    )
    assert difference.root.total_wall_ns == after.root.total_wall_ns - before.root.total_wall_ns
    assert difference.before is before
    assert difference.after is after


def test_difference_to_itself_is_nothing() -> None:
    profile = profile_of(before_work)
    difference = libprof.diff(profile, profile)
    assert len(difference.nodes()) == len(list(walk(profile.root)))
    assert all(node.before == node.after for node in difference.nodes())


def test_only_profiles_can_be_compared() -> None:
    difference = libprof.diff(profile_of(leaf), b"")  # type: ignore[arg-type]
    with pytest.raises((TypeError, AttributeError)):
        difference.nodes()
