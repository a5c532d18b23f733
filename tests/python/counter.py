# SPDX-License-Identifier: MIT
"""Counts calls by path without libprof and without a shadow stack: each event looks at the real frames.

By sys.monitoring where there is one, else by sys.setprofile. `sys.setprofile` is there on all versions,
so that sys.monitoring has a witness, too.
"""

from __future__ import annotations

import dis
import functools
import inspect
import sys
import types
from collections import Counter
from types import FrameType
from typing import Any, Self

#: Calls by path from the root: a Python function stands in it as (qualified name, first line), a builtin
#: as its name alone.
Path = tuple[tuple[str, int] | str, ...]
Paths = Counter[Path]

SUSPENDS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

# What bears the name that a profile shows; anything else is an instance that is called.
_NAMED = (
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.WrapperDescriptorType,
    type,
)
_HEAP_TYPE, _IMMUTABLE_TYPE = 1 << 9, 1 << 8
_MADE_IN_C = {functools.partial, types.GenericAlias}  # though they look like a class statement's


def _is_python_class(cls: type) -> bool:
    return cls.__flags__ & (_HEAP_TYPE | _IMMUTABLE_TYPE) == _HEAP_TYPE and cls not in _MADE_IN_C


def builtin_name(called: Any) -> str | None:
    """The last part of the name under which a profile shows it; None for what runs as Python code."""
    kind = type(called)
    if kind is types.FunctionType:
        return None
    if kind is types.MethodType:
        inner = called.__func__
        return None if isinstance(inner, types.MethodType) else builtin_name(inner)
    if isinstance(called, type):
        return None if _is_python_class(called) else called.__name__
    if isinstance(called, _NAMED):
        return called.__name__
    by_python = any("__call__" in cls.__dict__ for cls in kind.__mro__ if _is_python_class(cls))
    return None if by_python else "__call__"


class FrameCounter:
    """Knows which builtins the frames of a file have called; the stack itself is the interpreter's."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.paths: Paths = Counter()
        #: The same with the builtins that this file's functions called.
        self.mixed: Paths = Counter()
        #: By the frame that calls, while it runs: which instruction calls what.
        self.calling: dict[int, tuple[int, str]] = {}
        self.outside: set[FrameType] = set()

    def __enter__(self) -> Self:
        raise NotImplementedError

    def __exit__(self, *error: object) -> None:
        self.outside.clear()

    def look_outside(self) -> None:
        """Frames that run already are no part of what is counted."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            self.outside.add(frame)
            frame = frame.f_back

    def path(self, frame: FrameType | None) -> tuple[Path, Path]:
        plain: list[tuple[str, int]] = []
        mixed: list[tuple[str, int] | str] = []
        inner: FrameType | None = None
        while frame is not None and frame not in self.outside:
            code = frame.f_code
            if code.co_filename == self.file:
                at, name = self.calling.get(id(frame), (-1, ""))
                if inner is not None and at == frame.f_lasti:
                    mixed.append(name)
                plain.append((code.co_qualname, code.co_firstlineno))
                mixed.append(plain[-1])
            inner, frame = frame, frame.f_back
        return tuple(reversed(plain)), tuple(reversed(mixed))

    def begin(self, frame: FrameType) -> None:
        if frame.f_code.co_filename == self.file:
            plain, mixed = self.path(frame)
            self.paths[plain] += 1
            self.mixed[mixed] += 1

    def call(self, frame: FrameType, called: Any) -> None:
        if frame.f_code.co_filename != self.file:
            return
        name = builtin_name(called)
        if name is None:
            self.calling.pop(id(frame), None)
        else:
            self.mixed[(*self.path(frame)[1], name)] += 1
            self.calling[id(frame)] = (frame.f_lasti, name)

    def end_call(self, frame: FrameType) -> None:
        self.calling.pop(id(frame), None)


class ByMonitoring(FrameCounter):
    """What sys.monitoring reports."""

    def __enter__(self) -> Self:
        monitoring, events = sys.monitoring, sys.monitoring.events
        self.tool = next(id for id in (5, 3, 0) if monitoring.get_tool(id) is None)
        monitoring.use_tool_id(self.tool, "independent counter")
        get_frame, begin, call, end_call = sys._getframe, self.begin, self.call, self.end_call
        hooks = {
            events.PY_START: lambda *_: begin(get_frame(1)),
            events.CALL: lambda _code, _offset, called, _argument: call(get_frame(1), called),
        }
        for ending in ("C_RETURN", "C_RAISE", "PY_RETURN", "PY_UNWIND", "PY_YIELD"):
            hooks[getattr(events, ending)] = lambda *_: end_call(get_frame(1))
        for event, hook in hooks.items():
            monitoring.register_callback(self.tool, event, hook)
        self.events = list(hooks)
        self.look_outside()
        asked = sum(hooks) & ~(events.C_RETURN | events.C_RAISE)  # CALL brings these
        monitoring.set_events(self.tool, asked)
        return self

    def __exit__(self, *error: object) -> None:
        sys.monitoring.set_events(self.tool, 0)
        for event in self.events:
            sys.monitoring.register_callback(self.tool, event, None)
        sys.monitoring.free_tool_id(self.tool)
        super().__exit__()


class BySetProfile(FrameCounter):
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
            if self.begins(frame):
                self.begin(frame)
        elif event == "c_call":
            self.call(frame, argument)
        else:
            self.end_call(frame)

    def __enter__(self) -> Self:
        self.look_outside()
        sys.setprofile(self.hook)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)
        super().__exit__()


class IndependentCounter(ByMonitoring if sys.version_info >= (3, 12) else BySetProfile):
    """Counts the calls of the Python functions of one file inside its ``with`` block."""
