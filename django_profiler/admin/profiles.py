# SPDX-License-Identifier: MIT
"""The list of profiles, and the pages of one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from django_profiler.admin import exports, figures, switch
from django_profiler.admin.base import ReadOnlyAdmin, admin_url, moment
from django_profiler.admin.changelists import ProfileChangeList
from django_profiler.admin.documents import document_response, error_response
from django_profiler.admin.figures import duration
from django_profiler.admin.filters import QueriesFilter, StatusFilter, ViewFilter, WallFilter
from django_profiler.admin.redaction import BrokenDocument, without_statements
from django_profiler.admin.speedscope import speedscope_response
from django_profiler.admin.svg import share_bar
from django_profiler.models import CODEC, Profile, ProfileBlob, View

# Rows of the table for browsers without JavaScript.
PLAIN_FUNCTIONS = 25


class MissingDocument(Exception):
    """A profile whose document is not there, or not one that this version reads."""


class ProfileAdmin(ReadOnlyAdmin):
    change_list_template = "django_profiler/admin/profile_list.html"
    change_form_template = "django_profiler/admin/profile.html"
    broken_template = "django_profiler/admin/profile_broken.html"
    list_display = ("when", "request", "outcome_code", "wall", "cpu", "sql", "engine")
    list_display_links = ("when", "request")
    list_filter = (
        "created",
        ViewFilter,
        StatusFilter,
        WallFilter,
        QueriesFilter,
        "engine",
        "trigger",
        "outcome",
        ("method", admin.AllValuesFieldListFilter),
    )
    list_select_related = ("view",)
    ordering = ("-created",)
    search_fields = ("path", "view__route", "view__view_name")

    # The list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ProfileChangeList]:
        return ProfileChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {
            "may_trigger": self.may(request, "trigger_profile"),
            "switch_is_on": switch.is_on(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    @admin.display(description=_("when"), ordering="created")
    def when(self, profile: Profile) -> SafeString:
        return moment(profile.created)

    @admin.display(description=_("request and view"), ordering="path")
    def request(self, profile: Profile) -> SafeString:
        return format_html(
            '<span class="dp-method">{}</span> <span class="dp-path">{}</span>'
            '<span class="dp-view-name">{}</span>',
            profile.method,
            profile.path,
            profile.view.view_name or figures.route(profile.view.route),
        )

    @admin.display(description=_("status"), ordering="status")
    def outcome_code(self, profile: Profile) -> SafeString:
        bad = profile.status is None or profile.status >= 500
        css_class = "dp-figure dp-bad" if bad else "dp-figure"
        text = profile.status or profile.get_outcome_display()
        return format_html('<span class="{}">{}</span>', css_class, text)

    @admin.display(description=_("wall"), ordering="wall_ns")
    def wall(self, profile: Profile) -> SafeString:
        return format_html(
            '<span class="dp-time">{} {}</span>',
            share_bar(getattr(profile, "wall_share", 0.0)),
            duration(profile.wall_ns),
        )

    @admin.display(description=_("CPU"), ordering="cpu_ns")
    def cpu(self, profile: Profile) -> SafeString:
        return format_html('<span class="dp-figure">{}</span>', duration(profile.cpu_ns))

    @admin.display(description=_("SQL"), ordering="sql_count")
    def sql(self, profile: Profile) -> SafeString:
        return format_html(
            '<span class="dp-figure">{} / {}</span>', profile.sql_count, duration(profile.sql_ns)
        )

    # The pages of one profile

    def get_urls(self) -> list[URLPattern]:
        pages = [
            self.page("switch/", "switch", self.switch_view),
            # First, or "<key>/export" would be taken for the key of a page below.
            self.page("<path:object_id>/export/<slug:name>/", "export", self.export_view),
            self.page("<path:object_id>/document/", "document", self.document_view),
            self.page("<path:object_id>/speedscope/", "speedscope", self.speedscope_view),
            self.page("<path:object_id>/speedscope.json", "speedscope_data", self.speedscope_data),
        ]
        return pages + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        import libprof

        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        profile = self.object_or_404(request, object_id)
        context = self._context(request, profile)
        try:
            document = profile.load()
            functions = document.functions()
        except libprof.FormatError as error:
            context["error"] = str(error)
            return TemplateResponse(request, self.broken_template, context, status=422)
        if not context["may_view_sql"]:
            functions = [each for each in functions if each.kind != "sql"]
        context |= {
            "functions": functions[:PLAIN_FUNCTIONS],
            "overhead_ns": document.overhead_ns,
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.change_form_template, context)

    @method_decorator(require_safe)
    def document_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        profile = self.object_or_404(request, object_id)
        show_sql = self.may(request, "view_sql")
        try:
            return document_response(request, self._document(profile), show_sql=show_sql)
        except (MissingDocument, BrokenDocument) as error:
            return error_response(str(error), status=422)

    @method_decorator(require_safe)
    def speedscope_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        profile = self.object_or_404(request, object_id)
        url = admin_url(self.admin_site, Profile, "speedscope_data", profile.pk)
        return speedscope_response(request, profile_url=url or "", title=str(profile))

    @method_decorator(require_safe)
    def speedscope_data(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._exported(request, object_id, "speedscope")

    @method_decorator(require_safe)
    def export_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        if not self.may(request, "export_profile"):
            raise PermissionDenied
        if name not in dict(exports.offered()):
            raise Http404(gettext("There is no such format."))
        return self._exported(request, object_id, name)

    @method_decorator(require_POST)
    def switch_view(self, request: HttpRequest) -> HttpResponse:
        if not self.may(request, "trigger_profile"):
            raise PermissionDenied
        back = admin_url(self.admin_site, Profile, "changelist") or "/"
        return switch.turn(request, request.POST.get("state", switch.OFF), back)

    def _context(self, request: HttpRequest, profile: Profile) -> dict[str, Any]:
        may_export = self.may(request, "export_profile")
        return self.page_context(
            request,
            profile,
            title=str(profile),
            profile=profile,
            profiled_user=_user_of(profile),
            waiting_ns=max(0, profile.wall_ns - profile.cpu_ns),
            view_url=admin_url(self.admin_site, View, "change", profile.view_id),
            may_view_sql=self.may(request, "view_sql"),
            formats=exports.offered() if may_export else [],
        )

    def _document(self, profile: Profile) -> bytes:
        blobs = ProfileBlob.objects.using(profile._state.db)
        found = blobs.filter(profile=profile).values_list("data", "codec").first()
        if found is None:
            raise MissingDocument(gettext("No document is stored for this profile."))
        data, codec = found
        if codec != CODEC:
            raise MissingDocument(gettext("The document is stored in an unknown way."))
        return bytes(data)

    def _exported(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        import libprof

        profile = self.object_or_404(request, object_id)
        try:
            data = self._document(profile)
            if not self.may(request, "view_sql"):
                data = without_statements(data)
            content = exports.export(data, name)
        except (MissingDocument, BrokenDocument, libprof.FormatError) as error:
            return error_response(str(error), status=422)
        return exports.download_response(profile, name, content)


def _user_of(profile: Profile) -> str:
    """Users may live on another database than profiles."""
    if profile.user_id is None:
        return ""
    user = get_user_model()._default_manager.filter(pk=profile.user_id).first()
    return str(user) if user else ""


def latest_profiles(view: View, count: int) -> QuerySet:
    return Profile.objects.using(view._state.db).filter(view=view).order_by("-created")[:count]
