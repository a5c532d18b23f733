# SPDX-License-Identifier: MIT
from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import libprof
from django_profiler.admin.merged import PERIODS_MERGED
from django_profiler.models import Profile, View
from tests.django_admin.documents import STATEMENT, document, packed

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

_MS = 1_000_000


# The list


def test_a_row_gives_the_results_of_the_view(
    root_client: Client,
    make_view: Callable[..., View],
    make_period: Callable[..., Any],
    view_url: Callable[..., str],
) -> None:
    view = make_view()
    make_period(view, walls=(10 * _MS,) * 19 + (80 * _MS,))
    page = root_client.get(view_url("changelist")).content.decode()
    for text in ("products/", "product-list", "15.0 ms", "20.0 ms", "5.00 ms", "2.5 / 2.00 ms"):
        assert text in page
    assert "dp-sparkline" in page
    (p95,) = re.findall(r'field-p95_wall"><span class="dp-figure">([\d.]+) ms', page)
    assert float(p95) == pytest.approx(10, rel=0.1)


def test_a_view_without_profiles_divides_nothing(
    root_client: Client, make_view: Callable[..., View], view_url: Callable[..., str]
) -> None:
    view = make_view(profile_count=0, wall_ns_total=0, last_profiled=None)
    assert root_client.get(view_url("changelist")).status_code == 200
    assert root_client.get(view_url("change", view.pk)).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_list(
    root_client: Client,
    make_view: Callable[..., View],
    make_period: Callable[..., Any],
    view_url: Callable[..., str],
) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert root_client.get(view_url("changelist")).status_code == 200
        return [query["sql"] for query in captured]

    make_period(make_view(), tree=packed(), tree_count=1)
    few = queries()
    for number in range(12):
        make_period(make_view(f"route/{number}/"), tree=packed(), tree_count=1)
    many = queries()
    assert len(many) == len(few)
    assert not any('"tree"' in sql for sql in many)


def test_old_periods_do_not_count_for_the_trend(
    root_client: Client,
    make_view: Callable[..., View],
    make_period: Callable[..., Any],
    view_url: Callable[..., str],
) -> None:
    make_period(make_view(), hours_ago=24 * 30, walls=(900 * _MS,))
    page = root_client.get(view_url("changelist")).content.decode()
    assert 'field-p95_wall"><span class="dp-figure">–<' in page


@pytest.mark.parametrize("order", range(1, 10))
def test_every_column_that_offers_sorting_sorts(
    order: int,
    root_client: Client,
    make_view: Callable[..., View],
    view_url: Callable[..., str],
) -> None:
    make_view("a/")
    make_view("b/")
    assert root_client.get(f"{view_url('changelist')}?o=-{order}").status_code == 200


def test_deleting_a_view_says_so_first_and_takes_its_profiles_along(
    root_client: Client, make_profile: Callable[..., Profile], view_url: Callable[..., str]
) -> None:
    profile = make_profile()
    url = view_url("delete", profile.view_id)
    assert root_client.get(url).status_code == 200
    root_client.post(url, {"post": "yes"})
    assert not View.objects.exists()
    assert not Profile.objects.exists()


# The page of one view


def test_the_page_shows_histograms_hours_and_the_latest_profiles(
    root_client: Client,
    make_profile: Callable[..., Profile],
    make_period: Callable[..., Any],
    view_url: Callable[..., str],
    profile_url: Callable[..., str],
) -> None:
    profile = make_profile()
    make_period(
        profile.view, walls=(10 * _MS, 12 * _MS), tree=packed(), tree_count=2, tree_dropped=3
    )
    page = root_client.get(view_url("change", profile.view_id)).content.decode()
    assert page.count('class="dp-histogram"') == 1
    assert "1 request" in page
    assert "(3 not in the merged profile)" in page
    assert profile_url("change", profile.pk) in page
    assert f"{profile_url('changelist')}?view={profile.view_id}" in page
    assert f'data-document="{view_url("document", profile.view_id)}"' in page


