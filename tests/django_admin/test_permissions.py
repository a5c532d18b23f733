# SPDX-License-Identifier: MIT
"""Who may open which page: staff alone is not enough, and each page asks by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_profiler.models import Profile, View

ALL = {
    "view_profile",
    "delete_profile",
    "view_view",
    "delete_view",
    "trigger_profile",
    "export_profile",
    "view_sql",
}

PROFILE_PAGES = [
    ("change", "GET", {"view_profile"}, 200),
    ("document", "GET", {"view_profile"}, 200),
    ("speedscope", "GET", {"view_profile"}, 200),
    ("speedscope_data", "GET", {"view_profile"}, 200),
    ("export", "GET", {"view_profile", "export_profile"}, 200),
    ("delete", "GET", {"view_profile", "delete_profile"}, 200),
]
VIEW_PAGES = [
    ("change", {"view_view"}),
    ("document", {"view_view", "view_profile"}),
    ("delete", {"view_view", "delete_view"}),
]


def page_arguments(page: str, profile: Profile) -> tuple[object, ...]:
    return (profile.pk, "collapsed") if page == "export" else (profile.pk,)


@pytest.mark.parametrize(("page", "method", "needed", "status"), PROFILE_PAGES)
def test_pages_of_a_profile_open_with_just_their_permissions(
    page: str,
    method: str,
    needed: set[str],
    status: int,
    client_with: Callable[..., Client],
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    url = profile_url(page, *page_arguments(page, make_profile()))
    assert client_with(*sorted(needed)).get(url).status_code == status


@pytest.mark.parametrize(
    ("page", "missing"),
    [(page, codename) for page, _, needed, _ in PROFILE_PAGES for codename in sorted(needed)],
)
def test_pages_of_a_profile_stay_closed_without_one_of_them(
    page: str,
    missing: str,
    client_with: Callable[..., Client],
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    url = profile_url(page, *page_arguments(page, make_profile()))
    granted = ALL - {missing}
    # Deleting asks for its own permission only, as everywhere in the admin.
    expected = 200 if (page, missing) == ("delete", "view_profile") else 403
    assert client_with(*sorted(granted)).get(url).status_code == expected


@pytest.mark.parametrize(("page", "needed"), VIEW_PAGES)
def test_pages_of_a_view_need_their_permissions(
    page: str,
    needed: set[str],
    client_with: Callable[..., Client],
    make_view: Callable[..., View],
    make_period: Callable[..., object],
    view_url: Callable[..., str],
) -> None:
    from tests.django_admin.documents import packed

    view = make_view()
    make_period(view, tree=packed(), tree_count=1)
    url = view_url(page, view.pk)
    assert client_with(*sorted(needed)).get(url).status_code == 200
    for codename in sorted(needed - {"view_view"} or needed):
        assert client_with(*sorted(ALL - {codename})).get(url).status_code == 403


@pytest.mark.parametrize("page", ["change", "document", "speedscope", "speedscope_data", "export"])
def test_strangers_are_sent_to_the_login_page(
    page: str,
    client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    response = client.get(profile_url(page, *page_arguments(page, make_profile())))
    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")


def test_permissions_do_not_help_those_who_are_no_staff(
    make_profile: Callable[..., Profile], profile_url: Callable[..., str]
) -> None:
    user = get_user_model().objects.create_superuser("customer")
    user.is_staff = False
    user.save()
    client = Client()
    client.force_login(user)
    assert client.get(profile_url("document", make_profile().pk)).status_code == 302


@pytest.mark.parametrize("page", ["changelist", "add"])
def test_lists_need_the_permission_and_nothing_can_be_added(
    page: str, client_with: Callable[..., Client], profile_url: Callable[..., str]
) -> None:
    assert client_with().get(profile_url(page)).status_code == 403
    expected = 200 if page == "changelist" else 403
    assert client_with("view_profile").get(profile_url(page)).status_code == expected


def test_nothing_can_be_changed(
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
    view_url: Callable[..., str],
) -> None:
    profile = make_profile()
    assert root_client.post(profile_url("change", profile.pk), {"path": "/x/"}).status_code == 403
    assert root_client.post(view_url("change", profile.view_id), {"route": "x"}).status_code == 403
    profile.refresh_from_db()
    assert profile.path == "/products/"


@pytest.mark.parametrize("page", ["document", "speedscope", "speedscope_data", "export"])
def test_reading_pages_take_no_posts(
    page: str,
    root_client: Client,
    make_profile: Callable[..., Profile],
    profile_url: Callable[..., str],
) -> None:
    url = profile_url(page, *page_arguments(page, make_profile()))
    assert root_client.post(url).status_code == 405


@pytest.mark.parametrize("key", ["nonsense", "00000000-0000-0000-0000-000000000000", "1"])
@pytest.mark.parametrize("page", ["change", "document", "speedscope", "speedscope_data"])
def test_unknown_profiles_are_not_found(
    page: str, key: str, root_client: Client, profile_url: Callable[..., str]
) -> None:
    assert root_client.get(profile_url(page, key)).status_code == 404


@pytest.mark.parametrize("key", ["nonsense", "99999999"])
def test_unknown_views_are_not_found(
    key: str, root_client: Client, view_url: Callable[..., str]
) -> None:
    assert root_client.get(view_url("change", key)).status_code == 404
