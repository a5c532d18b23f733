# SPDX-License-Identifier: MIT
"""Counts calls by path without libprof: by sys.monitoring where there is one, else by sys.setprofile."""

from __future__ import annotations

import dis
import inspect
import sys
from collections import Counter
from types import CodeType, FrameType
from typing import Any

#: Calls by path from the root; a function stands in it as (qualified name, first line).
Paths = Counter[tuple[tuple[str, int], ...]]

SUSPENDS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class _Stack:
    """The open calls of one thread. Code of other files than `file` is left out of the paths."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.open: list[CodeType] = []
        self.paths: Paths = Counter()

    def enter(self, code: CodeType, *, begins: bool) -> None:
        self.open.append(code)
        if begins and code.co_filename == self.file:
            path = [code for code in self.open if code.co_filename == self.file]
            self.paths[tuple((code.co_qualname, code.co_firstlineno) for code in path)] += 1

    def leave(self, code: CodeType) -> None:
        # What began before the counter was on leaves unseen.
        if self.open and self.open[-1] is code:
            self.open.pop()


class _ByMonitoring(_Stack):
    def __enter__(self) -> _ByMonitoring:
        monitoring, events = sys.monitoring, sys.monitoring.events
        self.tool = next(id for id in (5, 3, 0) if monitoring.get_tool(id) is None)
        monitoring.use_tool_id(self.tool, "independent counter")
        self.hooks = {
            events.PY_START: lambda code, *_: self.enter(code, begins=True),
            events.PY_RESUME: lambda code, *_: self.enter(code, begins=False),
            events.PY_THROW: lambda code, *_: self.enter(code, begins=False),
            events.PY_RETURN: lambda code, *_: self.leave(code),
            events.PY_UNWIND: lambda code, *_: self.leave(code),
            events.PY_YIELD: lambda code, *_: self.leave(code),
        }
        for event, hook in self.hooks.items():
            monitoring.register_callback(self.tool, event, hook)
        monitoring.set_events(self.tool, sum(self.hooks))
        return self

    def __exit__(self, *error: object) -> None:
        sys.monitoring.set_events(self.tool, 0)
        for event in self.hooks:
            sys.monitoring.register_callback(self.tool, event, None)
        sys.monitoring.free_tool_id(self.tool)


class _BySetProfile(_Stack):
    """A generator's frame begins once; holding the frames keeps their identities apart."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.begun: set[FrameType] = set()

    def begins(self, frame: FrameType) -> bool:
        if not frame.f_code.co_flags & SUSPENDS:
            return True
        if frame in self.begun:
            return False
        self.begun.add(frame)
        # One that is thrown into before it began stands elsewhere: its code never runs.
        return frame.f_code.co_code[frame.f_lasti] == dis.opmap["RESUME"]

    def hook(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            self.enter(frame.f_code, begins=self.begins(frame))
        elif event == "return":
            self.leave(frame.f_code)

    def __enter__(self) -> _BySetProfile:
        sys.setprofile(self.hook)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)


class IndependentCounter(_ByMonitoring if sys.version_info >= (3, 12) else _BySetProfile):
    """Counts the calls of the Python functions of one file inside its ``with`` block."""
