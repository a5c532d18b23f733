# SPDX-License-Identifier: MIT
"""Fills the shop with data that look real, once."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

from django.core.management.base import BaseCommand
from django.db import models, transaction

from shop.models import Category, Customer, Order, OrderLine, Product, Review, StockMovement
from shop.seeding import DEFAULT_SEED
from shop.seeding.aftermath import make_movements, make_reviews
from shop.seeding.catalogue import make_products, make_rooms, make_shelves
from shop.seeding.people import make_customers
from shop.seeding.sales import make_lines, make_orders

Row = TypeVar("Row", bound=models.Model)

# SQLite allows 32,766 variables in one statement; the widest row has nine columns.
BATCH_SIZE = 2000
# Children first, since orders and lines protect what they point to.
ALL_MODELS = (StockMovement, Review, OrderLine, Order, Customer, Product, Category)


class Command(BaseCommand):
    help = "Fill the shop with data. Does nothing if there are data, unless --reset is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="delete the shop's data first")
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
        parser.add_argument("--products", type=int, default=400)
        parser.add_argument("--customers", type=int, default=600)
        parser.add_argument("--orders", type=int, default=4000)

    def handle(self, **options: Any) -> None:
        if Category.objects.exists() and not options["reset"]:
            self.stdout.write(
                f"The shop is filled already: {Product.objects.count()} products,"
                f" {Order.objects.count()} orders. Use --reset to fill it anew."
            )
            return
        with transaction.atomic():
            self._clear()
            self._fill(Random(options["seed"]), options)
        self.stdout.write(self.style.SUCCESS("The shop is ready."))

    def _clear(self) -> None:
        for model in ALL_MODELS:
            model._base_manager.all().delete()

    def _fill(self, rng: Random, options: dict[str, Any]) -> None:
        rooms = {room.slug: room for room in self._save(make_rooms())}
        shelves = {shelf.slug: shelf for shelf in self._save(make_shelves(rooms))}
        products = self._save(make_products(rng, options["products"], shelves))
        customers = self._save(make_customers(rng, options["customers"]))
        orders = make_orders(rng, options["orders"], customers)
        lines = make_lines(rng, orders, products)
        self._save(orders)
        self._save(lines)
        self._save(make_reviews(rng, lines))
        self._save(make_movements(rng, products, lines))

    def _save(self, rows: Sequence[Row]) -> Sequence[Row]:
        model = type(rows[0])
        self.stdout.write(f"  {len(rows):>6} {model._meta.verbose_name_plural} …")
        self.stdout.flush()
        model._base_manager.bulk_create(rows, batch_size=BATCH_SIZE)
        return rows
