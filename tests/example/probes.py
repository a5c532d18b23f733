# SPDX-License-Identifier: MIT
"""Questions asked inside a process of the shop: probes.py NAME [ARGUMENT...] prints an answer in JSON."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

PROJECT = Path(__file__).resolve().parents[2] / "example_project"
STORE_SECONDS = 60.0
PROBES: dict[str, Callable[..., Any]] = {}


def probe(function: Callable[..., Any]) -> Callable[..., Any]:
    PROBES[function.__name__] = function
    return function


@probe
def digest() -> dict[str, str]:
    """A fingerprint of all rows of each of the shop's tables, keys included."""
    from django.apps import apps

    prints = {}
    for model in apps.get_app_config("shop").get_models():
        rows = list(model._base_manager.order_by("pk").values_list())
        prints[model.__name__] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return prints


@probe
def facts() -> dict[str, Any]:
    """What has to be right about seeded data, counted another way than it was made."""
    from django.apps import apps

    from shop.models import Category, Order, OrderLine, Product, Review

    lines = OrderLine.objects.values_list("order_id", "quantity", "unit_price")
    sums: dict[int, Any] = {}
    for order, quantity, price in lines:
        sums[order] = sums.get(order, 0) + quantity * price
    totals = dict(Order.objects.values_list("pk", "total"))
    names = list(Product.objects.values_list("name", flat=True))
    return {
        "counts": {
            model.__name__: model._base_manager.count()
            for model in apps.get_app_config("shop").get_models()
        },
        "totals_right": sums == totals,
        "roots": Category.objects.filter(parent=None).count(),
        "products_on_roots": Product.objects.filter(category__parent=None).count(),
        "different_names": len(set(names)),
        "different_descriptions": len(set(Product.objects.values_list("description", flat=True))),
        "cheapest": str(Product.objects.order_by("price").first().price),
        "reviews_before_order": sum(
            not review.customer.orders.filter(
                lines__product=review.product_id, placed_at__date__lt=review.written_on
            ).exists()
            for review in Review.objects.select_related("customer").order_by("pk")[:200]
        ),
    }


@probe
def slug() -> str:
    from shop.models import Product

    return Product.objects.order_by("pk").first().slug


@probe
def count_queries(*urls: str) -> list[int]:
    """How many queries each page takes, told by Django and not by the profiler."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "127.0.0.1"})
    counts = []
    for url in urls:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    return counts


@probe
def visit_async(*urls: str) -> list[dict[str, Any]]:
    """Pages as an ASGI server gets them."""
    from asgiref.sync import async_to_sync
    from django.test import AsyncClient, override_settings

    async def visit(url: str) -> dict[str, Any]:
        client = AsyncClient(raise_request_exception=False)
        response = await client.get(url)
        if response.streaming:
            body = b"".join([chunk async for chunk in response])
        else:
            body = response.content
        response.close()
        return {
            "status": response.status_code,
            "body": body.decode(),
            "profile_id": response.headers.get("X-Profile-Id"),
            "streaming": response.streaming,
            "is_async": getattr(response, "is_async", False),
        }

    with override_settings(ALLOWED_HOSTS=["testserver"]):
        answers = [async_to_sync(visit)(url) for url in urls]
    from django_profiler import recorder

    assert recorder.flush(STORE_SECONDS)
    return answers


@probe
def feed_steps() -> list[int]:
    """How many pages have been read when each chunk of the feed is there, on a WSGI server."""
    from shop import stock
    from shop.views.streams import step_through, stream_feed

    made = 0
    load = stock.load_movements

    async def counting(start: int, count: int) -> Any:
        nonlocal made
        made += 1
        return await load(start, count)

    stock.load_movements = counting
    return [made for _ in step_through(stream_feed("head", "tail"))]


@probe
def policy_of_view(policy: str) -> dict[str, str | None]:
    """The header on a response whose view has a policy of its own, and on one that has none."""
    from django.http import HttpResponse
    from django.test import RequestFactory

    from shop.middleware import HEADER, ContentSecurityPolicyMiddleware

    def answer(**headers: str) -> str | None:
        middleware = ContentSecurityPolicyMiddleware(lambda request: HttpResponse(headers=headers))
        return middleware(RequestFactory().get("/")).headers.get(HEADER)

    return {"own": answer(**{HEADER: policy}), "none": answer()}


@probe
def profiles(*ids: str) -> dict[str, dict[str, Any]]:
    """Stored profiles, by the identifier that the response named. Waits until they are stored."""
    from django_profiler.models import Profile

    deadline = time.monotonic() + STORE_SECONDS
    while Profile.objects.filter(pk__in=ids).count() < len(set(ids)):
        assert time.monotonic() < deadline, "not all profiles were stored"
        time.sleep(0.05)
    rows = Profile.objects.filter(pk__in=ids).select_related("view")
    return {str(row.pk): _describe(row) for row in rows}


@probe
def all_profiles() -> list[dict[str, Any]]:
    from django_profiler.models import Profile

    return [_describe(row) for row in Profile.objects.select_related("view").order_by("created")]


def _describe(row: Any) -> dict[str, Any]:
    profile = row.load()
    own = [
        [os.path.relpath(function.file, PROJECT), function.name, function.calls]
        for function in profile.functions()
        if function.file.startswith(f"{PROJECT}{os.sep}")
    ]
    return {
        "view": row.view.view_name,
        "method": row.method,
        "path": row.path,
        "status": row.status,
        "sql_count": row.sql_count,
        "started": profile.started,
        "wall_ns": profile.wall_ns,
        "cpu_ns": profile.cpu_ns,
        "outcome": row.outcome,
        "truncated": row.truncated,
        "own_functions": sorted(own),
    }


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop_project.settings"
    django.setup()
    print(json.dumps(PROBES[sys.argv[1]](*sys.argv[2:])))
