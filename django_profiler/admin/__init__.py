# SPDX-License-Identifier: MIT
"""The pages of the profiler in the Django admin. Another `AdminSite` can register the same classes."""

from __future__ import annotations

from django.contrib import admin

from django_profiler.admin.profiles import ProfileAdmin
from django_profiler.admin.views import ViewAdmin
from django_profiler.models import Profile, View

__all__ = ["ProfileAdmin", "ViewAdmin"]

admin.site.register(Profile, ProfileAdmin)
admin.site.register(View, ViewAdmin)
