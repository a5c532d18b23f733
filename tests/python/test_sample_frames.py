# SPDX-License-Identifier: MIT
"""What a sampled profile shows: functions at their paths, by their names, as far as there is room."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

import libprof
from tests.python import sampled
from tests.python.helpers import function_named, names, nodes_named
from tests.python.laws import walk
from tests.python.sampled import (
    MS,
    WORK_NS,
    compute,
    inner,
    outer,
    paths,
    renamed,
    sampler,
    samples_in,
    work,
    works,
)

# ---- what a profile holds --------------------------------------------------------------------------


def test_functions_stand_where_they_ran() -> None:
    with sampler(name="GET /", metadata={"a": 1}) as profiler:
        outer(work("work-deep"))
        work("work-flat")()

    profile = profiler.profile
    assert {("outer", "inner", "work-deep"), ("work-flat",)} <= paths(profile)
    assert profile.engine == "sample"
    assert (profile.name, profile.metadata) == ("GET /", {"a": 1})
    stats = function_named(profile, "inner")
    assert (stats.file, stats.line) == (sampled.__file__, inner.__code__.co_firstlineno)
    assert stats.kind == "python"
    assert stats.total_cpu_ns >= WORK_NS * 0.8  # of forty samples the first and last may be shared


def test_samples_are_counted_and_calls_are_not() -> None:
    with sampler() as profiler:
        outer(compute)

    profile = profiler.profile
    shown = sum(node.samples for node in walk(profile.root))
    assert 0 <= profile.counters["samples"] - shown <= 1  # one may find the profiler itself
    assert profile.counters["samples"] >= 20
    assert all(node.calls == 0 for node in walk(profile.root) if node is not profile.root)
    assert samples_in(profile, "compute") > profile.counters["samples"] * 0.8


def test_one_function_is_one_node_at_one_path() -> None:
    twice = work("work-twice")
    with sampler() as profiler:
        for _ in range(2):
            outer(twice)
            twice()

    assert len(nodes_named(profiler.profile, "work-twice")) == 2


def test_documents_keep_samples() -> None:
    with sampler() as profiler:
        outer(work("work-kept"))

    profile = profiler.profile
    again = libprof.Profile.from_bytes(profile.to_bytes())
    assert paths(again) == paths(profile)
    assert again.counters == profile.counters
    assert again.functions() == profile.functions()


@pytest.mark.parametrize("name", ["größe", "функция", "函数", "𝒇𝒙", "n" * 300])
def test_names_in_all_widths(name: str) -> None:
    file = f"/srv/{name}.py"
    function = renamed(compute, name, file)
    with sampler() as profiler:
        outer(function)

    found = function_named(profiler.profile, name)
    assert found.file == file
    again = libprof.Profile.from_bytes(profiler.profile.to_bytes())
    assert function_named(again, name).file == file


def test_names_that_are_too_long_or_no_text() -> None:
    """They are cut, between characters, as those of traced sessions are, or have a stand-in."""
    shown = []
    for engine in libprof.profiler.ENGINES:
        with libprof.Profiler(engine) as profiler:
            renamed(compute, "函" * 2000, "/srv/long.py")()
            renamed(compute, "\ud800", "/srv/surrogate.py")()
        frames = {node.frame for node in walk(profiler.profile.root)}
        shown.append(sorted(frame[:2] for frame in frames if frame.file.startswith("/srv/")))

    assert shown[0] == shown[1]
    assert [file for _, file in shown[1]] == ["/srv/surrogate.py", "/srv/long.py"]


def test_the_profilers_own_frames_never_show() -> None:
    def inside() -> None:
        for _ in range(3):
            with sampler():
                compute(0.005)
            with libprof.Profiler(), libprof.span("step"):
                compute(0.005)

    with sampler(interval=0.0001) as profiler:
        for _ in range(5):
            inside()

    package = libprof.__file__.rpartition("/")[0]
    assert not [frame for frame in profiler.profile.frames if frame.file.startswith(package)]


def test_hidden_code_melts_into_its_callers() -> None:
    libprof.hide("/srv/hidden-for-sampling/")
    hidden = renamed(inner, "hidden", "/srv/hidden-for-sampling/a.py")

    with sampler() as profiler:
        outer(lambda: hidden(work("work-shown")))

    assert works(profiler.profile) == {"work-shown"}
    assert "hidden" not in names(profiler.profile)
    (path,) = [path for path in paths(profiler.profile) if "work-shown" in path]
    assert path[:2] == ("outer", "inner")


# ---- limits ----------------------------------------------------------------------------------------


def test_more_paths_than_nodes() -> None:
    first, *others = [work("work-first"), *(work(f"work-{number}", 0.005) for number in range(10))]
    with sampler(max_nodes=4) as profiler:
        outer(first)
        for other in others:
            other()

    profile = profiler.profile
    overflow = [node for node in walk(profile.root) if node.frame.kind == "overflow"]
    assert overflow
    assert works(profile) == {"work-first"}
    assert profile.counters["overflow_calls"] == sum(node.samples for node in overflow) > 0
    assert sum(node.total_cpu_ns for node in profile.root.children) >= WORK_NS + 40 * MS


def recurse(depth: int, function: Callable[[], None]) -> None:
    if depth:
        recurse(depth - 1, function)
    else:
        function()


@pytest.mark.parametrize("depth", [500, 3000])
def test_deep_stacks(depth: int) -> None:
    """The innermost frames of one that is too deep, below a frame that says so."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000)
    try:
        with sampler() as profiler:
            recurse(depth, work("work-deep"))
    finally:
        sys.setrecursionlimit(limit)

    profile = profiler.profile
    found = [path for path in paths(profile) if "work-deep" in path]
    if depth < 1024:
        assert found == [("recurse",) * (depth + 1) + ("work-deep",)]
        assert profile.counters["too_deep"] == 0
    else:
        ((first, *middle, last),) = found
        assert (set(middle), last) == ({"recurse"}, "work-deep")
        assert first not in middle  # what is missing
        assert profile.counters["too_deep"] >= samples_in(profile, "work-deep")
    assert function_named(profile, "recurse").total_wall_ns <= profile.wall_ns
