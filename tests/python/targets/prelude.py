# SPDX-License-Identifier: MIT
"""What generated programs call: part of each of them, so that it stands in the same file."""

from __future__ import annotations

SOURCE = '''
import bisect, collections, contextlib, dataclasses, functools, heapq, itertools, operator, re, types

class Boom(Exception):
    pass

class Spent(BaseException):
    """Ends programs that would take too long, through all levels at once."""

budget = itertools.count()
held = []

def spend():
    if next(budget) > 1500:
        raise Spent

def drive(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        return None

def drain(items):
    async def collect():
        return [item async for item in items]
    drive(collect())

@types.coroutine
def pause():
    yield

def twice(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        function(*args, **kwargs)
        return function(*args, **kwargs)
    return wrapper

def deep(function, n, levels):
    try:
        if levels == 0:
            function(n - 1)
            raise Boom
        deep(function, n, levels - 1)
    finally:
        if levels % 3 == 0:
            function(n - 1)

@contextlib.contextmanager
def managed(function, n):
    try:
        yield function(n - 1)
    finally:
        function(n - 1)

class Descriptor:
    def __get__(self, instance, owner):
        return self if instance is None else instance.function
    def __set__(self, instance, value):
        instance.function(value)

class Box:
    described = Descriptor()
    def __init__(self, function):
        self.function = function
    @classmethod
    def make(cls, function):
        return cls(function)
    @staticmethod
    def fixed(function, n):
        return function(n)
    def call(self, n):
        return self.function(n)
    def formatted(self, n, match):
        return str(self.function(n - 1))
    partial = functools.partialmethod(call)
    def __call__(self, n):
        return self.function(n)
    @property
    def item(self):
        return self.function(1)
    @item.setter
    def item(self, value):
        self.function(value)
    @functools.cached_property
    def cached(self):
        return self.function(1)
    @functools.lru_cache
    def remembered(self, n):
        return self.function(n)
    def __getattr__(self, name):
        return self.function(len(name))
    def __add__(self, other):
        return self.function(other)
    def __iadd__(self, other):
        self.function(other)
        return self
    def __neg__(self):
        return self.function(1)
    def __contains__(self, item):
        return self.function(item)
    def __getitem__(self, index):
        return self.function(index if isinstance(index, int) else 1)
    def __len__(self):
        return abs(self.function(1) or 0)
    def __bool__(self):
        return bool(self.function(1))
    def __eq__(self, other):
        return bool(self.function(1))
    def __hash__(self):
        return self.function(1) or 0
    def __lt__(self, other):
        return bool(self.function(1))
    def __repr__(self):
        return str(self.function(1))
    def __format__(self, spec):
        return str(self.function(1))
    def __enter__(self):
        return self.function(1)
    def __exit__(self, *error):
        self.function(1)
    def __iter__(self):
        return Steps(self.function)

class Steps:
    def __init__(self, function):
        self.function, self.left = function, 2
    def __iter__(self):
        return self
    def __next__(self):
        self.left -= 1
        if self.left < 0:
            raise StopIteration
        return self.function(self.left)

class Sub(Box):
    def __init__(self, function):
        super().__init__(function)
    def call(self, n):
        return super().call(n) or Box.call(self, n)

class Loud:
    def __init__(self, function):
        self.function = function
    def __next__(self):
        return self.function(1)
    def __iter__(self):
        return iter([self.function(1)])
    def throw(self, error):
        raise error
    def __del__(self):
        with contextlib.suppress(Exception, Spent):
            self.function(1)

class Meta(type):
    def __new__(mcs, name, bases, namespace):
        return super().__new__(mcs, name, bases, namespace)
    def __call__(cls, *args):
        cls.function(1)
        return super().__call__(*args)

@dataclasses.dataclass
class Point:
    x: int
    y: list = dataclasses.field(default_factory=lambda: [len("y")])
    made: object = None
    def __post_init__(self):
        self.made and self.made(self.x)
    def total(self, function):
        return function(self.x + len(self.y))

Pair = collections.namedtuple("Pair", "left right")

class Awaited:
    def __init__(self, function):
        self.function = function
    def __await__(self):
        self.function(1)
        yield
        self.function(1)
    async def __aenter__(self):
        await self
    async def __aexit__(self, *error):
        await self
'''
