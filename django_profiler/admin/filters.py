# SPDX-License-Identifier: MIT
"""Filters of the list of profiles. None of them costs a query that grows with the table, except
the methods, which come from an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from django_profiler.admin.figures import route
from django_profiler.conf import profiler_settings
from django_profiler.models import View

VIEWS_OFFERED = 20
_MS = 1_000_000


class ViewFilter(admin.SimpleListFilter):
    """The views profiled last; the page of a view links to any other."""

    title = _("view")
    parameter_name = "view"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        views = View.objects.using(profiler_settings().DATABASE).order_by("-last_profiled")
        offered = [(str(view.pk), _label(view)) for view in views[:VIEWS_OFFERED]]
        chosen = request.GET.get(self.parameter_name)
        if chosen and chosen.isdecimal() and chosen not in dict(offered):
            offered += [(str(view.pk), _label(view)) for view in views.filter(pk=int(chosen))]
        return offered

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        value = self.value()
        if value is None:
            return None
        return queryset.filter(view=int(value)) if value.isdecimal() else queryset.none()


def _label(view: View) -> str:
    return f"{view.method} {route(view.route)}"


class StatusFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "status_class"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        classes = [(str(digit), f"{digit}xx") for digit in range(2, 6)]
        return [*classes, ("none", _("No response"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        value = self.value()
        if value == "none":
            return queryset.filter(status=None)
        if value not in {"2", "3", "4", "5"}:
            return None
        first = 100 * int(value)
        return queryset.filter(status__gte=first, status__lt=first + 100)


class _AtLeastFilter(admin.SimpleListFilter):
    """Choices that each mean "this much or more" of one field."""

    field: str
    choices_offered: Sequence[tuple[int, str]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [(str(least), text) for least, text in self.choices_offered]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        value = self.value()
        if value is None or not value.isdecimal():
            return None
        return queryset.filter(**{f"{self.field}__gte": int(value)})


class WallFilter(_AtLeastFilter):
    title = _("wall time")
    parameter_name = "wall"
    field = "wall_ns"
    choices_offered = (
        (50 * _MS, "≥ 50 ms"),
        (200 * _MS, "≥ 200 ms"),
        (1000 * _MS, "≥ 1 s"),
        (5000 * _MS, "≥ 5 s"),
    )


class QueriesFilter(_AtLeastFilter):
    title = _("queries")
    parameter_name = "queries"
    field = "sql_count"
    choices_offered = ((1, "≥ 1"), (10, "≥ 10"), (50, "≥ 50"), (200, "≥ 200"))
