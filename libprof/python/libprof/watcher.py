# SPDX-License-Identifier: MIT
"""Sampled sessions of which nearly all are dropped: who serves requests, and wants to know why some are slow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from libprof import _native, sampling
from libprof.profile import Profile
from libprof.profiler import (
    DEFAULT_MAX_NODES,
    DEFAULT_MAX_SAMPLES,
    Profiler,
    check_name,
    metadata_json,
)


class Watcher:
    """Made once, begins a session for each request: a `Profiler` without what only a profile needs.

    What describes a session is told when it is kept. Raises what `Profiler` raises for the same arguments.
    """

    def __init__(
        self,
        *,
        interval: float = 0.001,
        max_nodes: int = DEFAULT_MAX_NODES,
        max_samples: int = DEFAULT_MAX_SAMPLES,
    ) -> None:
        options = {"interval": interval, "max_nodes": max_nodes, "max_samples": max_samples}
        Profiler("sample", **options)  # type: ignore[arg-type]  # it knows what is wrong with them
        self._start = ("", max_nodes, max_samples, round(interval * 1e9))

    def begin(self) -> _native.SampleSession:
        """Begin to sample the current context.

        From any thread or context, and once: `cancel()` it, or let `keep` have it.
        """
        sampling.prepare()
        session = _native.SampleSession()
        session.start(*self._start)
        return session

    def keep(
        self,
        session: _native.SampleSession,
        *,
        name: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> Profile:
        """End the session, and return its profile. MemoryError if memory ran out meanwhile."""
        check_name(name)
        text = metadata_json(metadata)
        native = session.stop()
        native.set_name(name)
        native.set_metadata(text)
        return Profile(native)
