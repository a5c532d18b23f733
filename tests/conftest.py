# SPDX-License-Identifier: MIT
"""What every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the project."""
    return ROOT


@pytest.fixture(scope="session", autouse=True)
def _one_package_each() -> None:
    """Stop at once when `libprof` is only the folder of that name, without its extension.

    Run from the top folder without an installation, `import libprof` gives an empty namespace
    package, and every test would fail on a missing attribute instead.
    """
    import libprof

    if not hasattr(libprof, "Profiler"):
        pytest.exit("libprof is not installed in this environment: run `make setup`", returncode=3)
