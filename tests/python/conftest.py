# SPDX-License-Identifier: MIT
"""What tests of libprof share; which there are depends on what the interpreter has."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from libprof import _native

collect_ignore = [] if sys.version_info >= (3, 12) else ["test_backend_monitoring.py"]


@pytest.fixture
def quiet() -> Iterator[None]:
    """Nothing is collected behind a program's back; what it raises where nobody hears it is meant."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda unraisable: None
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    gc.collect()
    sys.unraisablehook = hook


@pytest.fixture
def unhooked() -> Iterator[None]:
    """Each test begins and ends without hooks."""
    gc.collect()
    _native.unhook()
    yield
    gc.collect()
    _native.unhook()
    assert _native.status() == (None, 0)


@pytest.fixture(params=[True, False], ids=["builtins", "no-builtins"])
def builtins(request: pytest.FixtureRequest) -> bool:
    return request.param
