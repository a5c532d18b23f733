# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import libprof
from django_profiler.admin.exports import format_of, offered
from tests.django_admin.documents import STATEMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from django_profiler.models import Profile


@pytest.mark.parametrize("name", libprof.FORMATS)
def test_every_format_can_be_downloaded(
    name: str,
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    profile = make_profile()
    response = root_client.get(profile_url("export", profile.pk, name))
    assert response.status_code == 200
    assert response.content
    filename = f'get-products-{profile.pk.hex[:8]}.{format_of(name).suffix}"'
    assert response["Content-Disposition"].endswith(filename)
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))


def test_the_page_offers_what_the_library_has() -> None:
    assert [name for name, _ in offered()] == list(libprof.FORMATS)


def test_a_format_not_known_here_keeps_its_name() -> None:
    assert format_of("firefox").label == "firefox"


def test_unknown_formats_are_not_found(
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    url = profile_url("export", make_profile().pk, "nonsense")
    assert root_client.get(url).status_code == 404


def test_statements_are_hidden_in_exports_too(
    client_with: Callable[..., Client],
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    url = profile_url("export", make_profile().pk, "speedscope")
    permissions = ("view_profile", "export_profile")
    names = {
        codenames: _frame_names(client_with(*codenames).get(url).content)
        for codenames in (permissions, (*permissions, "view_sql"))
    }
    assert STATEMENT not in names[permissions]
    assert "SQL statement" in names[permissions]
    assert STATEMENT in names[(*permissions, "view_sql")]


@pytest.mark.parametrize("page", ["speedscope_data", "export"])
def test_a_broken_document_is_an_answer_and_no_traceback(
    page: str,
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    profile = make_profile(data=b"nonsense")
    args = (profile.pk, "pprof") if page == "export" else (profile.pk,)
    response = root_client.get(profile_url(page, *args))
    assert response.status_code == 422
    assert response.json()["error"]


def _frame_names(content: bytes) -> set[str]:
    return {frame["name"] for frame in json.loads(content)["shared"]["frames"]}
