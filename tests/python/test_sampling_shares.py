# SPDX-License-Identifier: MIT
"""Both engines say the same of one program: which function takes which share of the time."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

import libprof
from tests.python.sampled import sampler


def parse(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def render(rows: list[int]) -> str:
    return "".join([escape(f"<td>{row}</td>") for row in rows])


def query() -> None:
    time.sleep(0.004)


def fibonacci(n: int) -> int:
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def total(rows: list[int]) -> int:
    result = 0
    for row in rows * 20:
        result += row * row % 7
    return result


def mixed(seconds: float) -> None:
    text = ",".join(map(str, range(2000)))
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        rows = parse(text)
        render(rows)
        query()
        fibonacci(13)
        total(rows)


def shares(profile: libprof.Profile, column: str) -> dict[str, float]:
    """Of the whole, in points, by function of this file, with the builtins and comprehensions it uses."""
    times: dict[str, float] = {}
    stack = [(profile.root, "")]
    while stack:
        node, owner = stack.pop()
        if node.frame.file == __file__:
            owner = node.frame.name.partition(".<locals>")[0]
        times[owner] = times.get(owner, 0) + getattr(node, column)
        stack.extend((child, owner) for child in node.children)
    del times[""]
    whole = sum(times.values())
    return {name: 100 * own / whole for name, own in times.items()}


def check_shares(found: dict[str, float], expected: dict[str, float]) -> None:
    wrong = {
        name: (found.get(name, 0), expected.get(name, 0))
        for name in found.keys() | expected.keys()
        if max(found.get(name, 0), expected.get(name, 0)) > 2
        and abs(found.get(name, 0) - expected.get(name, 0)) > 3
    }
    assert not wrong, (found, expected)
    assert len([share for share in expected.values() if share > 2]) >= 4, expected


#: A bias shows each time. What a busy machine does, which holds ticks back until it lets the thread run again,
#: does not: one attempt on which it lets the program alone is enough.
ATTEMPTS = 5


def attempt(check: Callable[[], None]) -> None:
    for _ in range(ATTEMPTS - 1):
        try:
            return check()
        except AssertionError:
            continue
    return check()


@pytest.mark.slow
def test_shares_are_those_of_tracing_at_once() -> None:
    """In one run, in which samples see the hooks' time as well. A share of 30 % of 2000 samples is known to
    one point (its standard deviation)."""

    def check() -> None:
        with libprof.Profiler() as traced, sampler(interval=0.001) as sampled:
            mixed(2)
        check_shares(
            shares(sampled.profile, "self_wall_ns"), shares(traced.profile, "raw_self_wall_ns")
        )

    attempt(check)


def true_shares(seconds: float) -> dict[str, float]:
    """Of CPU time, by the thread's clock around each part; of tracing this is only nearly true: on 3.11 a
    traced program is slower between events as well."""
    text = ",".join(map(str, range(2000)))
    rows = parse(text)
    parts: dict[str, Callable[[], object]] = {
        "parse": lambda: parse(text),
        "render": lambda: render(rows),
        "query": query,
        "fibonacci": lambda: fibonacci(13),
        "total": lambda: total(rows),
    }
    times = dict.fromkeys(parts, 0)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, part in parts.items():
            begin = time.thread_time_ns()
            part()
            times[name] += time.thread_time_ns() - begin
    whole = sum(times.values())
    return {name: 100 * own / whole for name, own in times.items()}


@pytest.mark.slow
def test_shares_of_cpu_time_are_the_true_ones() -> None:
    """Of some 1500 samples that find the thread running, a share of 70 % is known to 1.2 points (its standard
    deviation). What the clock says of a sleep is what waking up for samples costs, which is the sleep's or that of what
    runs right after it: on some machines at some times twice as much as on others."""

    def check() -> None:
        with sampler(interval=0.001) as sampled:
            expected = true_shares(4)
        found = shares(sampled.profile, "self_cpu_ns")
        assert found.pop("query", 0) + found.pop("true_shares") < expected.pop("query") + 3
        found["render"] += found.pop("escape", 0)
        scale = sum(found.values()) / sum(expected.values())
        wrong = {
            name: (found.get(name, 0), share)
            for name, share in expected.items()
            if abs(found.get(name, 0) - share * scale) > 4
        }
        assert not wrong, (found, expected)

    attempt(check)


def first_half(until_ns: int) -> None:
    while time.monotonic_ns() < until_ns:
        pass


def second_half(until_ns: int) -> None:
    while time.monotonic_ns() < until_ns:
        pass


def test_a_program_in_step_with_the_timer_has_its_true_shares() -> None:
    """By the same clock and as often: it would be found in the same half all the time."""
    interval_ns = 2_000_000
    with sampler(interval=interval_ns / 1e9) as profiler:
        begin_ns = time.monotonic_ns()
        for step in range(500):
            first_half(begin_ns + step * interval_ns + interval_ns // 2)
            second_half(begin_ns + (step + 1) * interval_ns)
    halves = {row.name: row.total_wall_ns for row in profiler.profile.functions()}
    share = halves["first_half"] / (halves["first_half"] + halves["second_half"])
    assert 0.4 < share < 0.6  # 500 ticks at random moments: four standard deviations
