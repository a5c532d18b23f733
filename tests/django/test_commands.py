# SPDX-License-Identifier: MIT
from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.utils import timezone

from django_profiler import policy, spool, store
from django_profiler.models import Profile
from tests.django.makers import make_sealed

if TYPE_CHECKING:
    from django.test import Client

Change = Callable[..., None]


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_printed_token_works(client: Client, stored: Callable[[], list[Profile]]) -> None:
    token = run("profiler_token").strip()
    response = client.get("/plain/?profile=1", headers={"X-Profile": token})
    assert response["X-Profile-Id"] == str(stored()[0].id)


def test_a_token_lasts_as_long_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    token = run("profiler_token", "--seconds=10").strip()
    now = policy.time.time()
    monkeypatch.setattr(policy.time, "time", lambda: now + 9)
    assert policy.read_credential(token, "token")
    monkeypatch.setattr(policy.time, "time", lambda: now + 11)
    assert not policy.read_credential(token, "token")


@pytest.mark.parametrize("seconds", ["0", "-5", "soon", "99999999"])
def test_no_other_duration_is_taken(seconds: str) -> None:
    with pytest.raises(CommandError, match="a number from 1 to"):
        run("profiler_token", f"--seconds={seconds}")


@pytest.mark.django_db
def test_a_token_is_made_for_a_user_who_may_profile() -> None:
    user = get_user_model().objects.create_user("ada")
    with pytest.raises(CommandError, match="may not profile"):
        run("profiler_token", "--user=ada")
    with pytest.raises(CommandError, match="no user 'bob'"):
        run("profiler_token", "--user=bob")
    user.user_permissions.add(Permission.objects.get(codename="trigger_profile"))
    token = run("profiler_token", "--user=ada").strip()
    assert policy.read_credential(token, "token").user == str(user.pk)


@pytest.mark.django_db
def test_pruning_stores_the_spool_and_keeps_the_bounds(profiler: Change) -> None:
    profiler(MAX_AGE=timedelta(days=1))
    now = timezone.now()
    store.save(make_sealed(created=now - timedelta(days=2)))
    spool.put(make_sealed(created=now, path="/spooled/"))
    printed = run("profiler_prune")
    assert "stored from the spool: 1, left there: 0" in printed
    assert "deleted: 1 profiles" in printed
    assert Profile.objects.get().path == "/spooled/"


@pytest.mark.django_db
def test_the_numbers_are_told_to_people_and_programs() -> None:
    empty: dict[str, Any] = json.loads(run("profiler_stats", "--json"))
    assert (empty["profiles"], empty["newest"]) == (0, None)
    sealed = make_sealed()
    store.save(sealed)
    spool.put(make_sealed())
    numbers = json.loads(run("profiler_stats", "--json"))
    assert (numbers["profiles"], numbers["views"], numbers["view periods"]) == (1, 1, 1)
    assert numbers["bytes"] == 2 * len(sealed.document)
    assert (numbers["spooled profiles"], numbers["profiles allowed"]) == (1, 10000)
    assert numbers["spooled bytes"] == spool.usage()[1]
    lines = dict(line.split("  ", 1) for line in run("profiler_stats").splitlines())
    assert lines["profiles"].strip() == "1"
    assert any("10,000" in line for line in lines.values())
