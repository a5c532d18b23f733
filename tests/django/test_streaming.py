# SPDX-License-Identifier: MIT
from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from wsgiref.util import FileWrapper

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import AsyncClient, Client, RequestFactory

from django_profiler import session, streaming
from django_profiler.instrument import sql
from django_profiler.middleware import ProfilerMiddleware
from django_profiler.models import Profile
from tests.django import views
from tests.django.trees import names, total_calls

if TYPE_CHECKING:
    from django.http import HttpRequest, StreamingHttpResponse

Stored = Callable[[], list[Profile]]


def test_a_streamed_body_is_profiled_to_its_last_chunk(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/streams/5/?profile=1", headers=token)
    assert response.streaming
    assert session.running_count() == 1
    assert b"".join(response.streaming_content) == b"".join(
        b"chunk %d\n" % number for number in range(5)
    )
    (profile,) = stored()
    assert total_calls(profile.load(), "chunk_work") == 5
    assert (profile.outcome, profile.status) == ("finished", 200)
    assert response["X-Profile-Id"] == str(profile.id)


def test_the_thread_is_out_of_the_session_between_two_chunks(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/streams/3/?profile=1", headers=token)
    assert sql._current.get() is None
    for _ in response.streaming_content:
        assert sql._current.get() is None
        views.plain_work()
    assert "plain_work" not in names(stored()[0].load())


def test_each_chunk_may_come_in_another_context(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/streams/3/?profile=1", headers=token)
    chunks = iter(response.streaming_content)
    for _ in range(3):
        copy_context().run(next, chunks)
    assert list(chunks) == []
    assert total_calls(stored()[0].load(), "chunk_work") == 3


def test_an_abandoned_body_ends_its_session(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/streams/1000/?profile=1", headers=token)
    chunks = iter(response.streaming_content)
    next(chunks)
    response.close()
    (profile,) = stored()
    assert views.calls == ["chunks closed"]
    assert profile.outcome == "abandoned"
    assert total_calls(profile.load(), "chunk_work") == 1


def test_a_body_that_nobody_reads_or_closes_ends_its_session(
    token: dict[str, str], stored: Stored
) -> None:
    def view(request: HttpRequest) -> StreamingHttpResponse:
        return views.streams(request, 10)

    request = RequestFactory().get("/?profile=1", headers=token)
    response = ProfilerMiddleware(view)(request)
    next(iter(response.streaming_content))
    assert session.running_count() == 1
    del response
    (profile,) = stored()
    assert profile.outcome == "abandoned"


def test_a_body_that_breaks_raises_the_same_and_is_stored(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/streams-badly/?profile=1", headers=token)
    with pytest.raises(ValueError, match="broken in the middle"):
        list(response.streaming_content)
    response.close()
    assert stored()[0].outcome == "failed"


def test_an_endless_body_ends_its_profile(
    client: Client, token: dict[str, str], stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "STREAM_SECONDS", 0)
    response = client.get("/streams/4/?profile=1", headers=token)
    assert len(list(response.streaming_content)) == 4
    (profile,) = stored()
    assert "the body" in profile.truncated
    assert total_calls(profile.load(), "chunk_work") == 1


def _serve(path: str, headers: dict[str, str], **environ: Any) -> tuple[str, list, Any]:
    """Answer as a WSGI server does."""
    started: list[Any] = []
    request = RequestFactory().get(path, headers=headers).environ
    handler = WSGIHandler()
    body = handler({**request, **environ}, lambda status, head: started.extend((status, head)))
    return started[0], started[1], body


def test_a_file_keeps_its_fast_way_and_is_stored(token: dict[str, str], stored: Stored) -> None:
    environ = {"wsgi.file_wrapper": FileWrapper}
    plain = _serve("/file/", {}, **environ)[2]
    status, _, body = _serve("/file/?profile=1", token, **environ)
    assert isinstance(plain, FileWrapper)
    assert isinstance(body, FileWrapper)
    assert isinstance(body.filelike, io.BytesIO)
    assert b"".join(body) == b"file content" * 1000
    assert stored() == []
    body.close()
    plain.close()
    assert status == "200 OK"
    assert len(stored()) == 1


def test_a_file_without_a_fast_way_is_profiled(token: dict[str, str], stored: Stored) -> None:
    _, _, body = _serve("/file/?profile=1", token)
    assert b"".join(body) == b"file content" * 1000
    body.close()
    assert stored()[0].outcome == "finished"


def test_an_async_body_is_profiled_to_its_last_chunk(
    async_client: AsyncClient, token: dict[str, str], stored: Stored
) -> None:
    async def read() -> bytes:
        response = await async_client.get("/astreams/5/?profile=1", headers=token)
        chunks = []
        async for chunk in response.streaming_content:
            assert sql._current.get() is None
            views.plain_work()
            chunks.append(chunk)
        return b"".join(chunks)

    assert asyncio.run(read()) == b"".join(b"chunk %d\n" % number for number in range(5))
    (profile,) = stored()
    tree = profile.load()
    assert profile.outcome == "finished"
    assert total_calls(tree, "achunk_work") == 5
    assert "plain_work" not in names(tree)


def test_an_abandoned_async_body_ends_its_session(
    async_client: AsyncClient, token: dict[str, str], stored: Stored
) -> None:
    async def read() -> None:
        response = await async_client.get("/astreams/1000/?profile=1", headers=token)
        async for _ in response.streaming_content:
            break
        response.close()

    asyncio.run(read())
    (profile,) = stored()
    assert profile.outcome == "abandoned"
    assert views.calls == ["achunks closed"]


def test_an_async_body_on_a_sync_server_is_whole(
    client: Client, token: dict[str, str], stored: Stored
) -> None:
    response = client.get("/astreams/3/?profile=1", headers=token)
    with pytest.warns(Warning, match="must consume asynchronous iterators"):
        body = b"".join(response)
    assert body == b"chunk 0\nchunk 1\nchunk 2\n"
    response.close()
    assert total_calls(stored()[0].load(), "achunk_work") == 3


def test_a_sync_body_on_an_async_server_is_whole(
    async_client: AsyncClient, token: dict[str, str], stored: Stored
) -> None:
    async def read() -> bytes:
        response = await async_client.get("/streams/3/?profile=1", headers=token)
        with pytest.warns(Warning, match="must consume synchronous iterators"):
            return b"".join([chunk async for chunk in response])

    assert asyncio.run(read()) == b"chunk 0\nchunk 1\nchunk 2\n"
    assert total_calls(stored()[0].load(), "chunk_work") == 3
