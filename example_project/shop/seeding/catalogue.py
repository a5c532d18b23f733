# SPDX-License-Identifier: MIT
"""Categories and products, unsaved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import product as combinations
from random import Random

from django.utils.text import slugify

from shop.models import Category, Product
from shop.seeding import LAST_DAY
from shop.seeding.words import CLOSINGS, LINES, OPENINGS, ROOMS, Noun, Room, Shelf

# Shop prices end like this, in cents.
PRICE_ENDINGS = (0, 50, 90)
DAYS_ON_SALE = 900
VOWELS = "aeiou"
NO_BREAK = str.maketrans(" ", "\u00a0")


def make_rooms() -> list[Category]:
    """The roots of the category tree."""
    return [_category(room, position) for position, room in enumerate(ROOMS)]


def make_shelves(rooms: dict[str, Category]) -> list[Category]:
    """The leaves, given the saved roots by slug."""
    leaves = []
    for room in ROOMS:
        for shelf in room.shelves:
            leaf = _category(shelf, len(ROOMS) + len(leaves))
            leaf.parent = rooms[room.slug]
            leaves.append(leaf)
    return leaves


def make_products(rng: Random, count: int, shelves: dict[str, Category]) -> list[Product]:
    """About as many products on each shelf, with names that differ."""
    queues = [
        _shelf_products(rng, shelf, shelves[shelf.slug]) for room in ROOMS for shelf in room.shelves
    ]
    products = [next(queues[index % len(queues)]) for index in range(count)]
    for index, item in enumerate(products):
        item.sku = f"{item.category.slug[:3].upper()}-{1000 + index}"
    return products


def _category(place: Room | Shelf, position: int) -> Category:
    return Category(
        name=place.name, slug=place.slug, icon=place.icon, blurb=place.blurb, position=position
    )


def _shelf_products(rng: Random, shelf: Shelf, category: Category) -> Iterator[Product]:
    recipes = list(combinations(LINES, shelf.materials, shelf.nouns))
    rng.shuffle(recipes)
    for line, (material, percent), noun in recipes:
        name = f"{line} {material} {noun.name}"
        size = rng.choice(noun.sizes)
        yield Product(
            category=category,
            name=f"{name}, {size.translate(NO_BREAK)}" if size else name,
            slug=slugify(name),
            icon=noun.icon,
            description=_describe(rng, shelf, noun, line, material),
            price=_price(rng, noun.cents * percent // 100),
            weight_grams=noun.grams * rng.randint(85, 120) // 100,
            added_on=LAST_DAY - timedelta(days=rng.randrange(DAYS_ON_SALE)),
        )


def _price(rng: Random, cents: int) -> Decimal:
    euros = max(1, cents * rng.randint(90, 115) // 10_000)
    return Decimal(euros * 100 + rng.choice(PRICE_ENDINGS)) / 100


def _describe(rng: Random, shelf: Shelf, noun: Noun, line: str, material: str) -> str:
    sentences = [rng.choice(OPENINGS), *rng.sample(shelf.uses, 3), *rng.sample(CLOSINGS, 2)]
    article = "an" if material[0] in VOWELS else "a"
    return " ".join(sentences).format(
        line=line, material=material, noun=noun.name, a=article, A=article.capitalize()
    )
