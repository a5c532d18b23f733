# SPDX-License-Identifier: MIT
"""Addresses of the example shop, its admin and its static files."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.staticfiles.views import serve as serve_from_apps
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.static import serve as serve_from_folder


def static_pattern() -> URLPattern:
    """Static files, served by Django: a demo on loopback needs no web server in front.

    staticfiles_urlpatterns() would put the sub-path into the pattern, where requests no longer
    carry it. Without DEBUG, the hashed files that collectstatic made are served.
    """
    route = r"^static/(?P<path>.*)$"
    if settings.DEBUG:
        return re_path(route, serve_from_apps)
    return re_path(route, serve_from_folder, {"document_root": settings.STATIC_ROOT})


urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    static_pattern(),
    path("", include("shop.urls")),
]
