# SPDX-License-Identifier: MIT
"""Profiles on disk, for the time in which the database does not take them.

One file a profile, in a directory that belongs to this user and project alone. All worker
processes share it; storing is idempotent, so two of them may try the same file.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from django_profiler import counters
from django_profiler.conf import profiler_settings
from django_profiler.limits import PARTIAL_SECONDS, SPOOL_BYTES, SPOOL_FILES
from django_profiler.reasons import Event, Loss
from django_profiler.records import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUFFIX = ".profile"


def directory() -> Path:
    """Where the spool is. Two projects of one user never share one."""
    alias = profiler_settings().DATABASE
    database = settings.DATABASES.get(alias, {})
    parts = (settings.SECRET_KEY, alias, database.get("HOST", ""), database.get("NAME", ""))
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"django_profiler-{os.getuid()}-{digest}"


def put(sealed: Sealed) -> bool:
    """Keep a profile; False and a counted loss when that is not possible."""
    data = sealed.to_bytes()
    try:
        folder = _own_directory()
        count, size = usage()
        if count >= SPOOL_FILES or size + len(data) > SPOOL_BYTES:
            counters.add(Loss.SPOOL_FULL)
            return False
        _write(folder / f"{sealed.facts.created:%Y%m%dT%H%M%S}-{sealed.facts.id}{_SUFFIX}", data)
    except OSError:
        counters.add(Loss.SPOOL_FAILED)
        return False
    counters.add(Event.SPOOLED)
    return True


def files() -> list[Path]:
    """What is in the spool, oldest first."""
    folder = directory()
    if not _is_own(folder):
        return []
    return sorted(path for path in folder.iterdir() if path.suffix == _SUFFIX)


def usage() -> tuple[int, int]:
    """How many files, and their bytes."""
    sizes = list(_sizes())
    return len(sizes), sum(sizes)


def read(path: Path) -> Sealed | None:
    """None for a file that is gone; one that is broken is deleted and counted as a loss."""
    try:
        return Sealed.from_bytes(path.read_bytes())
    except OSError:
        return None
    except ValueError:
        path.unlink(missing_ok=True)
        counters.add(Loss.SPOOL_BROKEN)
        return None


def sweep() -> None:
    """Remove what processes that were killed left half written."""
    folder = directory()
    if not _is_own(folder):
        return
    for path in folder.glob("*.part"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > PARTIAL_SECONDS:
                path.unlink()


def _sizes() -> Iterator[int]:
    for path in files():
        try:
            yield path.stat().st_size
        except OSError:
            continue  # Another process has just stored it.


def _own_directory() -> Path:
    folder = directory()
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_own(folder):
        # The place is known to everybody on the machine: somebody else may have been there first.
        raise PermissionError(f"{folder} is not a private directory of this user")
    return folder


def _is_own(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    private = status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) == 0
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and private


def _write(path: Path, data: bytes) -> None:
    partial = path.with_suffix(f".{os.getpid()}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
