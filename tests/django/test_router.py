# SPDX-License-Identifier: MIT
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model

from django_profiler.models import Profile
from django_profiler.router import ProfilerRouter
from tests.django.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

Change = Callable[..., None]
router = ProfilerRouter()

SETTINGS = """
DATABASES["profiles"]["NAME"] = DATABASES["default"]["NAME"] + ".profiles"
DJANGO_PROFILER = {"DATABASE": "profiles"}
"""
ASK = """
from django.contrib.auth import get_user_model
from django_profiler.models import Profile
from django.db import connections
print([sorted(name for name in connections[alias].introspection.table_names()
              if name in ("auth_user", "django_profiler_profile"))
       for alias in ("default", "profiles")])
get_user_model().objects.create(username="ada").delete()
print(Profile.objects.count())
"""


def test_profiles_are_read_and_written_where_the_settings_say(profiler: Change) -> None:
    assert router.db_for_read(Profile) == router.db_for_write(Profile) == "default"
    profiler(DATABASE="profiles")
    assert router.db_for_read(Profile) == router.db_for_write(Profile) == "profiles"


def test_other_models_are_none_of_its_business(profiler: Change) -> None:
    profiler(DATABASE="profiles")
    user = get_user_model()
    assert router.db_for_read(user) is None
    assert router.db_for_write(user) is None
    assert router.allow_relation(user(), user()) is None
    assert router.allow_migrate("default", "auth") is None


def test_a_profile_may_point_to_a_user_elsewhere(profiler: Change) -> None:
    profiler(DATABASE="profiles")
    assert router.allow_relation(Profile(), get_user_model()()) is True
    assert router.allow_relation(get_user_model()(), Profile()) is True


def test_tables_are_made_on_the_right_database_only(profiler: Change) -> None:
    assert router.allow_migrate("default", "django_profiler") is True
    assert router.allow_migrate("profiles", "django_profiler") is False
    assert router.allow_migrate("profiles", "auth") is None
    profiler(DATABASE="profiles")
    assert router.allow_migrate("default", "django_profiler") is False
    assert router.allow_migrate("profiles", "django_profiler") is True
    assert router.allow_migrate("profiles", "auth") is False


@pytest.mark.slow
def test_a_project_with_two_databases(tmp_path: Path) -> None:
    """Migrating, deleting a user and using profiles, each on its own database."""
    project = Project(tmp_path, SETTINGS)
    project.manage("migrate", "-v0")
    project.manage("migrate", "-v0", "--database=profiles")
    printed = project.python("-c", f"import django\ndjango.setup()\n{ASK}").splitlines()
    assert printed == ["[['auth_user'], ['django_profiler_profile']]", "0"]
