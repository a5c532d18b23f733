# SPDX-License-Identifier: MIT
"""What tests of libprof share; which there are depends on what the interpreter has."""

from __future__ import annotations

import gc
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from libprof import _native
from tests.python.helpers import build_library, load_library

SOURCES = Path(__file__).parents[2] / "libprof" / "cpython"

collect_ignore = [] if sys.version_info >= (3, 12) else ["test_backend_monitoring.py"]


@pytest.fixture(scope="session")
def signals_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Handlers set by C, and C that computes or waits."""
    library = tmp_path_factory.mktemp("signals") / "signals.so"
    build_library(library, str(Path(__file__).parent / "support" / "signals.c"))
    return library


@pytest.fixture(scope="session")
def code_facts(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """What a signal handler reads of code and contexts, built with the compiler that built the extension."""
    library = tmp_path_factory.mktemp("code_facts") / "code_facts.so"
    build_library(
        library,
        *("-O2", f"-I{SOURCES}", "-isystem", sysconfig.get_path("include")),
        *(str(SOURCES / "code_lines.c"), str(SOURCES / "context_lookup.c")),
        str(Path(__file__).parent / "support" / "code_facts.c"),
    )
    return load_library(library)


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
