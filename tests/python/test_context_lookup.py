# SPDX-License-Identifier: MIT
"""Context variables, read as a signal handler has to, are what the interpreter says they are."""

from __future__ import annotations

import random
from contextvars import Context, ContextVar, copy_context
from types import ModuleType
from typing import Any

import pytest


@pytest.mark.parametrize("others", [0, 1, 5, 15, 16, 17, 40, 500, 3000])
def test_a_variable_is_found_among_others(code_facts: ModuleType, others: int) -> None:
    variable: ContextVar[object] = ContextVar("wanted")

    def look() -> None:
        kept = [ContextVar[int](f"v{i}") for i in range(others)]
        for number, other in enumerate(kept):
            other.set(number)
        assert code_facts.lookup(variable) == (True, None)
        value = object()
        variable.set(value)
        assert code_facts.lookup(variable) == (True, value)
        for other in kept:
            assert code_facts.lookup(other) == (True, other.get())
            break

    Context().run(look)


def test_what_is_set_changed_and_taken_back(code_facts: ModuleType) -> None:
    """Any history: the same as ContextVar.get()."""
    chance = random.Random(5)
    variables = [ContextVar[Any](f"v{i}", default=None) for i in range(60)]

    def live() -> None:
        tokens = []
        for step in range(600):
            variable = chance.choice(variables)
            if tokens and chance.random() < 0.4:
                owner, token = tokens.pop(chance.randrange(len(tokens)))
                try:
                    owner.reset(token)
                except RuntimeError:  # used already, through another one of the same variable
                    continue
            else:
                tokens.append((variable, variable.set(step)))
            looked_at = chance.choice(variables)
            assert code_facts.lookup(looked_at) == (True, looked_at.get())

    Context().run(live)


def test_the_context_that_runs_counts(code_facts: ModuleType) -> None:
    variable: ContextVar[str] = ContextVar("wanted")
    variable.set("outer")
    inner = copy_context()
    inner.run(variable.set, "inner")
    assert code_facts.lookup(variable) == (True, "outer")
    assert inner.run(code_facts.lookup, variable) == (True, "inner")
    assert Context().run(code_facts.lookup, variable) == (True, None)
