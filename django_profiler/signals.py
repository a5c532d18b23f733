# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete

from django_profiler.conf import profiler_settings

if TYPE_CHECKING:
    from django.db.models import Model


def connect() -> None:
    post_delete.connect(
        forget_user, sender=settings.AUTH_USER_MODEL, dispatch_uid="django_profiler.forget_user"
    )


def forget_user(instance: Model, using: str, **_: Any) -> None:
    """Take a deleted user out of the profiles, and never let that stop the deletion."""
    user_id = instance.pk  # The instance loses it.

    def forget() -> None:
        _set_null(user_id)

    transaction.on_commit(forget, using=using, robust=True)


def _set_null(user_id: Any) -> None:
    from django_profiler.models import Profile

    alias = profiler_settings().DATABASE
    Profile.objects.using(alias).filter(user_id=user_id).update(user_id=None)
