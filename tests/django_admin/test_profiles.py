# SPDX-License-Identifier: MIT
from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_profiler.models import Profile, ProfileBlob
from tests.django_admin.documents import STATEMENT, document, packed

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client


def rows(page: str) -> list[str]:
    return re.findall(r"<tr>(.*?)</tr>", page.split("<tbody>")[1].split("</tbody>")[0], re.DOTALL)


# The list


def test_the_newest_profile_is_on_top(
    root_client: Client, make_profile: Callable[..., Profile], profile_url: Callable[..., str]
) -> None:
    now = timezone.now()
    for minutes, path in ((5, "/old/"), (1, "/new/"), (9, "/oldest/")):
        make_profile(path=path, created=now - timedelta(minutes=minutes))
    page = root_client.get(profile_url("changelist")).content.decode()
    found = re.findall(r'class="dp-path">([^<]+)<', page)
    assert found == ["/new/", "/old/", "/oldest/"]


def test_a_row_says_what_the_request_was_and_took(
    root_client: Client, make_profile: Callable[..., Profile], profile_url: Callable[..., str]
) -> None:
    make_profile(status=500, wall_ns=1_250_000_000, cpu_ns=45_600, sql_count=7, sql_ns=2_000_000)
    make_profile(wall_ns=625_000_000)
    first, second = sorted(
        rows(root_client.get(profile_url("changelist")).content.decode()),
        key=lambda row: "1.25 s" not in row,
    )
    for text in ("GET", "/products/", "product-list", "45.6 µs", "7 / 2.00 ms", "trace"):
        assert text in first
    assert 'class="dp-figure dp-bad">500<' in first
    assert '<rect width="100.0%"' in first
    assert '<rect width="50.0%"' in second


def test_the_number_of_queries_does_not_grow_with_the_list(
    root_client: Client,
    make_profile: Callable[..., Profile],
    make_view: Callable[..., Any],
    profile_url: Callable[..., str],
) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert root_client.get(profile_url("changelist")).status_code == 200
        return [query["sql"] for query in captured]

    make_profile()
    few = queries()
    for number in range(12):
        make_profile(view=make_view(f"route/{number}/"), path=f"/route/{number}/")
    many = queries()
    assert len(many) == len(few)
    assert not any("profileblob" in sql.lower() for sql in many)


