# SPDX-License-Identifier: MIT
"""Numbers for people, as in the front end's format.js: three digits and the unit that suits."""

from __future__ import annotations

_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"))
# 999.96 µs would be written "1000 µs": the next unit begins where rounding would reach it.
_ROUNDS_UP = 0.9995


def duration(ns: float | None) -> str:
    if ns is None:
        return "–"
    ns = float(ns)  # MySQL divides integers into decimals
    for scale, unit in _UNITS:
        if abs(ns) >= scale * _ROUNDS_UP:
            return f"{_three_digits(ns / scale)} {unit}"
    return f"{ns:.0f} ns" if ns else "0"


def percent(part: float | None, whole: float | None) -> str:
    return f"{100 * part / whole:.0f}%" if part is not None and whole else "–"


def route(pattern: str) -> str:
    """A route as one would see it in an address: Django's `path` leaves out the first slash."""
    return pattern if pattern.startswith(("/", "^", "<")) else f"/{pattern}"


def size(byte_count: int) -> str:
    if byte_count < 1000:
        return f"{byte_count} B"
    if byte_count < 999_500:
        return f"{_three_digits(byte_count / 1000)} kB"
    return f"{_three_digits(byte_count / 1e6)} MB"


def _three_digits(value: float) -> str:
    if abs(value) >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"
