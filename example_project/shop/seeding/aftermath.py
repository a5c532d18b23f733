# SPDX-License-Identifier: MIT
"""What follows from sales, unsaved: reviews of what was bought, and stock going in and out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random

from shop.models import OrderLine, Product, Review, StockMovement
from shop.seeding import LAST_DAY
from shop.seeding.words import REVIEW_TEXTS, REVIEW_TITLES

Kind = StockMovement.Kind
REVIEWED_PERCENT = 12
RATINGS = (5, 4, 3, 2, 1)
RATING_WEIGHTS = (48, 30, 13, 6, 3)
DAYS_UNTIL_REVIEW = (3, 40)
RECEIPTS_PER_PRODUCT = (2, 5)


def make_reviews(rng: Random, lines: Sequence[OrderLine]) -> list[Review]:
    bought = [line for line in lines if rng.randrange(100) < REVIEWED_PERCENT]
    return [_review(rng, line) for line in bought]


def make_movements(
    rng: Random, products: Sequence[Product], lines: Sequence[OrderLine]
) -> list[StockMovement]:
    """Goods received and counted for every product, and one movement out for every line sold."""
    movements = [
        _movement(rng, line.product, Kind.SOLD, -line.quantity, line.order.placed_at)
        for line in lines
    ]
    for item in products:
        for _ in range(rng.randint(*RECEIPTS_PER_PRODUCT)):
            quantity = 12 * rng.randint(1, 6)
            movements.append(_movement(rng, item, Kind.RECEIVED, quantity, _some_morning(rng)))
        movements.append(_movement(rng, item, Kind.COUNTED, rng.randint(-2, 2), _some_morning(rng)))
    return sorted(movements, key=lambda movement: movement.moved_at)


def _review(rng: Random, line: OrderLine) -> Review:
    rating = rng.choices(RATINGS, RATING_WEIGHTS)[0]
    bought_on = line.order.placed_at.date()
    written_on = bought_on + timedelta(days=rng.randint(*DAYS_UNTIL_REVIEW))
    return Review(
        product=line.product,
        customer=line.order.customer,
        rating=rating,
        title=rng.choice(REVIEW_TITLES[rating]),
        text=rng.choice(REVIEW_TEXTS[rating]),
        written_on=min(written_on, LAST_DAY),
    )


def _movement(
    rng: Random, item: Product, kind: str, quantity: int, moment: datetime
) -> StockMovement:
    return StockMovement(
        product=item,
        warehouse=rng.choice(StockMovement.Warehouse.values),
        kind=kind,
        quantity=quantity,
        moved_at=moment,
    )


def _some_morning(rng: Random) -> datetime:
    day = LAST_DAY - timedelta(days=rng.randrange(365))
    return datetime.combine(day, time(rng.randint(6, 10), rng.randrange(60)), UTC)
