# SPDX-License-Identifier: MIT
"""Programs that load a profiler in different ways. Each runs some tens of milliseconds unprofiled."""

from __future__ import annotations

import ast
import io
import json
import json.encoder
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOURCE = Path(json.encoder.__file__).read_text(encoding="utf-8")


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def recursion() -> None:
    """Python calls and nothing else."""
    fib(21)


def _step(value: int) -> int:
    return value + 1


def call_loop() -> None:
    """Python calls and builtins in turn, on a short stack."""
    values: list[int] = []
    append, table = values.append, {1: 2}
    for index in range(20_000):
        append(_step(index))
        len(values)
        table.get(index)


def syntax_tree() -> None:
    """Recursive visitors, isinstance, string building."""
    ast.unparse(ast.parse(SOURCE))


class _Encoder(json.JSONEncoder):
    def iterencode(self, value: object, _one_shot: bool = False) -> Iterator[str]:
        return super().iterencode(value, _one_shot=False)


_TREE = {"rows": [{"id": n, "name": f"row {n}", "tags": ["a", "b", n / 3]} for n in range(1500)]}


def json_encoder() -> None:
    """Nested generators: the encoder written in Python."""
    "".join(_Encoder(indent=1).iterencode(_TREE))


def tokenizer() -> None:
    """Generators with much work of their own."""
    for _ in tokenize.generate_tokens(io.StringIO(SOURCE).readline):
        pass


WORKLOADS: tuple[Callable[[], None], ...] = (
    recursion,
    call_loop,
    syntax_tree,
    json_encoder,
    tokenizer,
)
