# SPDX-License-Identifier: MIT
"""What every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.python.laws import Watch

# What the tests share asserts too, and is to say what it has found.
for shared in ("browser", "django.live", "django.projects", "example", "processes", "python"):
    pytest.register_assert_rewrite(f"tests.{shared}")

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


@pytest.fixture(scope="session")
def _watch(_one_package_each: None) -> Watch:
    from tests.python.laws import Watch

    watch = Watch()
    watch.install()
    return watch


@pytest.fixture(autouse=True)
def _laws_of_profiles(_watch: Watch) -> Iterator[None]:
    """Every session that ends in a test has a profile that keeps the laws of all profiles."""
    yield
    violations, _watch.violations[:] = list(_watch.violations), []
    assert not violations, "\n".join(violations)
