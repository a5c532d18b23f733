# SPDX-License-Identifier: MIT
"""Programs that nobody thought of: Hypothesis puts calls of all kinds together."""

from __future__ import annotations

from hypothesis import strategies as st

#: What generated programs call for their helpers; part of each program.
PRELUDE = """
import contextlib, functools, types

class Boom(Exception):
    pass

def drive(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        return None

@types.coroutine
def pause():
    yield
"""

FUNCTIONS = 5

#: Statements of an ordinary function; {f} is a function, {g} a generator, {a} a coroutine below it.
ORDINARY = (
    "{f}(n - 1)",
    "{f}(*[n - 1])",
    "{f}(n=n - 1)",
    "(lambda: {f}(n - 1))()",
    "functools.partial({f}, n - 1)()",
    "Box({f}).call(n - 1)",
    "Box({f})(n - 1)",
    "Box({f}).item",
    "list(map({f}, [n - 1]))",
    "[{f}(n - 1) for _ in range(2)]",
    "list({f}(n - 1) for _ in range(2))",
    "sorted([n, n - 1], key={f})",
    "for _ in {g}(n - 1): pass",
    "next({g}(n - 1), None)",
    "max({g}(n - 1), default=0)",
    "drive({a}(n - 1))",
    "it = {g}(n - 1); next(it, None); it.close()",
    "it = {g}(n - 1); next(it, None); del it",
    "held.append({g}(n - 1))",
    "held and next(held.pop(), None)",
    "held and held.pop().throw(Boom)",
    "exec('{f}(n - 1)', dict(globals(), n=n))",
    "len([n]); str(n); [].append(n); dict(a=n); types.MethodType(len, [n])()",
    "{{}}.get(n); 'a b'.split(); int('7'); print(*[], end='')",
    "types.MethodType({f}, n - 1)()",
    "int('x')",
    "raise Boom",
)
GENERATOR = ("yield n", "yield {f}(n - 1)", "yield from {g}(n - 1)", "(yield)")
COROUTINE = ("await pause()", "await {a}(n - 1)", "[_ async for _ in {s}(n - 1)]")

BLOCKS = (
    "{}",
    "if n % 2:\n    {}",
    "try:\n    {}\nexcept Boom:\n    len([])",
    "try:\n    {}\nexcept Exception:\n    pass",
    "with contextlib.suppress(Exception):\n    {}",
    "try:\n    {}\nfinally:\n    len([])",
)

BOX = """
class Box:
    def __init__(self, function):
        self.function = function
    def call(self, n):
        return self.function(n)
    def __call__(self, n):
        return self.function(n)
    @property
    def item(self):
        return self.function(1)
"""


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.split("\n"))


MAIN = """
def main():
    for n in range(3):
        for start in (f0, lambda n: drive(a0(n)), lambda n: list(g0(n)), f1, f2):
            with contextlib.suppress(Exception):
                start(n)
"""


@st.composite
def _body(draw: st.DrawFn, index: int, kinds: tuple[str, ...]) -> str:
    lines = []
    for _ in range(draw(st.integers(2, 4))):
        callee = draw(st.integers(index + 1, FUNCTIONS))
        statement = draw(st.sampled_from(kinds)).format(
            f=f"f{callee}", g=f"g{callee}", a=f"a{callee}", s=f"s{callee}"
        )
        lines.append(draw(st.sampled_from(BLOCKS)).format(statement))
    return _indented("\n".join(lines), 4)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """The source of a program whose function `main` ends soon, one way or another."""
    parts = [PRELUDE, BOX, "held = []"]
    for index in range(FUNCTIONS, -1, -1):
        last = index == FUNCTIONS
        for head, kinds, end in (
            (f"def f{index}(n=1):", ORDINARY, "return n"),
            (f"def g{index}(n=1):", ORDINARY + GENERATOR * 3, "yield n"),
            (f"async def a{index}(n=1):", ORDINARY + COROUTINE * 5, "return n"),
            (
                f"async def s{index}(n=1):",
                ORDINARY + COROUTINE[:2] * 5 + ("yield n",) * 8,
                "yield n",
            ),
        ):
            body = "" if last else draw(_body(index, kinds)) + "\n"
            parts.append(f"{head}\n{body}    {end}")
    parts.append(MAIN)
    return "\n".join(parts)
