# SPDX-License-Identifier: MIT
"""Requests as an ASGI server makes them."""

from __future__ import annotations

from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.test import AsyncRequestFactory


def connect(path: str, headers: dict[str, str]) -> ApplicationCommunicator:
    location, _, query = path.partition("?")
    scope = AsyncRequestFactory()._base_scope(path=location)
    scope["query_string"] = query.encode()
    scope["headers"] += [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return ApplicationCommunicator(get_asgi_application(), scope)


async def get(path: str, headers: dict[str, str]) -> int:
    """The status of a response, which is read to its end."""
    server = connect(path, headers)
    await server.send_input({"type": "http.request"})
    status = (await server.receive_output(60))["status"]
    while (await server.receive_output(60)).get("more_body"):
        pass
    await server.wait(60)
    return status
