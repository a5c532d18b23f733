# SPDX-License-Identifier: MIT
from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DjangoProfilerConfig(AppConfig):
    name = "django_profiler"
    label = "django_profiler"
    verbose_name = _("Profiler")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Only registrations: no thread, no file and no connection before the first profile.
        from django_profiler import checks, signals  # noqa: F401

        signals.connect()
