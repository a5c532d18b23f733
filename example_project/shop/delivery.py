# SPDX-License-Identifier: MIT
"""Delivery quotes from carriers, asked one after the other.

The carriers stand in for services elsewhere: they answer after a fixed delay, in which this process
has nothing to do. The time is spent, but no processor is busy with it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Carrier:
    name: str
    days: str
    base: Decimal
    per_kilogram: Decimal
    answers_after_seconds: float


@dataclass(frozen=True)
class Quote:
    carrier: str
    days: str
    price: Decimal


CARRIERS = (
    Carrier("Bicycle post", "1 day", Decimal("6.50"), Decimal("1.20"), 0.045),
    Carrier("Meridian Parcel", "2–3 days", Decimal("4.90"), Decimal("0.60"), 0.090),
    Carrier("Slow Barge", "6–9 days", Decimal("2.40"), Decimal("0.15"), 0.065),
)


def quote_all(grams: int) -> list[Quote]:
    """Cheapest first."""
    quotes = [ask_carrier(carrier, grams) for carrier in CARRIERS]
    return sorted(quotes, key=lambda quote: quote.price)


def ask_carrier(carrier: Carrier, grams: int) -> Quote:
    wait_for_answer(carrier)
    kilograms = Decimal(grams) / 1000
    price = carrier.base + carrier.per_kilogram * kilograms
    return Quote(carrier.name, carrier.days, price.quantize(Decimal("0.01")))


def wait_for_answer(carrier: Carrier) -> None:
    time.sleep(carrier.answers_after_seconds)
