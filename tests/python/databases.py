# SPDX-License-Identifier: MIT
"""Database servers of their own, empty, below a temporary folder; clients reach them by a socket there."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import libprof
from tests.processes import running
from tests.python.helpers import function_named
from tests.python.laws import walk
from tests.python.sampled import MS, sampler

#: Both servers refuse to be root: there they are this user, whom every system has.
USER = "nobody"


def owner() -> dict[str, Any]:
    """
    Who the servers are, for subprocess. What is loaded into this process, a sanitizer say, is not meant for them:
    PostgreSQL's hangs with one.
    """
    options: dict[str, Any] = {
        "env": {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    }
    if os.geteuid() == 0:
        options |= {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []}
    return options


@contextmanager
def folder() -> Iterator[Path]:
    """Not in pytest's, which nobody else may enter; and paths of sockets have to be short."""
    with tempfile.TemporaryDirectory(prefix="libprof-db-") as name:
        Path(name).chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(name, USER)
        yield Path(name)


def program(name: str, package: str) -> str:
    """Where it is; Debian has PostgreSQL's servers, of all versions, in none of the usual places."""

    def version(path: Path) -> int:
        return int(re.sub(r"\D", "", path.parts[4]) or 0)

    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=version, reverse=True)
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin") or next(iter(debian), None)
    if found is None:
        pytest.skip(f"there is no {name} on this machine: install {package}")
    return str(found)


@contextmanager
def postgresql() -> Iterator[Path]:
    """The folder of its socket. The user is postgres, who needs no password."""
    initdb, server = program("initdb", "postgresql"), program("postgres", "postgresql")
    with folder() as path:
        data = str(path / "data")
        options = ["--auth=trust", "--no-sync", "--username=postgres", "--locale=C"]
        done = subprocess.run(
            [initdb, "-D", data, *options, "--encoding=UTF8"],
            capture_output=True,
            text=True,
            check=False,
            **owner(),
        )
        assert done.returncode == 0, done.stderr
        command = [server, "-D", data, "-k", str(path), "-h", "", "-F"]
        # SIGINT: what is still connected is disconnected.
        with running(command, "ready to accept connections", stop_by=signal.SIGINT, **owner()):
            yield path


@contextmanager
def mariadb() -> Iterator[Path]:
    """Its socket. Without tables of privileges everybody may do everything."""
    server = program("mariadbd", "mariadb-server-core")
    with folder() as path:
        command = [
            *(server, "--no-defaults", "--skip-networking", "--skip-grant-tables"),
            *(f"--datadir={path}", f"--socket={path / 'socket'}", f"--pid-file={path / 'pid'}"),
        ]
        with running(command, "ready for connections", **owner()):
            yield path / "socket"


# ---- what clients do -------------------------------------------------------------------------------

#: Seconds between samples: one that is used in earnest, and one that interrupts whatever waits.
INTERVALS = [0.001, 0.0002]

#: Of what waits; long beside what else a machine may do meanwhile.
WAIT_SECONDS = 0.3


def without_and_with(function: Callable[[], Any], interval: float) -> libprof.Profile:
    """It does the same under samples, which have its time, wall and CPU, as its own clocks have it."""
    expected = function()
    with sampler(interval=interval) as profiler:
        wall_ns, cpu_ns = time.perf_counter_ns(), time.thread_time_ns()
        result = function()
        wall_ns, cpu_ns = time.perf_counter_ns() - wall_ns, time.thread_time_ns() - cpu_ns
    assert result == expected
    stats = function_named(profiler.profile, function.__qualname__)
    # Its last sample may be shared with what follows, and CPU time that is followed by waiting is not its leaf's.
    assert stats.total_wall_ns == pytest.approx(wall_ns, rel=0.05, abs=10 * MS)
    assert stats.total_cpu_ns <= cpu_ns + 1 * MS
    return profiler.profile


def check_waiting(function: Callable[[], Any], interval: float, file: str) -> None:
    """A wait has its time, which is no CPU time, where a function of this file or folder waits for it."""
    profile = without_and_with(function, interval)
    leaf = max(walk(profile.root), key=lambda node: node.self_wall_ns)
    assert leaf.frame.file.startswith(file), leaf.frame
    assert WAIT_SECONDS * 0.97e9 <= leaf.self_wall_ns < (WAIT_SECONDS + 1) * 1e9
    assert leaf.self_cpu_ns <= 0.05 * leaf.self_wall_ns
    assert function_named(profile, function.__qualname__).total_wall_ns >= leaf.self_wall_ns
