# SPDX-License-Identifier: MIT
from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.utils import translation

from django_profiler.models import Profile, View
from tests.django.makers import make_sealed

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(databases="__all__")
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "django_profiler", check=True, dry_run=True, verbosity=0)


def test_the_permissions_are_those_of_the_documentation() -> None:
    found = Permission.objects.filter(content_type__app_label="django_profiler")
    assert set(found.values_list("content_type__model", "codename")) == {
        ("profile", "view_profile"),
        ("profile", "delete_profile"),
        ("profile", "trigger_profile"),
        ("profile", "export_profile"),
        ("profile", "view_sql"),
        ("view", "view_view"),
        ("view", "delete_view"),
    }


def test_lists_do_not_read_the_documents(django_assert_num_queries: object) -> None:
    from django_profiler import store

    store.save(make_sealed())
    with django_assert_num_queries(1) as queries:
        list(Profile.objects.select_related("view"))
    assert "profileblob" not in queries.captured_queries[0]["sql"]


def test_names_can_be_translated() -> None:
    with translation.override("en"):
        assert str(Profile._meta.verbose_name_plural) == "profiles"
    assert not isinstance(Profile._meta.verbose_name_plural, str)


def test_a_view_says_what_it_is() -> None:
    assert str(View(route="products/<slug:slug>/", method="GET")) == "GET products/<slug:slug>/"
    assert str(View(route="", method="HEAD")) == "HEAD /"


def test_the_newest_come_first() -> None:
    assert Profile._meta.ordering == ("-created",)
