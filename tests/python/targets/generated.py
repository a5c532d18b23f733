# SPDX-License-Identifier: MIT
"""Programs that nobody thought of: Hypothesis puts calls of all kinds together."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from types import CodeType
from typing import Any

from hypothesis import strategies as st

from tests.python.targets import prelude

#: The file that generated programs say they stand in.
FILE = "<generated>"

FUNCTIONS = 5

#: Statements of an ordinary function; {f} is a function, {g} a generator, {a} a coroutine, {s} an
#: asynchronous generator, all below the function itself.
CALLS = (
    "{f}(n - 1)",
    "{f}(*[n - 1])",
    "{f}(**{{'n': n - 1}})",
    "{f}(*[], **dict(n=n - 1))",
    "(lambda: {f}(n - 1))()",
    "functools.partial({f}, n - 1)()",
    "functools.partial(functools.partial({f}), n=n - 1)(*())",
    "types.MethodType({f}, n - 1)()",
    "twice({f})(n - 1)",
    "(lambda cached: (cached(n), cached(n)))(functools.lru_cache({f}))",
    "functools.singledispatch({f})(n - 1)",
    "exec(compile('{f}(n - 1)', __file__, 'exec'), dict(globals(), n=n))",
    "eval(compile('{f}(n - 1)', __file__, 'eval'), dict(globals(), n=n))",
    "exec(compile('def made(): return {f}(n)\\nmade(); made(*())', __file__, 'exec'), globals())",
    "exec('{f}(n - 1)', dict(globals(), n=n))",
)
METHODS = (
    "Box({f}).call(n - 1)",
    "Box({f}).call(*[n - 1])",
    "Box.call(Box({f}), n - 1)",
    "bound = Box({f}).call; bound(n - 1); bound(*[n - 1])",
    "Box.make({f}).call(n - 1)",
    "Box({f}).make({f})",
    "Box.fixed({f}, n - 1)",
    "Sub({f}).fixed({f}, n - 1)",
    "Sub({f}).call(n - 1)",
    "super(Sub, Sub({f})).call(n - 1)",
    "Box({f})(n - 1)",
    "Box({f})(*[n - 1])",
    "Box({f}).item",
    "Box({f}).item = n",
    "Box({f}).absent",
    "Box({f}).described(n - 1)",
    "Box({f}).cached",
    "Box({f}).partial(n - 1)",
    "operator.methodcaller('call', n - 1)(Box({f}))",
    "operator.attrgetter('item')(Box({f}))",
    "getattr(Box({f}), 'item')",
    "Point(n).total({f})",
    "Point(n, made={f}) == Point(n)",
)
OPERATORS = (
    "Box({f}) + n",
    "box = Box({f}); box += n",
    "-Box({f})",
    "n in Box({f})",
    "Box({f})[n]",
    "Box({f})[1:n]",
    "len(Box({f}))",
    "not Box({f})",
    "Box({f}) == Box({f})",
    "[Box({f})].index(Box({f}))",
    "{{Box({f}): 1}}",
    "f'{{Box({f})}} {{Box({f})!r}}'",
    "str(Box({f})); repr(Box({f}))",
    "sorted([Box({f}), Box({f})])",
    "[*Box({f})]",
    "for _ in Box({f}): {f}(n - 1)",
    "with Box({f}) as box: {f}(n - 1)",
    "box = Loud({f}); del box",
    "held.append(Loud({f}))",
    "match Box({f}):\n    case Box(item=1): pass",
)
CALLBACKS = (
    "list(map({f}, [n - 1, n]))",
    "list(map({f}, *[[n - 1]]))",
    "list(filter({f}, [n - 1, n]))",
    "sorted([n, n - 1], key={f})",
    "[n, n - 1].sort(key={f})",
    "sorted([n, n - 1], key=functools.cmp_to_key(lambda a, b: {f}(b)))",
    "max([n, n - 1], key={f})",
    "functools.reduce(lambda a, b: {f}(b), [n, n - 1, 0])",
    "re.sub('a', lambda match: str({f}(n - 1)), 'aba')",
    "re.sub('a', functools.partial(Box({f}).formatted, n), 'aba')",
    "list(itertools.starmap({f}, [(n - 1,)]))",
    "list(itertools.takewhile({f}, [n, 0]))",
    "[list(group) for _, group in itertools.groupby([n, n - 1], {f})]",
    "collections.defaultdict(lambda: {f}(n - 1))[n]",
    "next(iter(functools.partial({f}, n - 1), None))",
    "heapq.heapify([Box({f}), Box({f})])",
    "bisect.bisect([n, n], n, key={f})",
    "len(list(zip({g}(n - 1), {g}(n - 1))))",
    "any(map({f}, [n, n - 1]))",
    "list(map(Box({f}).call, [n - 1]))",
    "list(map(Box, [{f}]))",
    "list(map(len, [[n], Box({f})]))",
)
COMPREHENSIONS = (
    "[{f}(m) for m in range(2)]",
    "{{{f}(m): {f}(m) for m in range(2)}}",
    "{{{f}(m) for m in [n]}}",
    "list({f}(m) for m in range(2))",
    "sum({f}(m) for m in range(3) if m)",
    "[[{f}(m) for m in range(k)] for k in range(2)]",
)
CLASSES = (
    "class Local: attribute = {f}(n - 1)",
    "class Local(Box): pass\nLocal({f}).call(n - 1)",
    "class Local(metaclass=Meta): function = {f}\nLocal()",
    "class Local:\n    def __set_name__(self, owner, name): {f}(n - 1)\nclass Owner: local = Local()",
    "class Local:\n    def __new__(cls): return ({f}(n - 1), object.__new__(cls))[1]\nLocal(); Local(*())",
    "class Local(list):\n    def append(self, item): super().append({f}(n - 1))\nLocal().append(n)",
    "type('Local', (Box,), {{}})({f}).call(n - 1)",
    "dataclasses.replace(Point(n), made={f}).total({f})",
    "Pair({f}(n - 1), n)._replace(left=n)",
)
GENERATORS = (
    "for _ in {g}(n - 1): pass",
    "for _ in {g}(n - 1): break",
    "next({g}(n - 1), None)",
    "max({g}(n - 1), default=0)",
    "it = {g}(n - 1); next(it, None); it.close()",
    "it = {g}(n - 1); next(it, None); del it",
    "it = {g}(n - 1); next(it, None); it.send(n)",
    "it = {g}(n - 1); it.close(); list(it)",
    "{g}(n - 1)",
    "held.append({g}(n - 1))",
    "held and next(held.pop(0), None)",
    "held and list(held.pop())",
    "with contextlib.closing({g}(n - 1)) as it: next(it)",
    "with managed({f}, n): {f}(n - 1)",
    "with contextlib.ExitStack() as stack: stack.callback({f}, n - 1); stack.enter_context(managed({f}, n))",
    "first, *rest = {g}(n - 1)",
)
THROWS = (
    "{g}(n - 1).throw(Boom)",
    "it = {g}(n - 1); next(it, None); it.throw(Boom)",
    "held and held.pop().throw(Boom)",
    "it = {a}(n - 1); it.send(None); it.throw(Boom)",
    "with managed({f}, n): raise Boom",
)
COROUTINES = (
    "drive({a}(n - 1))",
    "it = {a}(n - 1); it.send(None); it.close()",
    "it = {a}(n - 1); it.close()",
    "drive({s}(n - 1).__anext__())",
)
BUILTINS = (
    "len([n]); str(n); [].append(n); dict(a=n); list(); object()",
    "{{}}.get(n); 'a b'.split(); int('7'); print(*[], end='')",
    "append = [].append; append(n); append(*[n]); list.append([], n)",
    "str.split('a b'); str.join(',', 'ab'); dict.fromkeys('ab'); int.from_bytes(b'a', 'big')",
    "(3).__add__(n); int.__add__(3, n); object.__repr__(n); [].__len__()",
    "types.MethodType(len, [n])(); functools.partial(len, [n])(); list(map(len, [[n]]))",
    "isinstance(n, int); getattr([], 'append')(n); operator.itemgetter(0)([n])",
    "len(*[[n]]); len(*([n],), **{{}}); dict(**{{'a': n}}); int(*['7'])",
)
#: Builtins whose end nobody reports (3.12 and newer), and what comes next.
UNREPORTED = (
    "types.MethodType(len, [n])(*())",
    "types.MethodType(len, [n])(*()); {f}(n - 1)",
    "types.MethodType(len, [n])(*()); Box({f}) + n",
    "types.MethodType(len, [n])(*()); Box({f}).item",
    "box = Box({f}); types.MethodType(len, [n])(*()); box + n",
    "box = Box({f}); types.MethodType(len, [n])(*()); box.item",
    "box = Box(functools.lru_cache({f})); box.function(n); box.function(*[n]); -box",
    "Box({f}).remembered(*[n]); Box({f})[n]",
    "types.MethodType(sorted, [n, n - 1])(key={f}); Box({f})[n]",
    "types.MethodType(int, 'x')(*())",
)
RAISES = (
    "raise Boom",
    "int('x')",
    "1 // 0",
    "{f}(1, 2)",
    "{{}}[n]",
    "list(map(lambda m: 1 // m, [1, 0]))",
    "sorted([2, n, 0], key=lambda m: 1 // m)",
    "raise Boom from ValueError({f}(n - 1))",
    "next(iter([]))",
    "deep({f}, n, 7)",
    "assert not {f}(n - 1)",
)

GROUPS = {
    "calls": CALLS,
    "methods": METHODS,
    "operators": OPERATORS,
    "callbacks": CALLBACKS,
    "comprehensions": COMPREHENSIONS,
    "classes": CLASSES,
    "generators": GENERATORS,
    "throws": THROWS,
    "coroutines": COROUTINES,
    "builtins": BUILTINS,
    "unreported": UNREPORTED,
    "raises": RAISES,
}
ORDINARY = tuple(statement for group in GROUPS.values() for statement in group)
IN_GENERATOR = (
    "yield n",
    "yield {f}(n - 1)",
    "(yield)",
    "yield from {g}(n - 1)",
    "yield from [n, {f}(n - 1)]",
    "yield from Box({f})",
)
IN_COROUTINE = (
    "await pause()",
    "await {a}(n - 1)",
    "await Awaited({f})",
    "[_ async for _ in {s}(n - 1)]",
    "async for _ in {s}(n - 1): break",
    "async with Awaited({f}): await pause()",
    "it = {s}(n - 1); await anext(it, None); await it.aclose()",
    "it = {s}(n - 1); await anext(it, None); await it.asend(n)",
    "it = {s}(n - 1); await anext(it, None); await it.athrow(Boom)",
)
IN_ASYNC_GENERATOR = (*IN_COROUTINE, "yield n", "yield {f}(n - 1)")
#: Kinds of functions: how they begin and end, and which statements they alone may have.
KINDS = (
    ("def f{}(n=1):", "return n", ()),
    ("def g{}(n=1):", "yield n", IN_GENERATOR),
    ("async def a{}(n=1):", "return n", IN_COROUTINE),
    ("async def s{}(n=1):", "yield n", IN_ASYNC_GENERATOR),
)
#: A generated function has its kind's own statements as often as all others together.
OWN_SHARE = 10

BLOCKS = (
    "{}",
    "{}",
    "if n % 2:\n    {}",
    "try:\n    {}\nexcept Boom:\n    len([])",
    "try:\n    {}\nexcept Exception:\n    pass\nelse:\n    len([])",
    "with contextlib.suppress(Exception):\n    {}",
    "try:\n    {}\nfinally:\n    len([])",
    "try:\n    {}\nexcept* Boom:\n    len([])",
    "while True:\n    try:\n        {}\n    finally:\n        break",
)

MAIN = """
def main():
    for n in range(3):
        for start in (f0, lambda n: drive(a0(n)), lambda n: list(g0(n)), f1, f2):
            with contextlib.suppress(Exception, Spent):
                start(n)
