# SPDX-License-Identifier: MIT
"""Counts calls without libprof: by sys.monitoring where there is one, else by sys.setprofile."""

from __future__ import annotations

import dis
import inspect
import sys
from collections import Counter
from types import CodeType, FrameType
from typing import Any

from tests.python.helpers import CallCounts

SUSPENDS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class _ByMonitoring:
    def __init__(self) -> None:
        self.codes: list[CodeType] = []

    def __enter__(self) -> _ByMonitoring:
        monitoring = sys.monitoring
        self.tool = next(id for id in (5, 3, 0) if monitoring.get_tool(id) is None)
        monitoring.use_tool_id(self.tool, "independent counter")
        monitoring.register_callback(
            self.tool, monitoring.events.PY_START, lambda code, offset: self.codes.append(code)
        )
        monitoring.set_events(self.tool, monitoring.events.PY_START)
        return self

    def __exit__(self, *error: object) -> None:
        sys.monitoring.set_events(self.tool, 0)
        sys.monitoring.register_callback(self.tool, sys.monitoring.events.PY_START, None)
        sys.monitoring.free_tool_id(self.tool)


class _BySetProfile:
    """A generator's frame begins once; holding the frames keeps their identities apart."""

    def __init__(self) -> None:
        self.codes: list[CodeType] = []
        self.begun: set[FrameType] = set()

    def _hook(self, frame: FrameType, event: str, argument: Any) -> None:
        if event != "call" or frame in self.begun:
            return
        if frame.f_code.co_flags & SUSPENDS:
            if frame.f_code.co_code[frame.f_lasti] != dis.opmap["RESUME"]:
                return  # thrown into before it began: its code never runs
            self.begun.add(frame)
        self.codes.append(frame.f_code)

    def __enter__(self) -> _BySetProfile:
        sys.setprofile(self._hook)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)


class IndependentCounter(_ByMonitoring if sys.version_info >= (3, 12) else _BySetProfile):
    """Counts the calls of Python functions inside its ``with`` block."""

    def counts(self, file: str) -> CallCounts:
        return Counter(
            (code.co_qualname, code.co_filename, max(code.co_firstlineno, 0))
            for code in self.codes
            if code.co_filename == file
        )
