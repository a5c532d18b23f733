# SPDX-License-Identifier: MIT
"""Which process this is, as the page says that a fork wipes."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.helpers import build_library

CPYTHON = Path(__file__).parents[2] / "libprof" / "cpython"
SUPPORT = Path(__file__).parent / "support"


@pytest.fixture
def process(tmp_path: Path) -> ctypes.CDLL:
    """A copy of its own, which has not been initialised."""
    library = tmp_path / "process.so"
    sources = (str(CPYTHON / "process.c"), str(SUPPORT / "process.c"))
    build_library(library, f"-I{CPYTHON}", *sources)
    return ctypes.CDLL(str(library))


def in_child(check: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        right = False
        try:
            right = check()
        finally:
            os._exit(0 if right else 1)
    return os.waitpid(child, 0)[1] == 0


def test_the_answer_is_kept(process: ctypes.CDLL) -> None:
    process.process_init()
    assert process.remembered() == 0
    assert process.current() == os.getpid()
    assert process.remembered() == os.getpid()
    process.process_init()
    assert process.current() == process.remembered() == os.getpid()


def test_a_fork_wipes_it(process: ctypes.CDLL) -> None:
    process.process_init()
    process.current()

    def child() -> bool:
        wiped = process.remembered() == 0
        right = process.current() == os.getpid() == process.remembered()
        return wiped and right and in_child(lambda: process.current() == os.getpid())

    assert in_child(child)
    assert process.remembered() == os.getpid()


def test_without_a_page_each_call_asks(process: ctypes.CDLL) -> None:
    assert process.current() == os.getpid()
    assert process.remembered() == 0
    assert in_child(lambda: process.current() == os.getpid())
