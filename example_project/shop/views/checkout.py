# SPDX-License-Identifier: MIT
"""Checkout: delivery quotes that take their time, and a payment that fails."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from shop.cart import cart_grams, cart_total, load_cart
from shop.delivery import quote_all
from shop.payment import charge

# What an empty cart is quoted for, so that the page always has something to show.
SAMPLE_GRAMS = 2500


def delivery(request: HttpRequest) -> HttpResponse:
    grams = cart_grams(load_cart(request.session)) or SAMPLE_GRAMS
    context = {"grams": grams, "quotes": quote_all(grams)}
    return render(request, "shop/delivery.html", context)


def broken(request: HttpRequest) -> HttpResponse:
    charge(cart_total(load_cart(request.session)))
    return redirect("account")
