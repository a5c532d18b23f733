# SPDX-License-Identifier: MIT
"""The handler of a real ASGI server, with clients that leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, AsyncRequestFactory

from django_profiler import counters, session
from django_profiler.middleware import ProfilerMiddleware
from django_profiler.models import Profile
from django_profiler.reasons import Event, Reason
from tests.django import views
from tests.django.servers import connect
from tests.django.trees import names, total_calls

Stored = Callable[[], list[Profile]]


async def started() -> None:
    """Wait until a view says that it runs."""
    await asyncio.get_running_loop().run_in_executor(None, views.started.acquire, True, 20)


def run(main: Coroutine) -> Any:
    return asyncio.run(asyncio.wait_for(main, 60))


@pytest.fixture(autouse=True)
def _nobody_has_started() -> None:
    while views.started.acquire(blocking=False):
        pass


@pytest.mark.parametrize(("path", "work"), [("/aplain/", "aplain_work"), ("/plain/", "plain_work")])
def test_async_and_sync_views_are_complete(
    token: dict[str, str], stored: Stored, path: str, work: str
) -> None:
    async def main() -> list[dict]:
        server = connect(f"{path}?profile=1", token)
        await server.send_input({"type": "http.request"})
        head, body = await server.receive_output(20), await server.receive_output(20)
        await server.wait(20)
        return [head, body]

    head, body = run(main())
    (profile,) = stored()
    headers = dict(head["headers"])
    assert head["status"] == profile.status == 200
    assert body["body"] == path.strip("/").encode()
    assert headers[b"X-Profile-Id"] == str(profile.id).encode()
    assert headers[b"Cache-Control"] == b"private, no-store"
    assert total_calls(profile.load(), work) == 1


def test_a_client_that_leaves_ends_the_session(token: dict[str, str], stored: Stored) -> None:
    async def main() -> None:
        server = connect("/asleeps/?profile=1", token)
        await server.send_input({"type": "http.request"})
        await started()
        assert session.running_count() == 1
        await server.send_input({"type": "http.disconnect"})
        await server.wait(20)

    run(main())
    (profile,) = stored()
    assert (profile.status, profile.outcome) == (None, "cancelled")
    assert "asleeps" in names(profile.load())


def test_a_client_that_leaves_a_stream_ends_the_session(
    token: dict[str, str], stored: Stored
) -> None:
    async def main() -> None:
        server = connect("/astreams-forever/?profile=1", token)
        await server.send_input({"type": "http.request"})
        assert (await server.receive_output(20))["status"] == 200
        assert (await server.receive_output(20))["body"] == b"chunk 0\n"
        await started()
        await server.send_input({"type": "http.disconnect"})
        await server.wait(20)

    run(main())
    (profile,) = stored()
    assert (profile.status, profile.outcome) == (200, "cancelled")
    assert total_calls(profile.load(), "achunk_work") == 1


def test_a_stream_is_sent_and_profiled_to_its_end(token: dict[str, str], stored: Stored) -> None:
    async def main() -> list[bytes]:
        server = connect("/astreams/4/?profile=1", token)
        await server.send_input({"type": "http.request"})
        await server.receive_output(20)
        bodies = [await server.receive_output(20) for _ in range(5)]
        await server.wait(20)
        assert not bodies[-1].get("more_body")
        return [body.get("body", b"") for body in bodies]

    assert run(main()) == [b"chunk 0\n", b"chunk 1\n", b"chunk 2\n", b"chunk 3\n", b""]
    (profile,) = stored()
    assert profile.outcome == "finished"
    assert total_calls(profile.load(), "achunk_work") == 4


def test_a_cancelled_task_ends_its_session_and_stays_cancelled(
    async_client: AsyncClient, token: dict[str, str], stored: Stored
) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(async_client.get("/asleeps/?profile=1", headers=token))
        await started()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    assert stored()[0].outcome == "cancelled"


def test_show_waits_without_blocking_the_loop(
    async_client: AsyncClient, token: dict[str, str], stored: Stored
) -> None:
    response = run(async_client.get("/aplain/?profile=show", headers=token))
    assert response.status_code == 303
    assert str(Profile.objects.get().pk) in response["Location"]


def test_a_policy_of_the_project_may_use_the_database(
    async_client: AsyncClient, stored: Stored, profiler: Callable[..., None]
) -> None:
    def policy(request: HttpRequest, trigger: object) -> bool:
        return Profile.objects.count() == 0

    profiler(AUTHORIZE=policy)
    run(async_client.get("/aplain/?profile=1"))
    assert len(stored()) == 1
    run(async_client.get("/aplain/?profile=1"))
    assert len(stored()) == 1
    assert counters.get(Reason.NOT_AUTHORISED) == 1
    assert counters.get(Event.INTERNAL_ERROR) == 0


def test_strangers_and_nonsense_are_refused(async_client: AsyncClient, stored: Stored) -> None:
    run(async_client.get("/aplain/"))
    run(async_client.get("/aplain/?profile=nonsense"))
    run(async_client.get("/aplain/?profile=1"))
    assert stored() == []
    for reason in (Reason.NOT_ASKED, Reason.BAD_VALUE, Reason.NOT_AUTHORISED):
        assert counters.get(reason) == 1


def test_a_task_that_outlives_its_request_is_cut_off(token: dict[str, str], stored: Stored) -> None:
    async def late_work() -> None:
        views.spin()

    async def main() -> None:
        finished = asyncio.Event()
        tasks = []

        async def straggler() -> None:
            await finished.wait()
            await late_work()

        async def view(request: HttpRequest) -> HttpResponse:
            tasks.append(asyncio.ensure_future(straggler()))
            await asyncio.sleep(0)
            return HttpResponse("ok")

        request = AsyncRequestFactory().get("/?profile=1", headers=token)
        (await ProfilerMiddleware(view)(request)).close()
        finished.set()
        await tasks[0]

    run(main())
    assert not any("late_work" in name for name in names(stored()[0].load()))


def test_tasks_of_a_request_belong_to_it(token: dict[str, str], stored: Stored) -> None:
    async def part_work(number: int) -> int:
        await asyncio.sleep(0)
        return number

    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(sum(await asyncio.gather(*map(part_work, range(10))))))

    async def main() -> None:
        request = AsyncRequestFactory().get("/?profile=1", headers=token)
        (await ProfilerMiddleware(view)(request)).close()

    run(main())
    tree = stored()[0].load()
    (name,) = (name for name in names(tree) if "part_work" in name)
    assert total_calls(tree, name) == 10
