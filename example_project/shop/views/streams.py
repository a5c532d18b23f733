# SPDX-License-Identifier: MIT
"""Async and streaming views."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from shop.exports import stream_orders
from shop.stock import follow_movements, load_overview

# Where the feed's page is cut, so that rows can be sent in between.
FEED_MARK = "<!-- rows -->"


async def stock(request: HttpRequest) -> HttpResponse:
    overview = await load_overview()
    # Templates read the session and the user, which Django refuses to do inside an event loop.
    return await sync_to_async(render)(request, "shop/stock.html", {"overview": overview})


async def feed(request: HttpRequest) -> StreamingHttpResponse:
    page = await sync_to_async(render_to_string)("shop/feed.html", request=request)
    head, _, tail = page.partition(FEED_MARK)
    body = stream_feed(head, tail)
    if isinstance(request, ASGIRequest):
        return StreamingHttpResponse(body)
    return StreamingHttpResponse(step_through(body))


async def stream_feed(head: str, tail: str) -> AsyncIterator[str]:
    yield head
    async for movements in follow_movements():
        yield render_to_string("shop/_movements.html", {"movements": movements})
    yield tail


def step_through(chunks: AsyncIterator[str]) -> Iterator[str]:
    """The chunks for a WSGI server, each as soon as it is there.

    Left to itself, Django would collect an async body as a whole before it sends any of it.
    """
    with asyncio.Runner() as runner:
        while (chunk := runner.run(_next_or_none(chunks))) is not None:
            yield chunk


async def _next_or_none(chunks: AsyncIterator[str]) -> str | None:
    return await anext(chunks, None)


def orders_csv(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        stream_orders(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="orders.csv"'},
    )
