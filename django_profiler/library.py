# SPDX-License-Identifier: MIT
"""Libprof, which a process imports with its first session: where it cannot be imported, everything else goes on."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


@cache
def library() -> ModuleType:
    """The module, or ImportError. What this package does in a request shows as time of its callers."""
    import libprof

    libprof.hide(f"{Path(__file__).parent}/")
    return libprof
