# SPDX-License-Identifier: MIT
"""A site without the admin."""

from __future__ import annotations

from django.urls import path

from tests.django import views

urlpatterns = [path("plain/", views.plain, name="plain")]
