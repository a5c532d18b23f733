# SPDX-License-Identifier: MIT
"""What the torture runs: code that is made, called once and dropped, and everything else that moves frames about."""

from __future__ import annotations

import contextlib
import contextvars
import gc
import hashlib
import itertools
import random
import re
import threading
import time
import types
from collections.abc import Callable, Generator, Iterator
from typing import Any

Step = Callable[[], object]


# ---- code that is made and dropped ------------------------------------------------------------------


def spin(step: Step) -> None:
    for _ in range(12):
        step()


def outer_plain(inner: Callable[[Step], object], step: Step) -> object:
    for _ in range(12):
        step()
    inner(step)
    return inner(step)


def outer_closed(inner: Callable[[Step], object], step: Step, *rest: int, **more: int) -> object:
    try:
        inner(step)
        raise KeyError(rest, more)
    except KeyError:
        return inner(step)


def outer_generator(inner: Callable[[Step], object], step: Step) -> Iterator[object]:
    for _ in range(3):
        yield inner(step)
        step()


async def outer_coroutine(inner: Callable[[Step], object], step: Step) -> object:
    inner(step)
    await pause()
    return inner(step)


def inner_plain(step: Step) -> None:
    for _ in range(12):
        step()


def inner_sorts(step: Step) -> None:
    for _ in range(4):
        step()
    sorted(range(6), key=lambda n: -n)


def inner_large(step: Step) -> list[int]:
    a = b = c = d = e = f = g = h = 0
    for _ in range(8):
        step()
        a, b, c, d, e, f, g, h = b, c, d, e, f, g, h, a + 1
    return [a, b, c, d, e, f, g, h, *range(20)]


@types.coroutine
def pause() -> Generator[None, None, None]:
    yield


OUTERS = (outer_plain, outer_closed, outer_generator, outer_coroutine)
INNERS = (inner_plain, inner_sorts, inner_large)

#: Text of one, two and four bytes a character, and none but ASCII.
LETTERS = ("f", "é", "ж", "𐍈")
MADE = re.compile(r"^(?P<letter>[féж𐍈])en_(?P<number>\d+)\.py$")

numbers = itertools.count(1)


def make(number: int, letter: str, part: str, template: Any) -> Any:
    """A copy of the function whose name, file and line all say the number."""
    code = template.__code__.replace(
        co_name=f"{letter}_{part}_{number}",
        co_qualname=f"{letter}_{part}_{number}",
        co_filename=f"{letter}en_{number}.py",
        co_firstlineno=number,
    )
    return types.FunctionType(code, template.__globals__, closure=template.__closure__)


def compiled(number: int, letter: str, part: str) -> Any:
    names: dict[str, Any] = {}
    lines = "\n" * (number % 50)
    text = f"def {letter}_{part}_{number}(step):\n for _ in range(12): step()\n"
    exec(compile(lines + text, f"{letter}en_{number}.py", "exec"), names)
    made = names[f"{letter}_{part}_{number}"]
    made.__code__ = made.__code__.replace(co_firstlineno=number)
    return made


class Flow:
    """What ran in the innermost session of a context, by number."""

    def __init__(self, ran: set[int]) -> None:
        self.ran = ran


FLOW: contextvars.ContextVar[Flow] = contextvars.ContextVar("flow")


def pair(source: random.Random) -> tuple[Any, Any]:
    number = next(numbers)
    letter = source.choice(LETTERS)
    flow = FLOW.get(None)
    if flow is not None:
        flow.ran.add(number)
    inner = (
        compiled(number, letter, "inner")
        if source.random() < 0.05
        else make(number, letter, "inner", source.choice(INNERS))
    )
    return make(number, letter, "outer", source.choice(OUTERS)), inner


def run_made(source: random.Random, step: Step) -> None:
    outer, inner = pair(source)
    result = outer(inner, step)
    if isinstance(result, types.GeneratorType):
        if source.random() < 0.2:
            next(result)
            result.close()
        else:
            list(result)
    elif isinstance(result, types.CoroutineType):
        with contextlib.suppress(StopIteration):
            while True:
                result.send(None)


