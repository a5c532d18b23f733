# SPDX-License-Identifier: MIT
"""Want of memory ends the session with an error and nothing else: the program goes on as it would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.python.helpers import build_library

SUPPORT = Path(__file__).parent / "support"
PROGRAM = SUPPORT / "failing_heap_program.py"
ROOT = Path(__file__).parents[2]
SECONDS = 600
PROCESSES = 2


@pytest.fixture(scope="module")
def heap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes allocations fail, built with the compiler that built the extension."""
    library = tmp_path_factory.mktemp("heap") / "failing_heap.so"
    build_library(
        library,
        *("-O1", "-fvisibility=hidden", "-fno-builtin"),
        *(str(SUPPORT / "failing_heap.c"), "-ldl", "-lpthread"),
    )
    return library


def start(heap: Path, *arguments: str) -> subprocess.Popen[str]:
    preloaded = " ".join(filter(None, [str(heap), os.environ.get("LD_PRELOAD")]))
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", str(PROGRAM), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ
        | {
            "LD_PRELOAD": preloaded,
            "PYTHONMALLOC": "malloc",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            # Ours stands before the sanitizer's heap, and hands on to it.
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0",
        },
    )


def sweep(heap: Path, kind: str, temperature: str, count: int) -> dict[str, Any]:
    """What failing_heap_program.py found, in as many processes at once as usual machines have cores."""
    parts = [
        start(heap, kind, temperature, str(count), str(part), str(PROCESSES))
        for part in range(PROCESSES)
    ]
    sums: dict[str, Any] = {"places": 0, "outcomes": Counter(), "wrong": []}
    for part in parts:
        output, errors = part.communicate(timeout=SECONDS)
        assert part.returncode == 0, f"{output}\n{errors}"
        assert errors == ""
        found = json.loads(output)
        sums["places"] += found["places"]
        sums["outcomes"].update(found["outcomes"])
        sums["wrong"] += found["wrong"]
    return sums


@pytest.mark.parametrize(
    ("kind", "temperature", "count", "least"),
    [
        pytest.param("own", "warm", 1000, 15, id="of libprof, session after session"),
        pytest.param("own", "cold", 60, 70, id="of libprof, the first session of a process"),
        pytest.param("inside", "warm", 200, 70, id="of CPython for libprof, session after session"),
        pytest.param("inside", "cold", 40, 70, id="of CPython for libprof, the first of a process"),
    ],
)
@pytest.mark.slow
def test_want_of_memory_ends_the_session_and_nothing_else(
    heap: Path, kind: str, temperature: str, count: int, least: int
) -> None:
    found = sweep(heap, kind, temperature, count)
    assert found["wrong"] == []
    assert found["outcomes"]["MemoryError at start"] > 0
    assert found["outcomes"]["MemoryError at stop"] > 0
    assert found["places"] > least
