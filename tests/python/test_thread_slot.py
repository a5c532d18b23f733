# SPDX-License-Identifier: MIT
"""Where hooks read which thread runs, and that they ask where it cannot be read."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import pytest

from libprof import _native
from tests.python.helpers import build_program, run_python
from tests.python.interpreters import IN_INTERPRETER

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="a variable of the process says it before 3.12"
)

ROOT = Path(__file__).parents[2]

#: pthread_self(), which is what Python calls a thread's identifier, is the thread pointer there.
POINTS_AT_THREAD = platform.machine() == "x86_64" and platform.libc_ver()[0] == "glibc"

this_thread = ctypes.pythonapi.PyThreadState_Get
this_thread.restype = ctypes.c_void_p


def said_of(identifier: int) -> int | None:
    return ctypes.c_void_p.from_address(identifier + _native.thread_slot()).value


@pytest.mark.skipif(not POINTS_AT_THREAD, reason="the thread pointer is not known to Python")
def test_slot_says_which_thread_runs() -> None:
    said, wanted, waiting = [], [], []
    here, go_on = threading.Event(), threading.Event()

    def run() -> None:
        said.append(said_of(threading.get_ident()))
        wanted.append(this_thread())
        here.set()
        go_on.wait()

    assert _native.thread_slot() != 0
    run_here, run_there = threading.get_ident(), threading.Thread(target=run)
    run_there.start()
    here.wait()
    said.append(said_of(run_here))
    wanted.append(this_thread())
    # It may be on its way into the wait still.
    while (state := said_of(run_there.ident or 0)) is not None:
        waiting.append(state)
        assert len(waiting) < 1_000_000
    go_on.set()
    run_there.join()
    assert said == wanted
    assert said[0] != said[1]


def test_slot_is_the_same_in_a_sub_interpreter() -> None:
    text = "from libprof import _native; print(_native.thread_slot())"
    program = f"{text}\n{IN_INTERPRETER}\nin_interpreter({text!r}, True)\n{text}"
    assert len(set(run_python(program).split())) == 1


#: Functions, builtins and generators in three threads; prints the slot, and whether all were counted.
COUNTED = """
import threading
import libprof
from libprof import _native

def leaf(value):
    return len(value)

def generate():
    yield leaf("a")
    yield leaf("b")

def work():
    for _ in range(500):
        list(generate())

found = {}
def profiled(name):
    with libprof.Profiler() as profiler:
        work()
    functions = {function.name: function.calls for function in profiler.profile.functions()}
    found[name] = [functions[name] for name in ("work", "generate", "leaf", "builtins.len")]

threads = [threading.Thread(target=profiled, args=(number,)) for number in range(3)]
for thread in threads:
    thread.start()
work()
for thread in threads:
    thread.join()
print(_native.thread_slot(), list(found.values()) == [[1, 500, 1000, 1000]] * 3 or found)
"""


def shared_interpreter() -> Path | None:
    folder, name = sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME")
    places = [Path(folder, name), Path(folder, sysconfig.get_config_var("MULTIARCH") or "", name)]
    return next((place for place in places if place.suffix != ".a" and place.exists()), None)


def test_interpreter_that_was_loaded_late_is_asked(tmp_path: Path) -> None:
    library = shared_interpreter()
    if library is None:
        pytest.skip("this interpreter has no shared library")
    program = tmp_path / "late_python"
    build_program(program, str(Path(__file__).parent / "support" / "late_python.c"), "-ldl")
    home = {"PYTHONHOME": sys.base_prefix, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    # Not in an environment: where libprof is installed to be edited, a .pth file there says where it is.
    with_environment = (
        f"import site\nfor folder in {sys.path!r}: site.addsitedir(folder)\n{COUNTED}"
    )
    done = subprocess.run(
        [program, library, with_environment],
        env=os.environ | home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("0 True\n", "", 0)


def test_hooks_count_alike_where_it_is_read() -> None:
    assert run_python(COUNTED) == f"{_native.thread_slot()} True\n"
