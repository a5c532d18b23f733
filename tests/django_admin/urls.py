# SPDX-License-Identifier: MIT
"""A project with a second admin, which has profiles but no views."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from django_profiler.admin import ProfileAdmin
from django_profiler.models import Profile

second_site = admin.AdminSite(name="second")
second_site.register(Profile, ProfileAdmin)

urlpatterns = [path("admin/", admin.site.urls), path("second/", second_site.urls)]