"""


def _inserted(text: str, block: str) -> str:
    """The block with the text in its place, at its indentation."""
    lines = []
    for line in block.split("\n"):
        indentation = line[: len(line) - len(line.lstrip())]
        lines.append(line.format(text.replace("\n", "\n" + indentation)))
    return "\n".join(lines)


def _function(head: str, body: str, end: str) -> str:
    return _inserted(body, f"{head}\n    spend()\n    {{}}\n    {end}")


def _calling(statement: str, callee: int) -> str:
    return statement.format(f=f"f{callee}", g=f"g{callee}", a=f"a{callee}", s=f"s{callee}")


# ---- by chance -------------------------------------------------------------------------------------


@st.composite
def _body(draw: st.DrawFn, index: int, statements: tuple[str, ...]) -> str:
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        statement = _calling(
            draw(st.sampled_from(statements)), draw(st.integers(index + 1, FUNCTIONS))
        )
        lines.append(_inserted(statement, draw(st.sampled_from(BLOCKS))))
    return "\n".join(lines)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """The source of a program whose function `main` ends soon, one way or another."""
    parts = [prelude.SOURCE]
    for index in range(FUNCTIONS, -1, -1):
        for head, end, own in KINDS:
            statements = ORDINARY + own * OWN_SHARE
            body = "pass" if index == FUNCTIONS else draw(_body(index, statements))
            parts.append(_function(head.format(index), body, end))
    parts.append(MAIN)
    return "\n".join(parts)


# ---- one after the other ---------------------------------------------------------------------------

#: What statements are tried on: functions of each kind that catch, clean up and delegate.
CALLEES = """
def f2(n=1):
    spend()
    return len([n]) * n