def test_the_page_does_not_read_the_trees(
    root_client: Client,
    make_view: Callable[..., View],
    make_period: Callable[..., Any],
    view_url: Callable[..., str],
) -> None:
    view = make_view()
    make_period(view, tree=packed(), tree_count=1)
    with CaptureQueriesContext(connection) as captured:
        assert root_client.get(view_url("change", view.pk)).status_code == 200
    selected = [query["sql"].split(" FROM ")[0] for query in captured]
    assert not any('"tree"' in columns for columns in selected)


def test_profiles_are_not_shown_without_their_permission(
    client_with: Callable[..., Client],
    make_profile: Callable[..., Profile],
    make_period: Callable[..., Any],
    view_url: Callable[..., str],
    profile_url: Callable[..., str],
) -> None:
    profile = make_profile()
    make_period(profile.view, tree=packed(), tree_count=1)
    page = client_with("view_view").get(view_url("change", profile.view_id)).content.decode()
    assert profile_url("change", profile.pk) not in page
    assert "data-document" not in page


def test_pruned_profiles_leave_a_word(
    root_client: Client, make_view: Callable[..., View], view_url: Callable[..., str]
) -> None:
    page = root_client.get(view_url("change", make_view().pk)).content.decode()
    assert "have been pruned" in page


def test_the_tree_of_a_single_hour_is_passed_through(
    root_client: Client,
    make_view: Callable[..., View],
    make_period: Callable[..., Any],
    view_url: Callable[..., str],
) -> None:
    view = make_view()
    make_period(view, tree=packed(), tree_count=1)
    make_period(view, hours_ago=1)
    response = root_client.get(view_url("document", view.pk))
    assert response.content == packed()
    assert response["Content-Encoding"] == "gzip"
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))


def test_the_trees_of_the_latest_hours_are_added_up(
    root_client: Client,
    make_view: Callable[..., View],
    make_period: Callable[..., Any],
    view_url: Callable[..., str],
) -> None:
    view = make_view()
    other = document()
    other["strings"][1] = "shop.views.other"
    make_period(view, tree=packed(), tree_count=1)
    make_period(view, hours_ago=1, tree=packed(), tree_count=1)
    make_period(view, hours_ago=2, tree=packed(other), tree_count=1)
    merged = libprof.Profile.from_bytes(root_client.get(view_url("document", view.pk)).content)
    calls = {each.name: each.calls for each in merged.functions()}
    assert calls["shop.views.index"] == 2
    assert calls["shop.views.other"] == 1
    assert calls[STATEMENT] == 6


def test_only_a_day_of_trees_is_merged(
    root_client: Client,
    make_view: Callable[..., View],
    make_period: Callable[..., Any],
    view_url: Callable[..., str],
) -> None:
    view = make_view()
    for hours_ago in range(PERIODS_MERGED + 3):
        make_period(view, hours_ago=hours_ago, tree=packed(), tree_count=1)
    merged = libprof.Profile.from_bytes(root_client.get(view_url("document", view.pk)).content)
    calls = {each.name: each.calls for each in merged.functions()}
    assert calls["shop.views.index"] == PERIODS_MERGED


def test_nothing_merged_is_an_error_the_page_can_show(
    root_client: Client, make_view: Callable[..., View], view_url: Callable[..., str]
) -> None:
    response = root_client.get(view_url("document", make_view().pk))
    assert response.status_code == 404
    assert "merged" in response.json()["error"]


def test_a_broken_tree_is_an_answer_and_no_traceback(
    root_client: Client,
    make_view: Callable[..., View],
    make_period: Callable[..., Any],
    view_url: Callable[..., str],
) -> None:
    view = make_view()
    make_period(view, tree=b"nonsense", tree_count=1)
    make_period(view, hours_ago=1, tree=packed(), tree_count=1)
    response = root_client.get(view_url("document", view.pk))
    assert response.status_code == 422
    assert response.json()["error"]


def test_views_are_sorted_by_their_last_profile(
    root_client: Client, make_view: Callable[..., View], view_url: Callable[..., str]
) -> None:
    now = timezone.now()
    for hours, route in ((3, "third/"), (1, "first/"), (2, "second/")):
        make_view(route, last_profiled=now - timedelta(hours=hours))
    page = root_client.get(view_url("changelist")).content.decode()
    assert re.findall(r'class="dp-path">([^<]+)<', page) == ["/first/", "/second/", "/third/"]
