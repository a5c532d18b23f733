# SPDX-License-Identifier: MIT
"""The extension keeps all its state in the interpreter that loaded it."""

from __future__ import annotations

import sys

import pytest

from libprof import _native
from tests.python.helpers import run_python
from tests.python.interpreters import IMPORT_INTERPRETERS, IN_INTERPRETER

SESSION = """
import libprof
from libprof import _native

def inside():
    sorted([2, 1], key=abs)

with libprof.Profiler() as profiler:
    inside()
names = {function.name for function in profiler.profile.functions()}
assert {"inside", "builtins.sorted"} <= names, names
assert "outside" not in names
assert _native.status()[1] == 0
"""


@pytest.mark.parametrize("isolated", [True, False] if sys.version_info >= (3, 12) else [False])
@pytest.mark.parametrize("end", ["hooked", "unhooked", "running"])
def test_sub_interpreters_profile_on_their_own(isolated: bool, end: str) -> None:
    endings = {
        "hooked": "",
        "unhooked": "_native.unhook()",
        "running": "profiler = libprof.Profiler().start(); inside()",
    }
    output = run_python(
        IN_INTERPRETER
        + f"""
import libprof
from libprof import _native

def outside(): pass

for _ in range(3):
    with libprof.Profiler() as profiler:
        outside()
        in_interpreter({SESSION + endings[end]!r}, {isolated})
        outside()
    functions = {{function.name: function.calls for function in profiler.profile.functions()}}
    assert functions["outside"] == 2, functions
    assert "inside" not in functions
print(_native.status()[1])
"""
    )
    assert output == "0\n"


def test_a_sub_interpreter_ends_in_another_thread_than_it_began_in() -> None:
    """On 3.11 and 3.12 that hangs once anything in it has imported threading."""
    # On 3.11 hooks come to new threads by way of threading, so a session imports it.
    text = SESSION if sys.version_info >= (3, 12) else "import libprof"
    run_python(
        IMPORT_INTERPRETERS
        + f"""
import threading
run = _interpreters.exec if sys.version_info >= (3, 13) else _interpreters.run_string

def in_thread(function, *arguments):
    results = []
    thread = threading.Thread(target=lambda: results.append(function(*arguments)))
    thread.start()
    thread.join()
    return results[0]

created = in_thread(_interpreters.create)
assert in_thread(run, created, {text!r}) is None
in_thread(_interpreters.destroy, created)
"""
    )


def test_idle_hooks_of_a_sub_interpreter() -> None:
    """They are removed in their own interpreter, or go with it."""
    output = run_python(
        IN_INTERPRETER
        + f"""
text = {SESSION!r} + '''
import time
end = time.monotonic() + 30
while _native.status()[0] is not None and time.monotonic() < end:
    inside()
print(_native.status())
'''
in_interpreter(text, sys.version_info >= (3, 12))
"""
    )
    assert output == "(None, 0)\n"


def test_two_copies_of_the_module() -> None:
    """A reload by hand: each has hooks and sessions of its own."""
    output = run_python("""
import sys, libprof
first = libprof
def leaf(): pass
one = first.Profiler().start()
for name in [name for name in sys.modules if name.startswith("libprof")]:
    del sys.modules[name]
import libprof as second
assert second is not first
two = second.Profiler().start()
leaf()
print([f.calls for p in (two.stop(), one.stop()) for f in p.functions() if f.name == "leaf"])
""")
    assert output == "[1, 1]\n"


def test_hide_melts_code_into_its_callers() -> None:
    output = run_python("""
import libprof
from libprof import _native
namespace = {}
exec(compile("def hidden(call): call()", "/some/package/code.py", "exec"), namespace)
exec(compile("def shown(call): call()", "/some/other.py", "exec"), namespace)
_native.hide("/some/package/")
_native.hide("/some/package/")
def leaf(): pass
def outer():
    namespace["hidden"](lambda: namespace["shown"](leaf))
with libprof.Profiler() as profiler:
    outer()
(node,) = profiler.profile.root.children
while node.children:
    print(node.frame.name, end=" ")
    (node,) = node.children
print(node.frame.name)
""")
    assert output == "outer outer.<locals>.<lambda> shown leaf\n".replace(
        "outer.<locals>.", "outer.<locals>."
    )


@pytest.mark.parametrize("prefix", ["", None, b"/path"])
def test_hide_wants_the_beginning_of_a_path(prefix: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        _native.hide(prefix)  # type: ignore[arg-type]


def test_types_cannot_be_made_from_outside() -> None:
    for name in ("Profile",):
        with pytest.raises(TypeError, match="cannot create"):
            getattr(_native, name)()