# ---- work -------------------------------------------------------------------------------------------


class Finalised:
    def __del__(self) -> None:
        recursion(3, int)


class Cycle:
    def __init__(self) -> None:
        self.me = self
        self.code = make(next(numbers), "f", "unused", inner_plain)

    def __del__(self) -> None:
        recursion(2, int)


def recursion(depth: int, step: Step) -> int:
    if depth:
        return recursion(depth - 1, step)
    step()
    return 0


def generators(depth: int) -> Iterator[int]:
    if depth:
        yield from generators(depth - 1)
    yield depth


async def coroutines(depth: int) -> int:
    if depth:
        return await coroutines(depth - 1)
    await pause()
    return 0


def exceptions(depth: int) -> None:
    try:
        if depth:
            exceptions(depth - 1)
        else:
            raise KeyError
    finally:
        Finalised()


def caught(depth: int) -> None:
    with contextlib.suppress(KeyError):
        exceptions(depth)


VARIABLES = [contextvars.ContextVar[int](f"variable_{number}") for number in range(100)]


def set_variables(source: random.Random, step: Step) -> None:
    for variable in source.sample(VARIABLES, source.choice((1, 2, 15, 16, 17, 40, 100))):
        variable.set(source.randrange(1000))
        step()
    run_made(source, step)


def variables(source: random.Random, step: Step) -> None:
    contextvars.copy_context().run(set_variables, source, step)
    variable = source.choice(VARIABLES)
    token = variable.set(1)
    run_made(source, step)
    variable.reset(token)


def elsewhere(source: random.Random, step: Step) -> None:
    """In a context that is in no session: nothing of it may show."""
    contextvars.Context().run(run_made, source, step)


def callbacks(source: random.Random, step: Step) -> None:
    sorted(range(5), key=lambda n: recursion(n, step) or n)
    list(map(recursion, range(3), [step] * 3))


def drive(coroutine: types.CoroutineType[Any, Any, Any]) -> None:
    with contextlib.suppress(StopIteration):
        while True:
            coroutine.send(None)


def short_thread(source: random.Random, step: Step) -> None:
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(run_made, random.Random(), step))
    thread.start()
    run_made(source, step)
    thread.join()


def without_lock(source: random.Random, step: Step) -> None:
    """Some of the waits are long enough for the watcher to look after the thread."""
    hashlib.sha256(b"x" * 50_000).digest()
    time.sleep(source.choice((0, 0.0002, 0.001, 0.003)))
    step()


def chunk_ends(source: random.Random, step: Step) -> None:
    for depth in range(source.randrange(4), 160, 4):
        recursion(depth, step)


WORK: list[tuple[int, Callable[[random.Random, Step], object]]] = [
    (30, run_made),
    (6, variables),
    (3, elsewhere),
    (3, callbacks),
    (2, chunk_ends),
    (2, without_lock),
    (2, lambda source, step: [Cycle() for _ in range(3)]),
    (2, lambda source, step: recursion(source.randrange(60), step)),
    (1, lambda source, step: recursion(source.choice((300, 1010, 1030, 1500)), step)),
    (2, lambda source, step: list(generators(source.randrange(20)))),
    (2, lambda source, step: drive(coroutines(source.randrange(30)))),  # type: ignore[arg-type]
    (2, lambda source, step: caught(source.randrange(25))),
    (1, lambda source, step: gc.collect(source.randrange(3))),
    (1, short_thread),
]
WEIGHTS = [weight for weight, _ in WORK]


def work(source: random.Random, seconds: float) -> None:
    end = time.monotonic() + seconds
    step = source.choice((int, time.monotonic, lambda: None, lambda: recursion(2, int)))
    while time.monotonic() < end:
        _, function = source.choices(WORK, WEIGHTS)[0]
        function(source, step)
