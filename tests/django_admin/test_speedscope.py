# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from django_profiler.admin import speedscope
from tests.django_admin.documents import STATEMENT, packed, sampled

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.http import HttpResponse
    from django.test import Client

    from django_profiler.models import Profile


def directives(response: HttpResponse) -> dict[str, str]:
    policy = response["Content-Security-Policy"]
    return dict(part.split(" ", 1) for part in policy.split("; "))


def test_the_page_loads_nothing_from_elsewhere(
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    response = root_client.get(profile_url("speedscope", make_profile().pk))
    addresses = re.findall(r'(?:src|href|data-profile-url)="([^"]+)"', response.content.decode())
    assert len(addresses) == 6
    assert all(re.match(r"/(?!/)", address) for address in addresses)


def test_the_page_tells_speedscope_which_profile_to_fetch(
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    profile = make_profile(path='/"><script>')
    content = root_client.get(profile_url("speedscope", profile.pk)).content.decode()
    assert f'data-profile-url="{profile_url("speedscope_data", profile.pk)}"' in content
    assert "<title>GET /&quot;&gt;&lt;script&gt;</title>" in content


def test_the_policy_is_strict_but_for_what_speedscope_needs(
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    policy = directives(root_client.get(profile_url("speedscope", make_profile().pk)))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert "unsafe-inline" not in " ".join(policy.values())
    assert "'unsafe-eval'" not in policy["script-src"].split()


def test_static_files_may_live_on_another_host(
    settings: Any,
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    settings.STATIC_URL = "https://static.example.com/files/"
    response = root_client.get(profile_url("speedscope", make_profile().pk))
    policy = directives(response)
    for name in ("script-src", "style-src", "font-src", "base-uri"):
        assert policy[name].split()[-1] == "https://static.example.com"
    assert policy["frame-ancestors"] == "'self'"


def test_an_origin_without_a_scheme_is_taken_as_https() -> None:
    assert speedscope._origin("//cdn.example.com/static/") == " https://cdn.example.com"
    assert speedscope._origin("/static/") == ""


def test_a_sampled_profile_has_its_timeline_and_no_statement_in_it(
    client_with: Callable[..., Client],
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    url = profile_url("speedscope_data", make_profile(data=packed(sampled())).pk)
    hidden = client_with("view_profile").get(url)
    names = [profile["name"] for profile in json.loads(hidden.content)["profiles"]]
    assert names == ["Wall time", "CPU time", "Timeline, thread 1"]
    assert STATEMENT.encode() not in hidden.content
    shown = client_with("view_profile", "view_sql").get(url)
    assert STATEMENT.encode() in shown.content
