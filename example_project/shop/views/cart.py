# SPDX-License-Identifier: MIT
"""The cart, and the POST that fills it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from shop.cart import add_to_cart, cart_total, load_cart
from shop.models import Product


def show(request: HttpRequest) -> HttpResponse:
    lines = load_cart(request.session)
    return render(request, "shop/cart.html", {"lines": lines, "total": cart_total(lines)})


@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    product = get_object_or_404(Product, slug=slug)
    quantity = add_to_cart(request.session, product)
    messages.success(request, f"{product.name}: {quantity} in your cart.")
    return redirect("cart")
