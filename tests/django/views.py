# SPDX-License-Identifier: MIT
"""A small site for the tests. Work is in functions whose names occur in one view only."""

from __future__ import annotations

import asyncio
import io
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model, login
from django.db import connection
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

calls: list[str] = []
gate = threading.Event()
started = threading.Semaphore(0)


def spin(rounds: int = 200) -> int:
    return sum(number * number for number in range(rounds))


def plain_work() -> int:
    return spin()


def plain(request: HttpRequest) -> HttpResponse:
    calls.append("plain")
    plain_work()
    return HttpResponse("plain")


def compute(milliseconds: int) -> None:
    """So much time of this thread's processor, however busy the machine is."""
    end = time.thread_time_ns() + milliseconds * 1_000_000
    while time.thread_time_ns() < end:
        pass


def busy(request: HttpRequest, milliseconds: int) -> HttpResponse:
    calls.append("busy")
    compute(milliseconds)
    return HttpResponse("busy")


def echo(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "get": dict(request.GET.lists()),
            "query": request.META["QUERY_STRING"],
            "path": request.get_full_path(),
            "body_read": getattr(request, "_read_started", False),
        }
    )


def sql(request: HttpRequest, count: int) -> HttpResponse:
    for number in range(count):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s, 'top secret'", [f"parameter {number}"])
    return HttpResponse(str(count))


def slow_sql(request: HttpRequest) -> HttpResponse:
    """The database computes for some tenths of a second."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
            "SELECT max(i) FROM n"
        )
        return HttpResponse(str(cursor.fetchone()))


def users(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(user.username for user in get_user_model().objects.all()))


def whoami(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


def sign_in(request: HttpRequest, name: str) -> HttpResponse:
    login(request, get_user_model().objects.get(username=name))
    return HttpResponse("welcome")


def fails(request: HttpRequest) -> HttpResponse:
    calls.append("fails")
    raise ValueError("broken on purpose")


def leaves(request: HttpRequest) -> HttpResponse:
    calls.append("leaves")
    raise SystemExit(3)


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404("nothing here")


def moved(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(request.GET["to"])


def cached_headers(request: HttpRequest) -> HttpResponse:
    headers = {"Server-Timing": "view;dur=1", "Cache-Control": "max-age=60", "ETag": '"1"'}
    response = HttpResponse("headers", headers=headers, status=203)
    response.set_cookie("flavour", "oat")
    return response


def upload(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.FILES["file"].read())))


def waits(request: HttpRequest) -> HttpResponse:
    """Runs until the test opens the gate, so that requests overlap for certain."""
    started.release()
    gate.wait(20)
    return HttpResponse("waited")


def chunk_work(number: int) -> str:
    spin()
    return f"chunk {number}\n"


def chunks(count: int) -> Iterator[str]:
    try:
        for number in range(count):
            yield chunk_work(number)
    finally:
        calls.append("chunks closed")


def streams(request: HttpRequest, count: int) -> StreamingHttpResponse:
    return StreamingHttpResponse(chunks(count))


def breaking_chunks() -> Iterator[str]:
    yield chunk_work(0)
    raise ValueError("broken in the middle")


def streams_badly(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(breaking_chunks())


def sends_file(request: HttpRequest) -> FileResponse:
    return FileResponse(io.BytesIO(b"file content" * 1000), filename="notes.txt")


async def achunk_work(number: int) -> str:
    spin()
    await asyncio.sleep(0)
    return f"chunk {number}\n"


async def achunks(count: int) -> AsyncIterator[str]:
    try:
        for number in range(count):
            yield await achunk_work(number)
    finally:
        calls.append("achunks closed")


async def astreams(request: HttpRequest, count: int) -> StreamingHttpResponse:
    return StreamingHttpResponse(achunks(count))


async def amiddle() -> AsyncIterator[str]:
    yield await achunk_work(0)
    started.release()
    await asyncio.sleep(60)
    yield "never"


async def astreams_forever(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(amiddle())


async def aplain_work() -> int:
    await asyncio.sleep(0)
    return spin()


async def aplain(request: HttpRequest) -> HttpResponse:
    calls.append("aplain")
    await aplain_work()
    return HttpResponse("aplain")


async def abusy(request: HttpRequest, milliseconds: int) -> HttpResponse:
    calls.append("abusy")
    compute(milliseconds)
    await asyncio.sleep(0)
    return HttpResponse("abusy")


async def asleeps(request: HttpRequest) -> HttpResponse:
    started.release()
    await asyncio.sleep(60)
    return HttpResponse("never")


def thread_query(number: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", [number])
        row = cursor.fetchone()
    connection.close()
    return row[0]


async def agathers(request: HttpRequest, count: int) -> HttpResponse:
    """Queries in several executor threads at once, each with a connection of its own."""
    query = sync_to_async(thread_query, thread_sensitive=False)
    rows = await asyncio.gather(*(query(number) for number in range(count)))
    return HttpResponse(str(sum(rows)))


def clocks(function: Callable[[], object]) -> dict[str, int]:
    """What it takes, as the program's own clocks have it."""
    begin_ns, cpu_ns = time.monotonic_ns(), time.thread_time_ns()
    function()
    cpu_ns = time.thread_time_ns() - cpu_ns
    return {"begin_ns": begin_ns, "end_ns": time.monotonic_ns(), "cpu_ns": cpu_ns}


def _numbered(number: int) -> list[Callable[..., Any]]:
    """Views whose inner functions no other view has."""
    names: dict[str, Any] = {"__name__": __name__}
    source = f"""
def sync_inner_{number}():
    return sum(value for value in range(300))

def sync_view_{number}(request):
    barrier.wait(20)
    for _ in range(40):
        sync_inner_{number}()
    return HttpResponse("{number}")

async def async_inner_{number}():
    await asyncio.sleep(0)
    return sum(value for value in range(300))

async def async_view_{number}(request):
    for _ in range(40):
        await async_inner_{number}()
    return HttpResponse("{number}")

def timed_computes_{number}():
    compute(TIMED_MS)

def timed_sleeps_{number}():
    time.sleep(TIMED_MS / 1000)

def timed_view_{number}(request):
    parts = {{
        "timed_computes_{number}": clocks(timed_computes_{number}),
        "timed_sleeps_{number}": clocks(timed_sleeps_{number}),
    }}
    return JsonResponse({{"process": os.getpid(), "thread": threading.get_native_id(), "parts": parts}})
"""
    names.update(asyncio=asyncio, os=os, threading=threading, time=time, barrier=barrier)
    names.update(clocks=clocks, compute=compute, TIMED_MS=TIMED_MS)
    names.update(HttpResponse=HttpResponse, JsonResponse=JsonResponse)
    exec(compile(source, f"numbered_views_{number}.py", "exec"), names)
    return [names[f"{kind}_view_{number}"] for kind in ("sync", "async", "timed")]


#: How long each part of the timed views takes, more or less: they say it exactly.
TIMED_MS = 150

NUMBERED = 8
barrier = threading.Barrier(NUMBERED)
sync_views: list[Callable[..., HttpResponseBase]] = []
async_views: list[Callable[..., Any]] = []
timed_views: list[Callable[..., HttpResponseBase]] = []
for _number in range(NUMBERED):
    _sync, _async, _timed = _numbered(_number)
    sync_views.append(_sync)
    async_views.append(_async)
    timed_views.append(_timed)
