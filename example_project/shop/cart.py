# SPDX-License-Identifier: MIT
"""The shopping cart: product numbers and quantities in the session."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.contrib.sessions.backends.base import SessionBase

from shop.models import Product

SESSION_KEY = "cart"
MOST_PER_PRODUCT = 20


@dataclass(frozen=True)
class CartLine:
    product: Product
    quantity: int

    @property
    def amount(self) -> Decimal:
        return self.product.price * self.quantity


def add_to_cart(session: SessionBase, product: Product) -> int:
    """Put in one more of a product; the quantity that is in the cart then."""
    quantities = session.get(SESSION_KEY, {})
    key = str(product.pk)
    quantities[key] = min(quantities.get(key, 0) + 1, MOST_PER_PRODUCT)
    session[SESSION_KEY] = quantities
    return quantities[key]


def count_pieces(session: SessionBase) -> int:
    return sum(session.get(SESSION_KEY, {}).values())


def load_cart(session: SessionBase) -> list[CartLine]:
    quantities = session.get(SESSION_KEY, {})
    if not quantities:
        return []
    products = Product.objects.in_bulk([int(key) for key in quantities])
    return [
        CartLine(products[int(key)], quantity)
        for key, quantity in quantities.items()
        if int(key) in products
    ]


def cart_total(lines: list[CartLine]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))


def cart_grams(lines: list[CartLine]) -> int:
    return sum(line.product.weight_grams * line.quantity for line in lines)
