# SPDX-License-Identifier: MIT
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django_profiler import counters, spool
from django_profiler.reasons import Event, Loss
from django_profiler.records import Sealed
from tests.django.makers import MOMENT, make_facts

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_directory = spool.directory


def put(**changes: Any) -> Sealed:
    sealed = Sealed(make_facts(**changes), b"document")
    assert spool.put(sealed)
    return sealed


def test_what_is_put_is_found_oldest_first() -> None:
    late, early = put(created=MOMENT + timedelta(days=1)), put()
    assert [spool.read(path) for path in spool.files()] == [early, late]
    assert spool.usage() == (2, sum(path.stat().st_size for path in spool.files()))
    assert counters.get(Event.SPOOLED) == 2


def test_an_empty_spool_is_no_error() -> None:
    assert spool.files() == []
    assert spool.usage() == (0, 0)


def test_the_spool_is_private() -> None:
    put()
    assert spool.directory().stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in spool.files())


def test_a_directory_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    spool.directory().mkdir(mode=0o777)
    spool.directory().chmod(0o777)
    assert not spool.put(Sealed(make_facts(), b"document"))
    assert counters.get(Loss.SPOOL_FAILED) == 1
    (spool.directory() / "planted.profile").write_bytes(b"planted")
    assert spool.files() == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    spool.directory().symlink_to(tmp_path / "elsewhere")
    assert not spool.put(Sealed(make_facts(), b"document"))
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_number_of_files_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "SPOOL_FILES", 2)
    put()
    put()
    assert not spool.put(Sealed(make_facts(), b"document"))
    assert len(spool.files()) == 2
    assert counters.get(Loss.SPOOL_FULL) == 1


def test_the_bytes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "SPOOL_BYTES", 5000)
    put()
    assert not spool.put(Sealed(make_facts(), b"x" * 5000))
    assert spool.usage()[1] <= 5000
    assert counters.get(Loss.SPOOL_FULL) == 1


def test_a_broken_file_is_a_counted_loss_and_goes() -> None:
    put()
    (path,) = spool.files()
    path.write_bytes(path.read_bytes()[:-3])
    assert spool.read(path) is None
    assert spool.files() == []
    assert counters.get(Loss.SPOOL_BROKEN) == 1


def test_a_file_that_another_process_took_is_no_loss() -> None:
    put()
    (path,) = spool.files()
    path.unlink()
    assert spool.read(path) is None
    assert counters.get(Loss.SPOOL_BROKEN) == 0


def test_what_a_killed_process_left_half_written_is_swept_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put()
    half = spool.directory() / "x.1.part"
    half.write_bytes(b"half")
    spool.sweep()
    assert half.exists()
    monkeypatch.setattr(spool, "PARTIAL_SECONDS", -1)
    spool.sweep()
    assert not half.exists()
    assert len(spool.files()) == 1


def test_projects_do_not_share_a_spool(settings: Any) -> None:
    first = _directory()
    settings.SECRET_KEY = "another"
    assert _directory() != first
    assert "only for tests" not in str(first)
