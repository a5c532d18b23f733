# SPDX-License-Identifier: MIT
"""Orders and their lines, unsaved: a year of trade with a weekly rhythm and a busy winter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random

from shop.models import Customer, Order, OrderLine, Product
from shop.seeding import LAST_DAY

DAYS_OF_TRADE = 365
# Monday first: people order on Sunday evening and hardly on Friday.
WEEKDAY_WEIGHTS = (11, 9, 9, 10, 7, 12, 16)
BUSY_MONTHS = {11: 1.6, 12: 1.9, 5: 1.3}
LINES_PER_ORDER = (1, 2, 3, 4, 5, 6)
LINES_PER_ORDER_WEIGHTS = (24, 28, 22, 14, 8, 4)
# Everything has one companion that goes well with it, and this many buyers see it that way.
COMPANION_PERCENT = 18
CANCELLED_PERCENT = 3
# Orders at least this many days old have got this far.
PROGRESS = (
    (12, Order.Status.DELIVERED),
    (5, Order.Status.SHIPPED),
    (2, Order.Status.PACKED),
    (0, Order.Status.PLACED),
)


def make_orders(rng: Random, count: int, customers: Sequence[Customer]) -> list[Order]:
    """Oldest first, numbered in that order, with totals still at zero."""
    moments = sorted(_moments(rng, count))
    return [
        Order(
            number=f"QM-{10_000 + index}",
            customer=rng.choice(customers),
            status=_status(rng, moment),
            placed_at=moment,
            total=Decimal(0),
        )
        for index, moment in enumerate(moments)
    ]


def make_lines(
    rng: Random, orders: Sequence[Order], products: Sequence[Product]
) -> list[OrderLine]:
    """Lines for every order, and with them the orders' totals."""
    popularity = list(accumulate(_popularity(rng, len(products))))
    companions = dict(zip(products, rng.sample(products, len(products)), strict=True))
    lines = []
    for order in orders:
        size = rng.choices(LINES_PER_ORDER, LINES_PER_ORDER_WEIGHTS)[0]
        picked = rng.choices(products, cum_weights=popularity, k=size)
        extra = [companions[item] for item in picked if rng.randrange(100) < COMPANION_PERCENT]
        # A dictionary keeps the order and forgets what is picked twice.
        own = [_line(rng, order, item) for item in dict.fromkeys(picked + extra)]
        order.total = sum((line.amount for line in own), Decimal(0))
        lines.extend(own)
    return lines


def _moments(rng: Random, count: int) -> list[datetime]:
    days = [LAST_DAY - timedelta(days=age) for age in range(DAYS_OF_TRADE)]
    weights = [WEEKDAY_WEIGHTS[day.weekday()] * BUSY_MONTHS.get(day.month, 1.0) for day in days]
    return [
        datetime.combine(day, time(rng.randint(6, 23), rng.randrange(60)), UTC)
        for day in rng.choices(days, weights, k=count)
    ]


def _status(rng: Random, moment: datetime) -> str:
    if rng.randrange(100) < CANCELLED_PERCENT:
        return Order.Status.CANCELLED
    age = (LAST_DAY - moment.date()).days
    return next(status for days, status in PROGRESS if age >= days)


def _popularity(rng: Random, count: int) -> list[float]:
    """A few things sell all the time, most of them now and then."""
    weights = [1 / (rank + 8) for rank in range(count)]
    rng.shuffle(weights)
    return weights


def _line(rng: Random, order: Order, item: Product) -> OrderLine:
    quantity = rng.choices((1, 2, 3, 4, 6), (70, 18, 5, 5, 2))[0]
    return OrderLine(order=order, product=item, quantity=quantity, unit_price=item.price)
