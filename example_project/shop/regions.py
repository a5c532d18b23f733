# SPDX-License-Identifier: MIT
"""Sales by country, one country per task of a small pool of threads."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from decimal import Decimal

from django.db import connections

from shop.models import Customer, OrderLine

WORKERS = 4
# The products that together make this share of a country's revenue are its "A" products.
A_SHARE = Decimal("0.5")


@dataclass(frozen=True)
class Region:
    country: str
    revenue: Decimal
    pieces: int
    a_products: int
    favourite: str


def report_regions() -> list[Region]:
    """All countries, richest first.

    A thread starts with an empty context. Running each task in a copy of the caller's one hands on
    what belongs to this request: the active language, the time zone, and who profiles it.
    """
    countries = Customer.objects.order_by("country").values_list("country", flat=True).distinct()
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="region") as pool:
        tasks = [pool.submit(copy_context().run, report_region, name) for name in countries]
        regions = [task.result() for task in tasks]
    return sorted(regions, key=lambda region: -region.revenue)


def report_region(country: str) -> Region:
    try:
        return summarise(country, load_lines(country))
    finally:
        # Connections belong to their thread, and nobody else closes those of a pool.
        connections.close_all()


def load_lines(country: str) -> list[OrderLine]:
    lines = OrderLine.objects.filter(order__customer__country=country)
    return list(lines.select_related("product"))


def summarise(country: str, lines: list[OrderLine]) -> Region:
    revenue: Counter[str] = Counter()
    for line in lines:
        revenue[line.product.name] += line.amount
    total = sum(revenue.values(), Decimal(0))
    favourite = max(revenue, key=lambda name: revenue[name], default="–")
    pieces = sum(line.quantity for line in lines)
    return Region(country, total, pieces, count_a_products(revenue, total), favourite)


def count_a_products(revenue: Counter[str], total: Decimal) -> int:
    reached = Decimal(0)
    for rank, (_, amount) in enumerate(revenue.most_common(), start=1):
        reached += amount
        if reached >= total * A_SHARE:
            return rank
    return len(revenue)
