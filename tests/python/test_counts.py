# SPDX-License-Identifier: MIT
"""Counts and paths are exact: equal, path by path, to those of an independent counter."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

import libprof
from tests.python.counter import IndependentCounter, Paths
from tests.python.helpers import check_tree, python_paths
from tests.python.targets import programs
from tests.python.targets.generated import programs as generated_programs


def seen_by_both(
    target: Callable[[], object], file: str, *, builtins: bool = True
) -> tuple[Paths, Paths, libprof.Profile]:
    """One run seen by libprof and by the independent counter."""
    profiler = libprof.Profiler(builtins=builtins)
    with IndependentCounter(file) as counter:
        profiler.start()
        with contextlib.suppress(Exception):
            target()
        profiler.stop()
    check_tree(profiler.profile)
    return python_paths(profiler.profile, file), counter.paths, profiler.profile


@pytest.mark.parametrize("builtins", [True, False], ids=["builtins", "no-builtins"])
@pytest.mark.parametrize("program", programs.PROGRAMS, ids=lambda program: program.__name__)
def test_program(program: Callable[[], None], builtins: bool) -> None:
    ours, independent, profile = seen_by_both(program, programs.__file__, builtins=builtins)

    assert ours == independent
    assert profile.counters["too_deep"] == profile.counters["overflow_calls"] == 0


@pytest.mark.parametrize("builtins", [True, False], ids=["builtins", "no-builtins"])
@settings(
    max_examples=25,
    derandomize=True,  # the same programs every time
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(source=generated_programs())
def test_generated_program(builtins: bool, source: str) -> None:
    namespace: dict[str, Callable[[], object]] = {}
    exec(compile(source, "<generated>", "exec"), namespace)
    gc.collect()

    ours, independent, _ = seen_by_both(namespace["main"], "<generated>", builtins=builtins)

    assert ours == independent
