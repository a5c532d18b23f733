# SPDX-License-Identifier: MIT
"""The customer's own page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shop.models import Customer

ORDERS_SHOWN = 10


@login_required
def account(request: HttpRequest) -> HttpResponse:
    customer = Customer.objects.filter(user=request.user).first()
    orders = customer.orders.prefetch_related("lines__product")[:ORDERS_SHOWN] if customer else []
    return render(request, "shop/account.html", {"customer": customer, "orders": orders})
