# SPDX-License-Identifier: MIT
"""Streamed bodies arrive whole, bit by bit, on both kinds of server."""

from __future__ import annotations

import csv
import io
import re

import pytest

from tests.example.harness import Server, Shop

ORDERS = 4000
FEED_ROWS = 96


@pytest.mark.parametrize("query", ["", "?profile=1"])
def test_csv_holds_every_order_once(server: Server, query: str) -> None:
    answer = server.get(f"/exports/orders.csv{query}")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len({row["number"] for row in rows}) == len(rows) == ORDERS
    assert all(row["total"] and row["customer"] for row in rows)


@pytest.mark.parametrize("query", ["", "?profile=1"])
def test_feed_is_a_whole_page(server: Server, query: str) -> None:
    answer = server.get(f"/async/feed/{query}")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert len(re.findall(r"<tr><td", answer.text)) == FEED_ROWS
    assert answer.text.rstrip().endswith("</html>")


def test_feed_sends_each_page_before_it_reads_the_next(shop: Shop) -> None:
    # Head, eight pages, tail: nothing is read ahead.
    assert shop.probe("feed_steps") == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]


def test_asgi_gives_the_same_pages(shop: Shop, server: Server) -> None:
    paths = ["/async/feed/", "/async/stock/", "/products/"]
    for path, answer in zip(paths, shop.probe("visit_async", *paths), strict=True):
        assert answer["status"] == 200
        assert answer["body"] == server.get(path).text
    feed = shop.probe("visit_async", "/async/feed/")[0]
    assert feed["streaming"]
    assert feed["is_async"]


def test_asgi_pages_are_profiled_to_the_last_chunk(shop: Shop) -> None:
    plain, profiled = shop.probe("visit_async", "/async/feed/", "/async/feed/?profile=1")
    assert profiled["body"] == plain["body"]
    stored = shop.probe("profiles", profiled["profile_id"])[profiled["profile_id"]]
    calls = {name: count for _, name, count in stored["own_functions"]}
    assert calls["load_movements"] == 8
    assert stored["sql_count"] == 8
    assert stored["outcome"] == "finished"


def test_sync_stream_is_profiled_to_the_last_chunk(shop: Shop, server: Server) -> None:
    key = server.get("/exports/orders.csv?profile=1").profile_id
    assert key
    stored = shop.probe("profiles", key)[key]
    calls = {name: count for _, name, count in stored["own_functions"]}
    assert calls["format_row"] == ORDERS
    assert calls["stream_orders"] == 1
