# SPDX-License-Identifier: MIT
"""The order desk: a page with N + 1 queries, as many a first version has them."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shop.models import Order

ORDERS_PER_PAGE = 40


def order_list(request: HttpRequest) -> HttpResponse:
    # Slow on purpose. The cure: .select_related("customer").prefetch_related("lines__product")
    page = Paginator(Order.objects.all(), ORDERS_PER_PAGE).get_page(request.GET.get("page"))
    pages = page.paginator.get_elided_page_range(page.number)
    return render(request, "shop/order_list.html", {"page": page, "pages": pages})
