# SPDX-License-Identifier: MIT
"""Sales of the last year, as someone in a hurry would ask a database for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, DecimalField, ExpressionWrapper, F, QuerySet, Sum

from shop.models import Order, OrderLine

WEEKS = 52
CHART_WIDTH = 14 * WEEKS
CHART_HEIGHT = 180
BAR_GAP = 3

# date() around the column keeps the index on it from being used, so that all lines are joined and
# looked at again for each of the 52 weeks.
TRAILING_REVENUE = """
WITH RECURSIVE weeks (day, number) AS (
    SELECT date(max(placed_at)), 1 FROM shop_order
    UNION ALL
    SELECT date(day, '-7 days'), number + 1 FROM weeks WHERE number < %s
)
SELECT day, (
    SELECT sum(line.quantity * line.unit_price)
    FROM shop_orderline AS line JOIN shop_order AS sale ON sale.id = line.order_id
    WHERE sale.status <> 'cancelled'
      AND date(sale.placed_at) <= day
      AND date(sale.placed_at) > date(day, '-28 days')
)
FROM weeks ORDER BY day
"""


@dataclass(frozen=True)
class Bar:
    """One bar of the chart: what it stands for, and where it is drawn."""

    day: date
    revenue: Decimal
    x: int
    y: int
    width: int
    height: int


def trailing_revenue() -> list[tuple[date, Decimal]]:
    """For each week, the revenue of the four weeks that end with it."""
    with connection.cursor() as cursor:
        cursor.execute(TRAILING_REVENUE, [WEEKS])
        rows = cursor.fetchall()
    return [(date.fromisoformat(day), Decimal(str(revenue or 0))) for day, revenue in rows if day]


def draw_bars(points: list[tuple[date, Decimal]]) -> list[Bar]:
    highest = max((revenue for _, revenue in points), default=Decimal(0)) or Decimal(1)
    step = CHART_WIDTH // max(1, len(points))
    bars = []
    for index, (day, revenue) in enumerate(points):
        height = int(CHART_HEIGHT * revenue / highest)
        bars.append(Bar(day, revenue, index * step, CHART_HEIGHT - height, step - BAR_GAP, height))
    return bars


def revenue_by_category() -> QuerySet[Any, dict[str, Any]]:
    amount = ExpressionWrapper(
        F("quantity") * F("unit_price"), output_field=DecimalField(max_digits=12, decimal_places=2)
    )
    return (
        OrderLine.objects.exclude(order__status=Order.Status.CANCELLED)
        .values(name=F("product__category__name"), room=F("product__category__parent__name"))
        .annotate(revenue=Sum(amount), pieces=Sum("quantity"), orders=Count("order", distinct=True))
        .order_by("-revenue")
    )
