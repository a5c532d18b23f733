# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, transaction

from django_profiler import signals, store
from django_profiler.models import Profile
from tests.django.makers import make_sealed

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_deleted_user_leaves_the_profiles() -> None:
    user = get_user_model().objects.create_user("ada")
    store.save(make_sealed(user=str(user.pk)))
    store.save(make_sealed(user="4711"))
    get_user_model().objects.all().delete()
    assert set(Profile.objects.values_list("user_id", flat=True)) == {None, 4711}


def test_a_deletion_that_is_rolled_back_leaves_the_user() -> None:
    user = get_user_model().objects.create_user("ada")
    store.save(make_sealed(user=str(user.pk)))
    with transaction.atomic():
        user.delete()
        transaction.set_rollback(True)
    assert Profile.objects.get().user.username == "ada"


def test_a_failing_store_does_not_stop_the_deletion(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(user_id: Any) -> None:
        raise OperationalError("the database of the profiles is away")

    user = get_user_model().objects.create_user("ada")
    monkeypatch.setattr(signals, "_set_null", fail)
    user.delete()
    assert get_user_model().objects.count() == 0
