# SPDX-License-Identifier: MIT
from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from django_profiler import counters, guard, policy, recorder, session, spool
from django_profiler.models import Profile
from tests.django import views
from tests.django.projects import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _clean_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test begins with counters at zero, an empty spool and nothing waiting."""
    assert recorder.flush(20)
    monkeypatch.setattr(spool, "directory", lambda: tmp_path / "spool")
    monkeypatch.setattr(guard, "_logged", set())
    counters.reset()
    views.calls.clear()
    views.gate.clear()
    yield
    views.gate.set()
    assert recorder.flush(20)
    assert session.running_count() == 0, "a test left a session running"


@pytest.fixture
def stored(transactional_db: None) -> Iterator[Callable[[], list[Profile]]]:
    """What is in the store once the writer thread is done, oldest first."""

    def read() -> list[Profile]:
        assert recorder.flush(20)
        return list(Profile.objects.select_related("view").order_by("created"))

    yield read
    # Before the tables are emptied for the next test.
    assert recorder.flush(20)


@pytest.fixture
def token() -> dict[str, str]:
    """Headers that authorise, for clients without DEBUG."""
    return {"X-Profile": policy.make_token()}


@pytest.fixture
def profiler(settings: Any) -> Callable[..., None]:
    """Change keys of DJANGO_PROFILER for the rest of the test."""

    def change(**keys: Any) -> None:
        settings.DJANGO_PROFILER = {**getattr(settings, "DJANGO_PROFILER", {}), **keys}

    return change


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = Project(tmp_path_factory.mktemp("migrated"))
    project.manage("migrate", "-v0")
    return project.database


@pytest.fixture
def site(_migrated: Path, tmp_path: Path) -> Callable[..., Project]:
    """A project of its own, by what its settings say of DJANGO_PROFILER, with an empty database."""

    def make(**keys: Any) -> Project:
        project = Project(tmp_path, f"DJANGO_PROFILER = {keys!r}")
        shutil.copy(_migrated, project.database)
        return project

    return make
