# SPDX-License-Identifier: MIT
"""The pages differ in queries as they say they do, and profiles count them as Django does."""

from __future__ import annotations

from tests.example.harness import Server, Shop

FAST_PAGES = ("/", "/products/", "/api/products/", "/exports/orders.csv")


def test_order_desk_makes_a_query_for_everything(shop: Shop) -> None:
    order_desk, *fast = shop.probe("count_queries", "/orders/", *FAST_PAGES)
    assert 150 < order_desk < 260
    assert max(fast) <= 5


def test_profiles_count_the_queries_that_were_made(shop: Shop, server: Server) -> None:
    paths = ("/orders/", "/products/", "/reports/sales/")
    expected = shop.probe("count_queries", *paths)
    ids = [server.get(f"{path}?profile=1").profile_id or "" for path in paths]
    stored = shop.probe("profiles", *ids)
    assert [stored[key]["sql_count"] for key in ids] == expected
