# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import TYPE_CHECKING

from django.test import Client

from django_profiler import policy

if TYPE_CHECKING:
    from collections.abc import Callable


def test_turning_it_on_gives_this_browser_a_credential(
    client_with: Callable[..., Client], profile_url: Callable[..., str]
) -> None:
    client = client_with("view_profile", "trigger_profile")
    response = client.post(profile_url("switch"), {"state": "on"}, follow=True)
    assert policy.read_credential(client.cookies[policy.COOKIE].value, "cookie") is not None
    page = response.content.decode()
    assert "?profile=1" in page
    assert 'aria-pressed="true"' in page
    assert 'name="state" value="off"' in page


def test_turning_it_off_takes_the_credential_away(
    client_with: Callable[..., Client], profile_url: Callable[..., str]
) -> None:
    client = client_with("view_profile", "trigger_profile")
    client.post(profile_url("switch"), {"state": "on"})
    response = client.post(profile_url("switch"), {"state": "off"}, follow=True)
    assert client.cookies[policy.COOKIE].value == ""
    assert 'aria-pressed="false"' in response.content.decode()


def test_anything_but_on_is_off(
    client_with: Callable[..., Client], profile_url: Callable[..., str]
) -> None:
    client = client_with("view_profile", "trigger_profile")
    client.post(profile_url("switch"), {"state": "nonsense"})
    assert client.cookies[policy.COOKIE].value == ""


def test_it_needs_the_permission(
    client_with: Callable[..., Client], profile_url: Callable[..., str]
) -> None:
    client = client_with("view_profile")
    assert "Profile this browser" not in client.get(profile_url("changelist")).content.decode()
    assert client.post(profile_url("switch"), {"state": "on"}).status_code == 403
    assert policy.COOKIE not in client.cookies


def test_a_link_cannot_turn_it(root_client: Client, profile_url: Callable[..., str]) -> None:
    assert root_client.get(profile_url("switch")).status_code == 405


def test_another_site_cannot_turn_it(
    client_with: Callable[..., Client], profile_url: Callable[..., str]
) -> None:
    logged_in = client_with("view_profile", "trigger_profile")
    client = Client(enforce_csrf_checks=True)
    client.cookies = logged_in.cookies
    response = client.post(profile_url("switch"), {"state": "on"})
    assert response.status_code == 403
    assert policy.COOKIE not in response.cookies
