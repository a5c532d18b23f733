# SPDX-License-Identifier: MIT
"""The list of views with their results, and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.db.models.functions import NullIf
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from django_profiler import histogram
from django_profiler.admin.base import ReadOnlyAdmin, admin_url, moment
from django_profiler.admin.changelists import ViewChangeList
from django_profiler.admin.documents import document_response, error_response
from django_profiler.admin.figures import duration, route
from django_profiler.admin.histograms import picture
from django_profiler.admin.merged import has_tree, merged_document
from django_profiler.admin.profiles import latest_profiles
from django_profiler.admin.redaction import BrokenDocument
from django_profiler.admin.summaries import periods_of
from django_profiler.admin.svg import share_bar, sparkline
from django_profiler.models import Profile, View, ViewPeriod

PROFILES_SHOWN = 10


class ViewAdmin(ReadOnlyAdmin):
    change_form_template = "django_profiler/admin/view.html"
    list_display = (
        "route_label",
        "profile_count",
        "mean_wall",
        "p95_wall",
        "max_wall",
        "mean_cpu",
        "mean_sql",
        "trend",
        "seen",
    )
    list_filter = ("last_profiled", ("method", admin.AllValuesFieldListFilter))
    ordering = ("-last_profiled",)
    search_fields = ("route", "view_name")

    # The list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ViewChangeList]:
        return ViewChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        profiles = NullIf("profile_count", 0)
        return (
            super()
            .get_queryset(request)
            .annotate(
                mean_wall_ns=F("wall_ns_total") / profiles,
                mean_cpu_ns=F("cpu_ns_total") / profiles,
                mean_sql_ns=F("sql_ns_total") / profiles,
            )
        )

    @admin.display(description=_("view"), ordering="route")
    def route_label(self, view: View) -> SafeString:
        return format_html(
            '<span class="dp-method">{}</span> <span class="dp-path">{}</span>'
            '<span class="dp-view-name">{}</span>',
            view.method,
            route(view.route),
            view.view_name,
        )

    @admin.display(description=_("mean wall"), ordering="mean_wall_ns")
    def mean_wall(self, view: View) -> SafeString:
        share = getattr(view, "wall_share", 0.0)
        return format_html(
            '<span class="dp-time">{} {}</span>', share_bar(share), duration(view.mean_wall_ns)
        )

    @admin.display(description=_("p95"))
    def p95_wall(self, view: View) -> SafeString:
        return _figure(duration(view.recent.p95 if view.recent else None))

    @admin.display(description=_("max wall"), ordering="wall_ns_max")
    def max_wall(self, view: View) -> SafeString:
        return _figure(duration(view.wall_ns_max))

    @admin.display(description=_("mean CPU"), ordering="mean_cpu_ns")
    def mean_cpu(self, view: View) -> SafeString:
        return _figure(duration(view.mean_cpu_ns))

    @admin.display(description=_("mean SQL"), ordering="mean_sql_ns")
    def mean_sql(self, view: View) -> SafeString:
        return _figure(f"{_queries_per_request(view)} / {duration(view.mean_sql_ns)}")

    @admin.display(description=_("by hour"))
    def trend(self, view: View) -> SafeString | str:
        return sparkline(view.recent.means) if view.recent else "–"

    @admin.display(description=_("last profiled"), ordering="last_profiled")
    def seen(self, view: View) -> SafeString | str:
        return moment(view.last_profiled) if view.last_profiled else "–"

    # The page of one view

    def get_urls(self) -> list[URLPattern]:
        return [
            self.page("<path:object_id>/document/", "document", self.document_view),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        view = self.object_or_404(request, object_id)
        periods = periods_of(view)
        context = self.page_context(
            request,
            view,
            title=f"{view.method} {route(view.route)}",
            view=view,
            queries_per_request=_queries_per_request(view),
            p95=_p95(periods),
            pictures=_pictures(periods),
            periods=[_row(period) for period in periods],
            has_tree=has_tree(view),
            may_view_profiles=self.may(request, "view_profile"),
            profiles=latest_profiles(view, PROFILES_SHOWN),
            profiles_url=admin_url(self.admin_site, Profile, "changelist"),
        )
        context |= extra_context or {}
        return TemplateResponse(request, self.change_form_template, context)

    @method_decorator(require_safe)
    def document_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The merged profile of the latest periods."""
        import libprof

        view = self.object_or_404(request, object_id)
        if not self.may(request, "view_profile"):
            raise PermissionDenied
        try:
            data = merged_document(view)
            if data is None:
                return error_response(gettext("Nothing is merged for this view."), status=404)
            return document_response(request, data, show_sql=self.may(request, "view_sql"))
        except (BrokenDocument, libprof.FormatError) as error:
            return error_response(str(error), status=422)


def _figure(text: str) -> SafeString:
    return format_html('<span class="dp-figure">{}</span>', text)


def _queries_per_request(view: View) -> str:
    if not view.profile_count:
        return "–"
    mean = view.sql_count_total / view.profile_count
    return f"{mean:.0f}" if mean >= 10 or mean == int(mean) else f"{mean:.1f}"


def _p95(periods: Sequence[ViewPeriod]) -> float | None:
    walls = histogram.merge(period.wall_histogram for period in periods)
    largest = max((period.wall_ns_max for period in periods), default=0)
    return histogram.percentile(walls, 0.95, largest=largest)


def _pictures(periods: Sequence[ViewPeriod]) -> list[dict[str, Any]]:
    columns = (
        (gettext("Wall time"), "wall_histogram", "app"),
        (gettext("CPU time"), "cpu_histogram", "library"),
        (gettext("SQL time"), "sql_histogram", "sql"),
    )
    merged = [
        (title, histogram.merge(getattr(period, column) for period in periods), group)
        for title, column, group in columns
    ]
    return [picture(title, counts, group) for title, counts, group in merged if any(counts)]


def _row(period: ViewPeriod) -> dict[str, Any]:
    count = period.count or 1
    return {
        "hour": period.hour,
        "count": period.count,
        "mean": period.wall_ns_total / count,
        "p95": _p95([period]),
        "max": period.wall_ns_max,
        "cpu": period.cpu_ns_total / count,
        "queries": f"{period.sql_count_total / count:.1f}",
        "sql": period.sql_ns_total / count,
        "dropped": period.tree_dropped,
    }
