# SPDX-License-Identifier: MIT
"""Call counts are exact: equal, function by function, to those of an independent counter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import libprof
from tests.python.counter import IndependentCounter
from tests.python.helpers import CallCounts, check_tree, python_calls
from tests.python.targets import programs


def both_counts(
    target: Callable[[], object], *, file: str, builtins: bool = True
) -> tuple[CallCounts, CallCounts, libprof.Profile]:
    """The same run seen by libprof and by the independent counter."""
    profiler = libprof.Profiler(builtins=builtins)
    with IndependentCounter() as counter:
        profiler.start()
        try:
            target()
        finally:
            profiler.stop()
    check_tree(profiler.profile)
    ours = python_calls(profiler.profile)
    in_file = {key: count for key, count in ours.items() if key[1] == file}
    return type(ours)(in_file), counter.counts(file), profiler.profile


@pytest.mark.parametrize("builtins", [True, False], ids=["builtins", "no-builtins"])
@pytest.mark.parametrize("program", programs.PROGRAMS, ids=lambda program: program.__name__)
def test_program(program: Callable[[], None], builtins: bool) -> None:
    ours, independent, profile = both_counts(
        program, file=programs.__file__, builtins=builtins
    )

    assert ours == independent
    assert profile.counters["too_deep"] == profile.counters["overflow_calls"] == 0
