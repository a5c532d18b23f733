# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.django_admin.documents import STATEMENT, document, packed, sampled, unpacked

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from django_profiler.models import Profile


def test_the_document_is_passed_through_as_it_is_stored(
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    stored = packed()
    url = profile_url("document", make_profile(data=stored).pk)
    response = root_client.get(url, headers={"accept-encoding": "gzip, deflate, br"})
    assert response.content == stored
    assert response["Content-Encoding"] == "gzip"
    assert response["Content-Type"] == "application/json"
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_client_that_knows_no_gzip_gets_plain_json(
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    url = profile_url("document", make_profile().pk)
    response = root_client.get(url, headers={"accept-encoding": "identity"})
    assert "Content-Encoding" not in response
    assert response.json() == document()
    assert "Accept-Encoding" in response["Vary"]


@pytest.mark.parametrize("content", [document(), sampled()], ids=["traced", "sampled"])
def test_statements_are_hidden_without_the_permission(
    content: dict[str, Any],
    client_with: Callable[..., Client],
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    url = profile_url("document", make_profile(data=packed(content)).pk)
    hidden = unpacked(client_with("view_profile").get(url).content)
    assert STATEMENT not in json.dumps(hidden)
    assert "SQL statement" in hidden["strings"]
    shown = unpacked(client_with("view_profile", "view_sql").get(url).content)
    assert shown == content


@pytest.mark.parametrize("codenames", [("view_profile",), ("view_profile", "view_sql")])
def test_a_missing_document_is_an_error_the_page_can_show(
    codenames: tuple[str, ...],
    client_with: Callable[..., Client],
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    url = profile_url("document", make_profile(data=None).pk)
    response = client_with(*codenames).get(url)
    assert response.status_code == 422
    assert response.json() == {"error": "No document is stored for this profile."}


def test_a_document_in_another_codec_is_not_passed_on(
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    profile = make_profile()
    type(profile.blob).objects.update(codec="future/2+zstd")
    response = root_client.get(profile_url("document", profile.pk))
    assert response.status_code == 422
    assert "unknown" in response.json()["error"]


def test_a_broken_document_is_not_redacted_into_something(
    client_with: Callable[..., Client],
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    url = profile_url("document", make_profile(data=b"nonsense").pk)
    response = client_with("view_profile").get(url)
    assert response.status_code == 422
    assert response.json()["error"]
