# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS

from django_profiler.conf import profiler_settings

if TYPE_CHECKING:
    from django.db.models import Model

APP = "django_profiler"


class ProfilerRouter:
    """Keeps profiles on the alias `DATABASE`; for `DATABASE_ROUTERS`, last in the list.

    A dedicated alias holds profiles and nothing else, so that migrating it does not need the
    tables of the project. A router in front of this one may say otherwise.
    """

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return self._alias(model)

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        return self._alias(model)

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool | None:
        # A profile points to a user without a constraint: they may live apart.
        return True if APP in (obj1._meta.app_label, obj2._meta.app_label) else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        alias = profiler_settings().DATABASE
        if app_label == APP:
            return db == alias
        if db == alias != DEFAULT_DB_ALIAS:
            return False
        return None

    def _alias(self, model: type[Model]) -> str | None:
        return profiler_settings().DATABASE if model._meta.app_label == APP else None
