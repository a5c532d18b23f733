# SPDX-License-Identifier: MIT
from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import path

from tests.django import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", views.plain, name="home"),
    path("plain/", views.plain, name="plain"),
    path("busy/<int:milliseconds>/", views.busy, name="busy"),
    path("abusy/<int:milliseconds>/", views.abusy, name="abusy"),
    path("echo/", views.echo, name="echo"),
    path("sql/<int:count>/", views.sql, name="sql"),
    path("slow-sql/", views.slow_sql, name="slow_sql"),
    path("users/", views.users, name="users"),
    path("whoami/", views.whoami, name="whoami"),
    path("sign-in/<str:name>/", views.sign_in, name="sign-in"),
    path("private/", login_required(views.plain), name="private"),
    path("fails/", views.fails, name="fails"),
    path("leaves/", views.leaves, name="leaves"),
    path("missing/", views.missing, name="missing"),
    path("moved/", views.moved, name="moved"),
    path("headers/", views.cached_headers, name="headers"),
    path("upload/", views.upload, name="upload"),
    path("waits/", views.waits, name="waits"),
    path("streams/<int:count>/", views.streams, name="streams"),
    path("streams-badly/", views.streams_badly, name="streams-badly"),
    path("file/", views.sends_file, name="file"),
    path("aplain/", views.aplain, name="aplain"),
    path("asleeps/", views.asleeps, name="asleeps"),
    path("astreams/<int:count>/", views.astreams, name="astreams"),
    path("astreams-forever/", views.astreams_forever, name="astreams-forever"),
    path("agathers/<int:count>/", views.agathers, name="agathers"),
]
urlpatterns += [
    path(f"{kind}/{number}/", view, name=f"{kind}-{number}")
    for kind, group in (
        ("sync", views.sync_views),
        ("async", views.async_views),
        ("timed", views.timed_views),
    )
    for number, view in enumerate(group)
]
