# SPDX-License-Identifier: MIT
"""Running a program as python itself would, inside a session."""

from __future__ import annotations

import io
import runpy
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from libprof.profiler import Profiler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from libprof.profile import Profile


class Target(NamedTuple):
    """A script's path, or a module's name, and its arguments."""

    name: str
    is_module: bool
    arguments: Sequence[str]


def run(target: Target, **options: Any) -> tuple[Profile, int]:
    """Runs the program to its end, however it ends; returns its profile and its exit status."""
    profiler = Profiler(name=target.name, metadata={"argv": list(target.arguments)}, **options)
    execute = _prepare(target)
    with _arguments(target), profiler:
        status = _status_of(execute)
    return profiler.profile, status


def _prepare(target: Target) -> Callable[[], object]:
    """What to call. Finding and compiling a script is no part of the profile."""
    if target.is_module:
        return lambda: runpy.run_module(target.name, run_name="__main__", alter_sys=True)
    path = Path(target.name)
    with io.open_code(str(path)) as file:
        code = compile(file.read(), str(path), "exec", dont_inherit=True)
    module = type(sys)("__main__")
    module.__dict__.update(__file__=str(path), __builtins__=__builtins__)

    def execute() -> None:
        sys.modules["__main__"] = module
        exec(code, module.__dict__)  # noqa: S102 - that is what running a script means

    return execute


def _arguments(target: Target) -> AbstractContextManager[None]:
    @contextmanager
    def replaced() -> Iterator[None]:
        argv, path, main = sys.argv, sys.path[:], sys.modules["__main__"]
        sys.argv = [target.name, *target.arguments]
        sys.path[0] = "" if target.is_module else str(Path(target.name).resolve().parent)
        try:
            yield
        finally:
            sys.argv, sys.path[:] = argv, path
            sys.modules["__main__"] = main

    return replaced()


def _status_of(execute: Callable[[], object]) -> int:
    try:
        execute()
    except SystemExit as error:
        return _exit_status(error.code)
    except BaseException as error:  # printed as the interpreter would, then counted
        hidden = error.__traceback__ and error.__traceback__.tb_next
        traceback.print_exception(error.with_traceback(hidden and hidden.tb_next))
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _exit_status(code: object) -> int:
    """The interpreter's own rule: None is 0, a number itself, anything else is printed and 1."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code
    print(code, file=sys.stderr)
    return 1
