# SPDX-License-Identifier: MIT
"""Reports: one slow in SQL, one busy for the garbage collector, one in threads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shop.affinity import best_pairs
from shop.regions import report_regions
from shop.sales_report import (
    CHART_HEIGHT,
    CHART_WIDTH,
    draw_bars,
    revenue_by_category,
    trailing_revenue,
)


def sales(request: HttpRequest) -> HttpResponse:
    bars = draw_bars(trailing_revenue())
    context = {
        "bars": bars,
        "latest": bars[-1] if bars else None,
        "best": max(bars, key=lambda bar: bar.revenue, default=None),
        "width": CHART_WIDTH,
        "height": CHART_HEIGHT,
        "categories": revenue_by_category(),
    }
    return render(request, "shop/report_sales.html", context)


def affinity(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/report_affinity.html", {"pairs": best_pairs()})


def threads(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/report_threads.html", {"regions": report_regions()})