def test_the_document_is_not_selected_by_the_page_of_the_list_or_deletion(
    root_client: Client, make_profile: Callable[..., Profile], profile_url: Callable[..., str]
) -> None:
    profile = make_profile()
    with CaptureQueriesContext(connection) as captured:
        response = root_client.get(profile_url("delete", profile.pk))
    assert response.status_code == 200
    assert not any("profileblob" in query["sql"].lower() for query in captured)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status_class=5", {"/fails/"}),
        ("status_class=none", {"/gone/"}),
        ("status_class=9", {"/fails/", "/gone/", "/slow/"}),
        ("wall=1000000000", {"/slow/"}),
        ("wall=nonsense", {"/fails/", "/gone/", "/slow/"}),
        ("queries=50", {"/slow/"}),
        ("engine=sample", {"/gone/"}),
        ("method=POST", {"/fails/"}),
        ("q=slow", {"/slow/"}),
        ("q=product-list", {"/fails/", "/gone/", "/slow/"}),
        ("view=nonsense", set()),
    ],
)
def test_filters_and_search(
    query: str,
    expected: set[str],
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    make_profile(path="/fails/", status=503, method="POST")
    make_profile(path="/gone/", status=None, engine="sample")
    make_profile(path="/slow/", wall_ns=3_000_000_000, sql_count=51)
    page = root_client.get(f"{profile_url('changelist')}?{query}").content.decode()
    assert set(re.findall(r'class="dp-path">([^<]+)<', page)) == expected


def test_the_list_of_one_view_can_be_asked_for(
    root_client: Client,
    make_profile: Callable[..., Profile],
    make_view: Callable[..., Any],
    profile_url: Callable[..., str],
) -> None:
    long_ago = timezone.now() - timedelta(days=300)
    rare = make_view("rare/", last_profiled=long_ago)
    for number in range(25):
        make_view(f"often/{number}/")
    make_profile(view=rare, path="/rare/")
    make_profile(view=make_view("other/"), path="/other/")
    page = root_client.get(f"{profile_url('changelist')}?view={rare.pk}").content.decode()
    assert re.findall(r'class="dp-path">([^<]+)<', page) == ["/rare/"]
    assert "GET /rare/" in page


def test_selected_profiles_are_deleted_with_their_documents(
    root_client: Client, make_profile: Callable[..., Profile], profile_url: Callable[..., str]
) -> None:
    gone, kept = make_profile(), make_profile()
    data = {"action": "delete_selected", "_selected_action": [str(gone.pk)]}
    confirmation = root_client.post(profile_url("changelist"), data)
    assert confirmation.status_code == 200
    assert Profile.objects.count() == 2
    root_client.post(profile_url("changelist"), data | {"post": "yes"})
    assert list(Profile.objects.all()) == [kept]
    assert ProfileBlob.objects.count() == 1


def test_deletion_is_not_offered_without_the_permission(
    client_with: Callable[..., Client],
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    profile = make_profile()
    client = client_with("view_profile")
    data = {"action": "delete_selected", "_selected_action": [str(profile.pk)], "post": "yes"}
    client.post(profile_url("changelist"), data)
    assert Profile.objects.count() == 1
    page = client.get(profile_url("change", profile.pk)).content.decode()
    assert profile_url("delete", profile.pk) not in page


# The page of one profile


def test_the_page_shows_the_facts_and_where_to_fetch_the_document(
    root_client: Client, make_profile: Callable[..., Profile], profile_url: Callable[..., str]
) -> None:
    user = get_user_model().objects.create_user("ada")
    profile = make_profile(user=user, query_string="page=2", truncated="nodes")
    page = root_client.get(profile_url("change", profile.pk)).content.decode()
    for text in ("7.00 ms", "3.00 ms", "4.00 ms", "43%", "57%", "product-list", "ada", "?page=2"):
        assert text in page
    assert "Cut off:" in page
    assert f'data-document="{profile_url("document", profile.pk)}"' in page
    assert profile_url("speedscope", profile.pk) in page
    assert profile_url("export", profile.pk, "pprof") in page


@pytest.mark.parametrize(
    ("overhead_ns", "expected"),
    [(42_300_000, ["42.3 ms"]), (900, ["900 ns"]), (0, []), (None, [])],
)
def test_the_page_tells_what_the_profiler_itself_has_cost(
    overhead_ns: int | None,
    expected: list[str],
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    content = document()
    if overhead_ns is not None:
        content["overhead_ns"] = overhead_ns
    profile = make_profile(data=packed(content))
    page = root_client.get(profile_url("change", profile.pk)).content.decode()
    assert re.findall(r"Profiler's own cost: ([^,]+), taken out of all times", page) == expected
    assert "7.00 ms" in page


def test_the_page_has_nothing_inline(
    root_client: Client, make_profile: Callable[..., Profile], profile_url: Callable[..., str]
) -> None:
    for url in (profile_url("change", make_profile().pk), profile_url("changelist")):
        page = root_client.get(url).content.decode()
        assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
        assert "<style" not in page
        assert re.findall(r"<[^>]+\s(?:style|on\w+)=", page) == []


def test_without_javascript_there_are_still_the_functions(
    client_with: Callable[..., Client],
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    url = profile_url("change", make_profile().pk)
    plain = client_with("view_profile").get(url).content.decode()
    assert "shop.views.index" in plain
    assert STATEMENT not in plain
    assert STATEMENT in client_with("view_profile", "view_sql").get(url).content.decode()


def test_downloads_are_offered_only_to_those_who_may(
    client_with: Callable[..., Client],
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    profile = make_profile()
    url, download = profile_url("change", profile.pk), profile_url("export", profile.pk, "pprof")
    assert download not in client_with("view_profile").get(url).content.decode()
    assert download in client_with("view_profile", "export_profile").get(url).content.decode()


@pytest.mark.parametrize("data", [None, b"nonsense", b"\x1f\x8b" + b"\0" * 30])
def test_a_broken_document_gets_a_page_that_says_what_to_do(
    data: bytes | None,
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    profile = make_profile(data=data)
    response = root_client.get(profile_url("change", profile.pk))
    assert response.status_code == 422
    page = response.content.decode()
    assert "cannot be read" in page
    assert "profile the request again" in page
    assert "/products/" in page
    assert 'id="site-name"' in page
    assert "data-document" not in page
    assert profile_url("delete", profile.pk) in page


def test_names_from_a_document_are_never_markup(
    root_client: Client, make_profile: Callable[..., Profile], profile_url: Callable[..., str]
) -> None:
    content = document()
    content["strings"][1] = "<img src=x onerror=alert(1)>"
    profile = make_profile(data=packed(content), path="/<b>/")
    page = root_client.get(profile_url("change", profile.pk)).content.decode()
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert "/<b>/" not in page
