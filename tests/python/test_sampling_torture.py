# SPDX-License-Identifier: MIT
"""The short form of tests/stress/sampling_torture.py; `make soak` has the long one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TORTURE = Path(__file__).parents[1] / "stress" / "sampling_torture.py"


@pytest.mark.slow
def test_a_short_torture() -> None:
    """Ten thousand samples a second, of threads that make and unmake what the handler reads. Forks have tests of
    their own: with many threads and locks of the standard library, a child may hang without any profiler."""
    done = subprocess.run(
        [sys.executable, str(TORTURE), "--seconds", "8", "--seed", "7", "--without", "forks"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "samples" in done.stdout
