# SPDX-License-Identifier: MIT
"""The pages in an admin that is not the default one, and on another database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.utils import timezone

from django_profiler.models import Profile, ProfileBlob, View, ViewPeriod
from tests.django_admin.documents import packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client


@pytest.mark.urls("tests.django_admin.urls")
@pytest.mark.parametrize("page", ["", "{pk}/change/", "{pk}/speedscope/"])
def test_a_second_admin_links_to_itself(
    page: str, root_client: Client, make_profile: Callable[..., Profile]
) -> None:
    profile = make_profile()
    url = "/second/django_profiler/profile/" + page.format(pk=profile.pk)
    response = root_client.get(url)
    assert response.status_code == 200
    content = response.content.decode()
    addresses = re.findall(r'(?:href|action|data-document|data-profile-url)="([^"]+)"', content)
    inside = [address for address in addresses if "/django_profiler/profile/" in address]
    assert inside
    assert all(address.startswith("/second/") for address in inside)


@pytest.mark.urls("tests.django_admin.urls")
def test_a_site_without_views_names_the_view_without_a_link(
    root_client: Client, make_profile: Callable[..., Profile]
) -> None:
    url = f"/second/django_profiler/profile/{make_profile().pk}/change/"
    page = root_client.get(url).content.decode()
    assert "product-list" in page
    assert "/django_profiler/view/" not in page


@pytest.fixture
def other_tables(transactional_db: None) -> Iterator[None]:
    """The tables on a database which the suite's settings leave without them."""
    models = (View, ViewPeriod, Profile, ProfileBlob)
    with connections["profiles"].schema_editor() as editor:
        for model in models:
            editor.create_model(model)
    yield
    with connections["profiles"].schema_editor() as editor:
        for model in reversed(models):
            editor.delete_model(model)


@pytest.mark.django_db(transaction=True, databases=["default", "profiles"])
def test_profiles_may_live_on_another_database(
    other_tables: None,
    root_client: Client,
    settings: Any,
    profile_url: Callable[..., str],
    view_url: Callable[..., str],
) -> None:
    settings.DJANGO_PROFILER = {"DATABASE": "profiles"}
    # The pages have to find the way by themselves: nobody is obliged to install the router.
    settings.DATABASE_ROUTERS = []
    view = View.objects.using("profiles").create(route="there/", method="GET")
    user = get_user_model().objects.get(username="root")
    facts = {"method": "GET", "path": "/there/", "engine": "trace", "trigger": "parameter"}
    profile = Profile.objects.using("profiles").create(
        view=view, user_id=user.pk, wall_ns=1, cpu_ns=1, created=timezone.now(), **facts
    )
    ProfileBlob.objects.using("profiles").create(profile=profile, data=packed())
    assert "/there/" in root_client.get(profile_url("changelist")).content.decode()
    assert "there/" in root_client.get(view_url("changelist")).content.decode()
    assert root_client.get(view_url("change", view.pk)).status_code == 200
    for page in ("change", "document", "speedscope_data"):
        assert root_client.get(profile_url(page, profile.pk)).status_code == 200
    root_client.post(profile_url("delete", profile.pk), {"post": "yes"})
    assert not Profile.objects.using("profiles").exists()
