# SPDX-License-Identifier: MIT
"""Functions told apart by their names: where one shows, its caller's work went."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable

import libprof
from tests.python.helpers import check_tree, names, outline


def mark(name: str) -> Callable[[], None]:
    """A new function of this name, as if it stood in the caller's file."""

    def marked() -> None:
        len(name)

    code = marked.__code__.replace(
        co_name=name, co_qualname=name, co_filename=sys._getframe(1).f_code.co_filename
    )
    return types.FunctionType(code, globals(), name, None, marked.__closure__)


def marks(profile: libprof.Profile) -> set[str]:
    check_tree(profile)
    return {name for name in names(profile) if name.startswith("mark-")}


def lines(profile: libprof.Profile, file: str) -> list[str]:
    """The tree of one file's functions."""
    check_tree(profile)
    return [line.replace("<locals>.", "") for line in outline(profile.root, of_file=file)]
