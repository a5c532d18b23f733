# SPDX-License-Identifier: MIT
"""Programs of the calibration do as much as it divides by."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import pytest

from libprof import calibration_programs as programs

TREES = [(), ((), ()), (((), ()), ()), programs.TREE]


def entries(program: Callable[[Any], None], tree: Any, name: str) -> int:
    """Calls and resumptions of a function, by what the interpreter reports."""
    found: list[str] = []

    def count(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            found.append(frame.f_code.co_name)

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        program(tree)
    finally:
        sys.setprofile(before)
    return found.count(name)


@pytest.mark.parametrize("tree", TREES)
def test_calls(tree: Any) -> None:
    assert entries(programs.call_tree, tree, "calls") == programs.calls_in(tree)


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("name", ["generators", "far_generators"])
def test_resumptions(name: str, tree: Any) -> None:
    program = programs.far_tree if name == "far_generators" else programs.resume_tree
    expected = programs.calls_in(tree) + programs.resumes_in(tree)
    assert entries(program, tree, name) == expected


def test_the_tree_has_every_shape() -> None:
    """A leaf and a pair on either side of either, so that no guess is always right."""

    def shapes(tree: Any) -> set[tuple[bool, bool]]:
        if not tree:
            return set()
        left, right = tree
        return {(bool(left), bool(right))} | shapes(left) | shapes(right)

    assert len(shapes(programs.TREE)) == 4


def offsets(code: CodeType) -> list[int]:
    """Where it is suspended, and where it ends."""
    return [
        instruction.offset
        for instruction in dis.get_instructions(code)
        if instruction.opname.startswith(("YIELD_VALUE", "RETURN_VALUE", "RETURN_CONST"))
    ]


def test_offsets_are_near_or_far() -> None:
    assert max(offsets(programs.generators.__code__)) < 256
    assert min(offsets(programs.far_generators.__code__)) > 1024
