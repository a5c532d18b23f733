# SPDX-License-Identifier: MIT
"""Read by the standard library's pstats."""

from __future__ import annotations

import io
import pstats
from pathlib import Path

import pytest

from tests.python.documents import RECURSIVE, profile_from

PROFILE = profile_from(RECURSIVE)


@pytest.fixture
def stats(tmp_path: Path) -> pstats.Stats:
    file = tmp_path / "profile.pstats"
    file.write_bytes(PROFILE.export("pstats"))
    return pstats.Stats(str(file), stream=io.StringIO())


def test_functions_have_their_calls_and_times(stats: pstats.Stats) -> None:
    for function in PROFILE.functions():
        key = (function.file or "~", function.line, function.name)
        primitive, calls, own, total, _callers = stats.stats[key]
        assert calls == function.calls
        assert own * 1e9 == pytest.approx(function.self_wall_ns)
        assert total * 1e9 == pytest.approx(function.total_wall_ns)
        assert primitive <= calls


def test_every_caller_is_a_function_too(stats: pstats.Stats) -> None:
    assert set().union(*(entry[4] for entry in stats.stats.values())) <= set(stats.stats)


def test_reports_can_be_printed(stats: pstats.Stats) -> None:
    stats.sort_stats("cumulative").print_stats()
    stats.print_callers()
    stats.print_callees()
    text = stats.stream.getvalue()
    assert "time.sleep" in text
    assert "app.py:10(f)" in text
    assert "7/1" in text  # recursive calls, and those from outside
