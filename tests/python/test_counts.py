# SPDX-License-Identifier: MIT
"""Counts and paths are exact: equal, path by path, to those of an independent counter."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

import libprof
from tests.python.counter import BySetProfile, FrameCounter, IndependentCounter
from tests.python.helpers import mixed_paths, nodes_named, python_paths, walk
from tests.python.targets import generated, programs

with_and_without_builtins = pytest.mark.parametrize(
    "builtins", [True, False], ids=["builtins", "no-builtins"]
)


pytestmark = pytest.mark.usefixtures("quiet")


def last() -> None:
    """Called at the end of each session: it stands below the root if the cursor came back to it."""


def seen_by_both(
    target: Callable[[], object],
    file: str,
    *,
    builtins: bool = True,
    by: type[FrameCounter] = IndependentCounter,
) -> tuple[libprof.Profile, FrameCounter]:
    """One run seen by libprof and by an independent counter."""
    profiler = libprof.Profiler(builtins=builtins)
    with by(file) as counter:
        profiler.start()
        with contextlib.suppress(Exception):
            target()
        last()
        profiler.stop()
    return profiler.profile, counter


def check_counts(profile: libprof.Profile, counter: FrameCounter, *, builtins: bool) -> None:
    assert python_paths(profile, counter.file) == counter.paths
    if builtins:
        assert mixed_paths(profile, counter.file) == counter.mixed
        for node in walk(profile.root):
            if node.frame.kind == "builtin":  # those that builtins call are not reported
                assert "builtin" not in {child.frame.kind for child in node.children}
    assert [node.calls for node in profile.root.children if node.frame.name == "last"] == [1]
    assert len(nodes_named(profile, "last")) == 1
    counters = profile.counters
    assert counters["too_deep"] == counters["overflow_calls"] == 0
    # start() returns into the session, and so does what called it.
    assert counters["unmatched"] <= 2
    assert counters["strands"] == 1


@with_and_without_builtins
@pytest.mark.parametrize("program", programs.PROGRAMS, ids=lambda program: program.__name__)
def test_program(program: Callable[[], None], builtins: bool) -> None:
    profile, counter = seen_by_both(program, programs.__file__, builtins=builtins)

    check_counts(profile, counter, builtins=builtins)


@pytest.mark.parametrize("group", [*generated.GROUPS, "own"])
def test_each_statement(group: str) -> None:
    """Each way of calling in each kind of function, with each way of meeting exceptions."""
    main = generated.main_of(generated.each_statement(group))

    profile, counter = seen_by_both(main, generated.FILE)

    assert counter.paths.total() > 1000
    check_counts(profile, counter, builtins=True)


@pytest.mark.parametrize("group", [*generated.GROUPS, "own"])
def test_sys_setprofile_sees_the_same_calls(group: str) -> None:
    """Another witness, on all versions."""
    main = generated.main_of(generated.each_statement(group))

    profile, counter = seen_by_both(main, generated.FILE, builtins=False, by=BySetProfile)

    check_counts(profile, counter, builtins=False)


@with_and_without_builtins
@settings(
    max_examples=int(os.environ.get("PROF_EXAMPLES", "25")),
    derandomize=True,  # the same programs every time
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(source=generated.programs())
def test_generated_program(builtins: bool, source: str) -> None:
    profile, counter = seen_by_both(generated.main_of(source), generated.FILE, builtins=builtins)

    check_counts(profile, counter, builtins=builtins)
