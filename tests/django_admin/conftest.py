# SPDX-License-Identifier: MIT
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_profiler import histogram
from django_profiler.models import Profile, ProfileBlob, View, ViewPeriod
from tests.django_admin.documents import packed

if TYPE_CHECKING:
    from collections.abc import Callable

_MS = 1_000_000


@pytest.fixture
def make_view(db: None) -> Callable[..., View]:
    def make(route: str = "products/", **facts: Any) -> View:
        defaults = {
            "method": "GET",
            "view_name": "product-list",
            "profile_count": 2,
            "wall_ns_total": 30 * _MS,
            "wall_ns_max": 20 * _MS,
            "cpu_ns_total": 10 * _MS,
            "sql_count_total": 5,
            "sql_ns_total": 4 * _MS,
            "last_profiled": timezone.now(),
        }
        return View.objects.create(route=route, **{**defaults, **facts})

    return make


@pytest.fixture
def make_profile(make_view: Callable[..., View]) -> Callable[..., Profile]:
    """A profile with its document; `data=None` leaves the document out."""

    def make(*, data: bytes | None = b"", **facts: Any) -> Profile:
        view = facts.pop("view", None) or View.objects.first() or make_view()
        defaults = {
            "method": "GET",
            "path": "/products/",
            "status": 200,
            "engine": "trace",
            "trigger": "parameter",
            "wall_ns": 7 * _MS,
            "cpu_ns": 3 * _MS,
            "sql_count": 2,
            "sql_ns": 4 * _MS,
            "created": timezone.now(),
        }
        profile = Profile.objects.create(view=view, **{**defaults, **facts})
        if data is not None:
            ProfileBlob.objects.create(profile=profile, data=data or packed())
        return profile

    return make


@pytest.fixture
def make_period() -> Callable[..., ViewPeriod]:
    def make(
        view: View, *, hours_ago: int = 0, walls: tuple[int, ...] = (20 * _MS,), **more: Any
    ) -> ViewPeriod:
        hour = timezone.now().replace(minute=0, second=0, microsecond=0)
        counts = histogram.empty()
        for wall in walls:
            counts = histogram.add(counts, wall)
        return ViewPeriod.objects.create(
            view=view,
            hour=hour - timedelta(hours=hours_ago),
            count=len(walls),
            wall_histogram=counts,
            wall_ns_total=sum(walls),
            wall_ns_max=max(walls),
            **more,
        )

    return make


@pytest.fixture
def client_with(db: None) -> Callable[..., Client]:
    """A browser of a member of staff who has exactly these permissions of the profiler."""

    def login(*codenames: str) -> Client:
        name = "-".join(codenames) or "nobody"
        user = get_user_model().objects.create_user(name, is_staff=True)
        wanted = Permission.objects.filter(
            content_type__app_label="django_profiler", codename__in=codenames
        )
        assert wanted.count() == len(codenames)
        user.user_permissions.set(wanted)
        client = Client()
        client.force_login(user)
        return client

    return login


@pytest.fixture
def root_client(db: None) -> Client:
    """A browser of a superuser."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    return client


@pytest.fixture
def profile_url() -> Callable[..., str]:
    def build(page: str, *args: object) -> str:
        return reverse(f"admin:django_profiler_profile_{page}", args=args)

    return build


@pytest.fixture
def view_url() -> Callable[..., str]:
    def build(page: str, *args: object) -> str:
        return reverse(f"admin:django_profiler_view_{page}", args=args)

    return build
