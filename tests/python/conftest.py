# SPDX-License-Identifier: MIT
"""Which tests there are depends on what the interpreter has."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

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
