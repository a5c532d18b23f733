# SPDX-License-Identifier: MIT
"""Every way of calling something in Python, one function each. The tests compare call counts."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import operator
import re
import types
from collections.abc import AsyncIterator, Iterator
from typing import Any

# ruff: noqa: B018, C417, C416, C419, E731, PIE804, SIM, S102, B904, RUF


def leaf(value: Any = 0) -> Any:
    return value


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def functions() -> None:
    leaf()
    leaf(1)
    leaf(value=2)
    leaf(*(3,))
    leaf(**{"value": 4})
    (lambda: leaf(5))()
    fib(9)


def mutual_recursion() -> None:
    def even(n: int) -> bool:
        return n == 0 or odd(n - 1)

    def odd(n: int) -> bool:
        return n != 0 and even(n - 1)

    even(30)
    odd(17)


class Thing:
    count = 0

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def method(self, *args: int) -> int:
        return self.value + len(args)

    @classmethod
    def make(cls) -> Thing:
        return cls(1)

    @staticmethod
    def fixed() -> int:
        return 3

    @property
    def doubled(self) -> int:
        return self.value * 2

    def __call__(self, n: int = 0) -> int:
        return n

    def __add__(self, other: Thing) -> Thing:
        return Thing(self.value + other.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing) and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: Thing) -> bool:
        return self.value < other.value

    def __getitem__(self, index: int) -> int:
        if index > 3:
            raise IndexError(index)
        return index

    def __len__(self) -> int:
        return 4

    def __contains__(self, item: object) -> bool:
        return item == 2

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"Thing({self.value})"

    def __getattr__(self, name: str) -> str:
        return name

    def __del__(self) -> None:
        Thing.count += 1


class Child(Thing):
    def __init__(self) -> None:
        super().__init__(7)

    def method(self, *args: int) -> int:
        return super().method(*args) + 1


def methods() -> None:
    thing = Thing()
    thing.method()
    thing.method(1, 2)
    thing.method(*range(3))
    Thing.method(thing)
    bound = thing.method
    bound(1)
    types.MethodType(Thing.method, thing)(1)
    Thing.make().make()
    Thing.fixed()
    thing.fixed()
    thing.doubled
    thing()
    thing(*(1,))
    (thing + thing) + thing
    thing == Thing()
    len(thing), bool(thing), repr(thing), hash(thing)
    2 in thing
    thing.anything
    list(thing)
    Child().method(1)
    min(Thing(3), Thing(2))
    sorted([Thing(3), Thing(1), Thing(2)])
    {Thing(1): 1, Thing(1): 2}


def closures() -> None:
    def make(n: int) -> Any:
        def add(m: int) -> int:
            return n + m

        return add

    adders = [make(n) for n in range(3)]
    [add(1) for add in adders for _ in range(2)]


def decorated() -> None:
    def twice(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            function(*args, **kwargs)
            return function(*args, **kwargs)

        return wrapper

    @twice
    @functools.lru_cache(maxsize=None)
    def cached(n: int) -> int:
        return n

    @functools.singledispatch
    def generic(value: object) -> str:
        return "object"

    @generic.register
    def _(value: int) -> str:
        return "int"

    for n in (1, 2, 1):
        cached(n)
    generic(1)
    generic("a")


def numbers(n: int) -> Iterator[int]:
    for i in range(n):
        yield leaf(i)


def chained(n: int) -> Iterator[int]:
    yield from numbers(n)
    yield from chained(n - 1) if n else ()


def generators() -> None:
    list(numbers(5))
    sum(n for n in numbers(4))
    for n in numbers(9):
        if n > 2:
            break
    list(chained(3))
    dict(zip(numbers(3), numbers(9)))
    first, *rest = numbers(3)
    max(numbers(4), key=leaf)
    numbers(3)
    next(numbers(1))
    [*numbers(2), *numbers(3)]
    any(n > 1 for n in numbers(5))


def generator_protocol() -> None:
    def echo() -> Iterator[int]:
        got = 0
        while True:
            try:
                got = yield leaf(got)
            except KeyError:
                got = -1

    generator = echo()
    next(generator)
    generator.send(1)
    generator.throw(KeyError)
    generator.close()

    def stubborn() -> Iterator[int]:
        try:
            yield 1
        finally:
            leaf(1)

    one = stubborn()
    next(one)
    one.close()
    two = stubborn()
    next(two)
    del two
    three = stubborn()
    with contextlib.suppress(KeyError):
        next(three)
        three.throw(KeyError)
    four = stubborn()
    with contextlib.suppress(KeyError):
        four.throw(KeyError)
    five = stubborn()
    five.close()
    plain = numbers(3)
    next(plain)
    plain.close()

    def delegates() -> Iterator[int]:
        yield from stubborn()

    six = delegates()
    next(six)
    with contextlib.suppress(KeyError):
        six.throw(KeyError)
    seven = delegates()
    next(seven)
    seven.close()


def fail(depth: int) -> None:
    if depth == 0:
        raise KeyError("deep")
    fail(depth - 1)


def cleanup(depth: int) -> None:
    try:
        fail(depth)
    finally:
        leaf(depth)


def exceptions() -> None:
    for depth in range(4):
        with contextlib.suppress(KeyError):
            fail(depth)
        with contextlib.suppress(KeyError):
            cleanup(depth)
    try:
        try:
            fail(1)
        except KeyError as error:
            raise ValueError from error
    except ValueError:
        leaf(1)
    try:
        int("x")
    except ValueError:
        leaf(2)
    try:
        leaf(1, 2)
    except TypeError:
        leaf(3)
    try:
        {}["absent"]
    except KeyError:
        leaf(4)
    with contextlib.suppress(ZeroDivisionError):
        list(map(lambda n: 1 // n, [1, 0]))
    with contextlib.suppress(ZeroDivisionError):
        sorted([2, 1, 0], key=lambda n: 1 // n)
    with contextlib.suppress(StopIteration):
        next(iter([]))
    with contextlib.suppress(SystemExit):
        raise SystemExit(1)
    try:
        raise ExceptionGroup("group", [KeyError(), ValueError()])
    except* KeyError:
        leaf(5)
    except* ValueError:
        leaf(6)


@contextlib.contextmanager
def managed(swallow: bool) -> Iterator[int]:
    try:
        yield leaf(1)
    except KeyError:
        if not swallow:
            raise


def context_managers() -> None:
    with managed(True) as value:
        leaf(value)
        fail(2)
    with contextlib.suppress(KeyError), managed(False):
        fail(1)
    with contextlib.ExitStack() as stack:
        stack.callback(leaf, 1)
        stack.enter_context(managed(True))


def comprehensions() -> None:
    [leaf(n) for n in range(3)]
    {leaf(n) for n in range(3)}
    {leaf(n): leaf(n) for n in range(3)}
    list(leaf(n) for n in range(3))
    [[leaf(m) for m in range(n)] for n in range(3)]


def callables() -> None:
    functools.partial(leaf, 1)()
    functools.partial(fib)(5)
    functools.partial(Thing().method, 1)(2)
    functools.partialmethod(Thing.method, 1).__get__(Thing())(2)
    functools.reduce(lambda a, b: a + b, range(5))
    list(map(leaf, range(3)))
    list(filter(leaf, range(3)))
    sorted([3, 1, 2], key=leaf)
    sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: a - b))
    max([1, 2], key=lambda n: -n)
    list(itertools.starmap(leaf, [(1,), (2,)]))
    list(itertools.takewhile(leaf, [1, 2, 0]))
    operator.methodcaller("method", 1)(Thing())
    operator.attrgetter("doubled")(Thing(2))
    re.sub("a", lambda match: match[0].upper(), "banana")
    list(iter(functools.partial(leaf, 1), 1))


def classes() -> None:
    class Meta(type):
        def __new__(mcs, name: str, bases: Any, namespace: Any) -> Any:
            return super().__new__(mcs, name, bases, namespace)

        def __call__(cls, *args: Any) -> Any:
            return super().__call__(*args)

    class Made(metaclass=Meta):
        attribute = leaf(1)

        def __new__(cls, value: int) -> Any:
            return super().__new__(cls)

        def __init__(self, value: int) -> None:
            self.value = value

        def __init_subclass__(cls) -> None:
            leaf(2)

    class Sub(Made):
        pass

    Made(1)
    Sub(2)

    class Descriptor:
        def __get__(self, instance: Any, owner: Any) -> Any:
            return leaf

        def __set__(self, instance: Any, value: Any) -> None:
            leaf(value)

        def __set_name__(self, owner: Any, name: str) -> None:
            leaf(name)

    class Holder:
        described = Descriptor()
        __slots__ = ("slot",)

    holder = Holder()
    holder.described(1)
    holder.described = 2
    holder.slot = 3

    class Tuple(tuple):  # noqa: E306
        def __new__(cls, *items: int) -> Any:
            return super().__new__(cls, items)

    Tuple(1, 2)


def dynamic() -> None:
    namespace: dict[str, Any] = {"leaf": leaf}
    exec(compile("def made(): return leaf(1)\nmade(); made()", __file__, "exec"), namespace)
    eval(compile("leaf(2)", __file__, "eval"), namespace)
    namespace["made"](*())


def builtin_calls() -> None:
    items: list[int] = []
    append = items.append
    append(1)
    append(*[2])
    items.append(3)
    list.append(items, 4)
    len(items), len(*[items]), len(*(items,), **{})
    print(*[], end="")
    "a b".split()
    "a b".split(sep=" ")
    str.split("a b")
    dict(a=1), int("3"), list(), set(), str(b"a", "ascii"), object()
    dict.fromkeys("ab"), bytes.fromhex("00"), int.from_bytes(b"a", "big")
    [].__len__(), object.__repr__(3), (3).__add__(4), int.__add__(3, 4)
    str.maketrans("a", "b")
    abs(-1), divmod(3, 2), isinstance(1, int), getattr(items, "append")(5)
    types.MethodType(len, items)()
    functools.partial(len, items)()
    operator.itemgetter(0)(items)
    list(map(len, ["a", "bc"]))
    sorted(["b", "a"], key=str.lower)
    sorted(["b", "a"], key=len)
    leaf(1)


async def async_leaf(value: int) -> int:
    await asyncio.sleep(0)
    return leaf(value)


async def async_numbers(n: int) -> AsyncIterator[int]:
    for i in range(n):
        await asyncio.sleep(0)
        yield leaf(i)


class AsyncManaged:
    async def __aenter__(self) -> int:
        return await async_leaf(1)

    async def __aexit__(self, *error: object) -> None:
        await async_leaf(2)


async def async_program() -> None:
    await async_leaf(1)
    await asyncio.gather(async_leaf(1), async_leaf(2), async_leaf(3))
    [n async for n in async_numbers(3)]
    async for n in async_numbers(5):
        if n == 2:
            break
    async with AsyncManaged():
        leaf(1)
    async with asyncio.TaskGroup() as group:
        group.create_task(async_leaf(1))
        group.create_task(async_leaf(2))
    task = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.001):
            await asyncio.sleep(60)
    generator = async_numbers(3)
    await generator.__anext__()
    await generator.aclose()
    failing = await asyncio.gather(async_leaf(1), async_fail(), return_exceptions=True)
    leaf(failing)


async def async_fail() -> None:
    await async_leaf(0)
    fail(2)


def asynchronous() -> None:
    asyncio.run(async_program())


def garbage() -> None:
    import gc

    things = [Thing(n) for n in range(3)]
    things[0].cycle = things
    del things
    gc.collect()


PROGRAMS = (
    functions,
    mutual_recursion,
    methods,
    closures,
    decorated,
    generators,
    generator_protocol,
    exceptions,
    context_managers,
    comprehensions,
    callables,
    classes,
    dynamic,
    builtin_calls,
    asynchronous,
    garbage,
)
