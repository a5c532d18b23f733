# SPDX-License-Identifier: MIT
"""Threads that join by threading.setprofile. On 3.12 and newer all ids of sys.monitoring are taken first."""

from __future__ import annotations

import pytest

from tests.python.helpers import run_python

BEGINNING = """
import gc, sys, threading
import libprof
from libprof import _native

for number in range(6) if sys.version_info >= (3, 12) else ():
    if sys.monitoring.get_tool(number) is None:
        sys.monitoring.use_tool_id(number, "somebody")

def leaf(): pass

with libprof.Profiler():
    leaf()
assert _native.status() == ("PyEval_SetProfile", 0)
joiner = threading.getprofile()
_native.unhook()
"""


def test_a_thread_that_began_before_the_hooks_went_is_told_to_stop() -> None:
    output = run_python(
        BEGINNING
        + """
def late():
    sys.setprofile(joiner)  # what threading does first of all
    leaf()
    print(sys.getprofile())

thread = threading.Thread(target=late)
thread.start()
thread.join()
"""
    )
    assert output == "None\n"


@pytest.mark.parametrize("by", ["audit", "collection"])
def test_a_thread_that_would_join_while_hooks_are_put_in_place(by: str) -> None:
    """Code of others that runs meanwhile in such a thread; the session has its events all the same."""
    output = run_python(
        BEGINNING
        + f"""
meanwhile = []

def look(*event):
    if meanwhile and meanwhile[-1] is True:
        leaf()
        meanwhile.append(sys.getprofile() is joiner)

sys.addaudithook(look) if {by == "audit"} else gc.callbacks.append(look)

def late():
    sys.setprofile(joiner)
    profiler = libprof.Profiler()
    if {by == "collection"}:
        gc.set_threshold(1)
    meanwhile.append(True)
    profiler.start()
    gc.set_threshold(700)
    leaf()
    print([f.calls for f in profiler.stop().functions() if f.name == "leaf"])

thread = threading.Thread(target=late)
thread.start()
thread.join()
print(len(meanwhile) > 1)
"""
    )
    assert output == "[1]\nTrue\n"


def test_hooks_that_go_while_one_is_about_to_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPython 3.11 allocates between reading a hook and calling it, and a collection may strike there."""
    monkeypatch.setenv("PYTHONMALLOC", "debug")  # what has been freed is overwritten
    output = run_python(
        BEGINNING
        + """
class Node:
    def __del__(self):
        _native.unhook()

gc.disable()
with libprof.Profiler():
    leaf()
first, second = Node(), Node()
first.other, second.other = second, first
del first, second
gc.set_threshold(1)
gc.enable()
leaf()
gc.disable()
gc.collect()
print(_native.status())
with libprof.Profiler() as profiler:
    leaf()
print([f.calls for f in profiler.profile.functions() if f.name == "leaf"])
"""
    )
    assert output.splitlines() == ["(None, 0)", "[1]"]


def test_hooks_of_threads_that_have_ended_are_given_up() -> None:
    output = run_python(
        BEGINNING
        + """
with libprof.Profiler():
    for _ in range(200):
        thread = threading.Thread(target=leaf)
        thread.start()
        thread.join()
gc.collect()
print(sum(type(thing).__name__ == "ThreadHook" for thing in gc.get_objects()) < 10)
"""
    )
    assert output == "True\n"
