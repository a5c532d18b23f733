# SPDX-License-Identifier: MIT
"""Profiles as text: what people read of one, and that it is the profile's own numbers."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import libprof
from libprof.cli import main
from libprof.render import render_diff, render_profile
from tests.python.documents import RECURSIVE, Rows, document_of, pack, profile_from
from tests.python.helpers import profile_of

WAITING: Rows = {
    "": (1, 1_000_000, 1_000_000),
    "view": (1, 2_500_000, 500_000),
    "view/time.sleep": (3, 1_234_567_890, 0),
}


def facts_of(profile: libprof.Profile) -> str:
    return render_profile(profile, limit=20, threshold=1.0).splitlines()[0]


def test_facts_of_a_profile() -> None:
    assert facts_of(profile_from(WAITING)) == (
        "GET / (trace, 2026-11-24T10:00:00.250000Z): wall 1,238.07ms, cpu 1.50ms, waiting 1,236.57ms"
    )


def test_overhead_is_told_where_there_is_some() -> None:
    """Times are without it; nobody has to guess what the session itself has cost."""
    told = facts_of(profile_from(WAITING, overhead_ns=42_000_000))
    assert told == facts_of(profile_from(WAITING)) + (
        "; the profiler's own cost, 42.00ms, is taken out"
    )


def test_overhead_of_a_real_session() -> None:
    profile = profile_of(lambda: [len("") for _ in range(1000)])
    assert profile.overhead_ns > 0
    assert f"own cost, {profile.overhead_ns / 1e6:.2f}ms, is taken out" in facts_of(profile)


def test_times_without_a_name_or_a_date() -> None:
    told = facts_of(profile_from(WAITING, name="", started=""))
    assert told.startswith("profile (trace, time unknown): wall")


def test_functions_come_heaviest_first() -> None:
    text = render_profile(profile_from(WAITING), limit=20, threshold=1.0)
    functions = text.split("\n\n")[1].splitlines()
    assert functions[0].split() == [
        "self",
        "total",
        "cpu",
        "calls",
        "function,",
        "heaviest",
        "self",
        "time",
        "first",
    ]
    assert functions[1].split() == ["1,234.57ms", "1,234.57ms", "0.00ms", "3", "time.sleep"]
    assert functions[2].split() == ["2.50ms", "1,237.07ms", "0.50ms", "1", "view", "srv/app.py:10"]
    assert len(functions) == 3
    one = render_profile(profile_from(WAITING), limit=1, threshold=1.0)
    assert len(one.split("\n\n")[1].splitlines()) == 2


def test_small_paths_are_left_out_of_the_tree() -> None:
    profile = profile_from(RECURSIVE)
    everything = render_profile(profile, limit=0, threshold=0).split("\n\n")[2].splitlines()
    assert len(everything) == 1 + len(RECURSIVE)
    large = render_profile(profile, limit=0, threshold=50).split("\n\n")[2].splitlines()
    assert [line.split()[-2:] for line in large[2:]] == [
        ["f", "srv/app.py:10"],
        ["g", "srv/app.py:20"],
    ]


def test_differences_come_largest_first() -> None:
    after = {**WAITING, "view": (2, 500_000, 500_000), "new": (1, 3_000_000, 0)}
    text = render_diff(libprof.diff(profile_from(WAITING), profile_from(after)), limit=2)
    assert [line.split() for line in text.splitlines()[1:]] == [
        ["+3.00ms", "0.00ms", "3.00ms", "new", "srv/app.py:30"],
        ["-2.00ms", "2.50ms", "0.50ms", "view", "srv/app.py:10"],
    ]


@pytest.mark.parametrize("overhead", [0, 42_000_000])
def test_show_prints_a_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], overhead: int
) -> None:
    file = tmp_path / "profile.bin"
    file.write_bytes(pack(document_of(WAITING, overhead_ns=overhead)))

    assert main(["show", str(file)]) == 0
    printed = capsys.readouterr().out
    assert ("own cost, 42.00ms, is taken out" in printed) == (overhead > 0)
    assert "time.sleep" in printed


def test_a_sampled_profile_shows_samples_and_lines_instead_of_calls() -> None:
    def compute() -> None:
        end = time.thread_time() + 0.05
        while time.thread_time() < end:
            pass

    profile = profile_of(compute, engine="sample")
    _, functions, lines, tree = render_profile(profile, limit=20, threshold=1.0).split("\n\n")
    assert "samples  function, heaviest" in functions
    assert "samples  line, heaviest" in lines
    assert "samples  call tree" in tree
    heaviest = profile.lines()[0]
    first = compute.__code__.co_firstlineno
    assert heaviest.line in (first + 2, first + 3)
    assert f"{heaviest.samples:,}  python/test_render.py:{heaviest.line}" in lines
    row = next(row for row in profile.functions() if row.name.endswith("compute"))
    assert f" {row.samples:,}  {row.name}" in functions