def g2(n=1):
    try:
        yield f2(n)
    except Boom:
        yield f2(n)
    finally:
        f2(n)

def g1(n=1):
    try:
        yield from g2(n)
    finally:
        f2(n)

async def a2(n=1):
    try:
        await pause()
    except Boom:
        await pause()
    finally:
        f2(n)

async def a1(n=1):
    try:
        await a2(n)
        return f2(n)
    finally:
        f2(n)

async def s1(n=1):
    try:
        await a2(n)
        yield n
    except Boom:
        yield f2(n)
    finally:
        await a2(n)

def f1(n=1):
    return f2(n)
"""

EACH_MAIN = """
def main():
    for drive_kind, function in functions:
        for n in range(3):
            with contextlib.suppress(Exception):
                drive_kind(function(n))
"""
DRIVERS = {"f": "id", "g": "list", "a": "drive", "s": "drain"}


def each_statement(group: str) -> str:
    """A program with each statement of a group in each kind of function, in every other kind of block
    (their number is odd, so that the next statement has the others).
    """
    set_of_blocks = list(dict.fromkeys(BLOCKS))[1:]
    parts = [prelude.SOURCE, CALLEES, "budget = itertools.repeat(0)\nfunctions = []"]
    for head, end, own in KINDS:
        statements = own if group == "own" else GROUPS[group]
        pairs = itertools.islice(itertools.product(statements, set_of_blocks), 0, None, 2)
        for number, (statement, block) in enumerate(pairs):
            body = _inserted(_calling(statement, 1), block)
            parts.append(_function(head.format(f"_{number}"), body, end))
            kind = head.partition("{")[0][-1]
            parts.append(f"functions.append(({DRIVERS[kind]}, {kind}_{number}))")
    parts.append(EACH_MAIN)
    return "\n".join(parts)


def compiled(source: str) -> CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # leaving a `finally` by `break` is meant
        return compile(source, FILE, "exec")


def main_of(source: str) -> Callable[[], object]:
    """The function `main` of a program, in a module of its own."""
    namespace: dict[str, Any] = {"__file__": FILE, "__name__": __name__}
    exec(compiled(source), namespace)
    return namespace["main"]
