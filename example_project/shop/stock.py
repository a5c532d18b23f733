# SPDX-License-Identifier: MIT
"""Stock, read by coroutines: what lies in each warehouse, and when suppliers can send more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import Q, Sum

from shop.models import StockMovement

# Suppliers stand in for services elsewhere: name, days to deliver, seconds until they answer.
SUPPLIERS = (
    ("Northern Foundry", 9, 0.060),
    ("Mill at the Weir", 5, 0.120),
    ("Clay & Kiln", 14, 0.090),
    ("Joinery No. 8", 21, 0.040),
)
FEED_PAGES = 8
FEED_PAGE_SIZE = 12
# A reader of the feed gets one page of it per so many seconds.
FEED_PAUSE_SECONDS = 0.025


@dataclass(frozen=True)
class Level:
    warehouse: str
    pieces: int
    received: int
    sold: int


@dataclass(frozen=True)
class LeadTime:
    supplier: str
    days: int


@dataclass(frozen=True)
class Overview:
    levels: list[Level]
    lead_times: list[LeadTime]
    latest: list[StockMovement]


async def load_overview() -> Overview:
    """Everything at once: the suppliers' delays overlap, so the slowest one sets the pace."""
    warehouses = StockMovement.Warehouse
    levels, lead_times, latest = await asyncio.gather(
        asyncio.gather(*(load_level(warehouse) for warehouse in warehouses)),
        asyncio.gather(*(ask_supplier(*supplier) for supplier in SUPPLIERS)),
        load_movements(0, FEED_PAGE_SIZE),
    )
    return Overview(list(levels), sorted(lead_times, key=lambda lead: lead.days), latest)


async def load_level(warehouse: StockMovement.Warehouse) -> Level:
    kinds = StockMovement.Kind
    sums = await StockMovement.objects.filter(warehouse=warehouse).aaggregate(
        pieces=Sum("quantity", default=0),
        received=Sum("quantity", filter=Q(kind=kinds.RECEIVED), default=0),
        sold=Sum("quantity", filter=Q(kind=kinds.SOLD), default=0),
    )
    sums["sold"] = -sums["sold"]
    return Level(warehouse.label, **sums)


async def ask_supplier(name: str, days: int, answers_after_seconds: float) -> LeadTime:
    await asyncio.sleep(answers_after_seconds)
    return LeadTime(name, days)


async def load_movements(start: int, count: int) -> list[StockMovement]:
    movements = StockMovement.objects.select_related("product")[start : start + count]
    return [movement async for movement in movements]


async def follow_movements() -> AsyncIterator[list[StockMovement]]:
    """The newest movements, page by page, with a pause after each like a queue being read."""
    try:
        for page in range(FEED_PAGES):
            yield await load_movements(page * FEED_PAGE_SIZE, FEED_PAGE_SIZE)
            await asyncio.sleep(FEED_PAUSE_SECONDS)
    finally:
        # Outside a request's own thread, nobody else would close the connection used here.
        await sync_to_async(connections.close_all)()
