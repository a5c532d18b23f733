# SPDX-License-Identifier: MIT
"""Customers, unsaved."""

from __future__ import annotations

from datetime import timedelta
from itertools import product as combinations
from random import Random

from django.utils.text import slugify

from shop.models import Customer
from shop.seeding import LAST_DAY
from shop.seeding.words import FAMILY_NAMES, GIVEN_NAMES, MAIL_HOSTS, TOWNS

DAYS_AS_CUSTOMER = 1500


def make_customers(rng: Random, count: int) -> list[Customer]:
    names = rng.sample(list(combinations(GIVEN_NAMES, FAMILY_NAMES)), count)
    return [_customer(rng, given, family) for given, family in names]


def _customer(rng: Random, given: str, family: str) -> Customer:
    city, country = rng.choice(TOWNS)
    return Customer(
        name=f"{given} {family}",
        email=f"{slugify(given)}.{slugify(family)}@{rng.choice(MAIL_HOSTS)}",
        city=city,
        country=country,
        joined_on=LAST_DAY - timedelta(days=rng.randrange(DAYS_AS_CUSTOMER)),
    )
