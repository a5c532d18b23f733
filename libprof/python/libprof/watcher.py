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
    NUMBERS,
    Profiler,
    check_name,
    check_range,
    metadata_json,
)

#: A session's first interval is so many of its others: five ms are long enough to come with the kernel's own interrupts.
QUICK_INTERVALS = 5


class Watcher:
    """Made once, begins a session for each request: a `Profiler` without what only a profile needs.

    What describes a session is told when it is kept. Raises what `Profiler` raises for the same arguments.

    Within the first `quick` seconds (0 to 3600), in which those are over that nobody keeps, samples are taken a fifth
    as often. Each weighs the time that has passed, as ever.
    """

    def __init__(
        self,
        *,
        interval: float = 0.001,
        quick: float = 0.0,
        max_nodes: int = DEFAULT_MAX_NODES,
        max_samples: int = DEFAULT_MAX_SAMPLES,
    ) -> None:
        options = {"interval": interval, "max_nodes": max_nodes, "max_samples": max_samples}
        Profiler("sample", **options)  # type: ignore[arg-type]  # it knows what is wrong with them
        check_range("quick", quick, 0, 3600, NUMBERS)
        interval_ns = round(interval * 1e9)
        self._start = (
            "",
            max_nodes,
            max_samples,
            interval_ns,
            round(quick * 1e9),
            QUICK_INTERVALS * interval_ns,
        )

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
