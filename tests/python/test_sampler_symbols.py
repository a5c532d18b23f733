# SPDX-License-Identifier: MIT
"""What the sampling signal's handler can reach: nothing that allocates, locks, waits or calls the interpreter."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.python.helpers import build_library

LIBPROF = Path(__file__).parents[2] / "libprof"
SOURCES = (
    *("sampler_tick", "sampled_thread", "sampler", "membership", "compat", "frames", "intervals"),
    *("context_lookup", "code_names", "code_lines", "process"),
    *("sampled_spans", "sampled_wait", "sampler_watcher", "thread_status"),
)
CORE = ("sample", "timeline", "cct", "frame_table", "arena", "memory", "reserve", "rhythm")

#: Safe in signal handlers (signal-safety(7)), or instructions and loops with a name.
SAFE = {
    "__errno_location",
    "clock_gettime",
    "getpid",
    "getrusage",
    "memcmp",
    "memcpy",
    "memset",
    "pthread_self",
    "strlen",
    "strncmp",
    "strnlen",
    "syscall",
    "timer_settime",
    "__popcountdi2",
}
#: Objects whose addresses are compared, never called.
TYPES = {"PyCode_Type", "PyGen_Type", "PyCoro_Type", "PyAsyncGen_Type"}


@pytest.fixture(scope="module")
def handler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handler and what it reaches: the linker leaves out all else."""
    folder = tmp_path_factory.mktemp("handler")
    script = folder / "symbols.map"
    # The memory of sessions is reached through a pointer.
    script.write_text("{ global: sampler_on_tick; prof__reserve_memory; local: *; };")
    library = folder / "handler.so"
    build_library(
        library,
        *("-O2", "-DNDEBUG", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"),
        *(f"-Wl,--version-script={script}", "-Wno-unused-parameter"),
        *(f"-I{LIBPROF / part}" for part in ("include", "core", "export", "cpython")),
        *("-isystem", sysconfig.get_path("include")),
        *(str(LIBPROF / "cpython" / f"{name}.c") for name in SOURCES),
        *(str(LIBPROF / "core" / f"{name}.c") for name in CORE),
    )
    return library


def lines_of(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_only_safe_functions_are_reached(handler: Path) -> None:
    wanted = {
        line.split()[1].partition("@")[0]
        for line in lines_of("nm", "--dynamic", "--undefined-only", str(handler))
        if line.split()[0] == "U"
    }
    assert wanted <= SAFE | TYPES
    assert {
        "clock_gettime",
        "syscall",
        "PyCode_Type",
    } <= wanted  # it is the handler that was looked at


def test_no_thread_local_storage_is_touched(handler: Path) -> None:
    """A library's is made when a thread first touches it, on the heap."""
    relocations = lines_of("readelf", "--relocs", "--wide", str(handler))
    assert len(relocations) > 10
    assert not [
        line for line in relocations if any(t in line for t in ("TPOFF", "DTPMOD", "TLSDESC"))
    ]
