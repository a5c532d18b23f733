# SPDX-License-Identifier: MIT
"""Streamed bodies, profiled to their last chunk.

The body runs after the middleware has returned, in the server's hands, often in another context
and thread. So the session is entered for each chunk and left again, and what the server does
between two chunks is not in the profile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from django_profiler.limits import STREAM_SECONDS
from django_profiler.reasons import Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from django.http import StreamingHttpResponse

    from django_profiler.session import RequestSession


def wrap(response: StreamingHttpResponse, session: RequestSession) -> None:
    # Not `streaming_content`: what that gives holds the response, and a response that holds
    # itself is no longer released when the server drops it.
    content = response._iterator
    # Setting a body that is no file makes FileResponse forget the file, and servers then no
    # longer send it their fast way.
    file_to_stream = getattr(response, "file_to_stream", None)
    if response.is_async:
        response.streaming_content = ProfiledAsyncStream(content, session)
    else:
        response.streaming_content = ProfiledStream(content, session)
    if file_to_stream is not None:
        response.file_to_stream = file_to_stream


class ProfiledStream:
    def __init__(self, content: Any, session: RequestSession) -> None:
        self._chunks: Iterator[bytes] = iter(content)
        self._session = session

    def __iter__(self) -> ProfiledStream:
        return self

    def __next__(self) -> bytes:
        session = self._session
        if not session.enter():
            return next(self._chunks)
        try:
            chunk = next(self._chunks)
        except BaseException as error:
            session.leave()
            session.finish(_outcome(error))
            raise
        session.leave()
        _cut_off(session)
        return chunk


class ProfiledAsyncStream:
    def __init__(self, content: Any, session: RequestSession) -> None:
        self._chunks: AsyncIterator[bytes] = aiter(content)
        self._session = session

    def __aiter__(self) -> ProfiledAsyncStream:
        return self

    async def __anext__(self) -> bytes:
        session = self._session
        if not session.enter():
            return await anext(self._chunks)
        try:
            chunk = await anext(self._chunks)
        except BaseException as error:
            session.leave()
            session.finish(_outcome(error))
            raise
        session.leave()
        _cut_off(session)
        return chunk


def _outcome(error: BaseException) -> Outcome:
    if isinstance(error, StopIteration | StopAsyncIteration):
        return Outcome.FINISHED
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return Outcome.CANCELLED
    return Outcome.FAILED


def _cut_off(session: RequestSession) -> None:
    """A body without an end must not hold its session for ever."""
    if session.elapsed_ns > STREAM_SECONDS * 10**9:
        session.truncated = f"the body after {STREAM_SECONDS} seconds"
        session.finish(Outcome.FINISHED)
