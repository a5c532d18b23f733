# SPDX-License-Identifier: MIT
"""What the pages of profiles and of views have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from django_profiler.conf import profiler_settings

# A confirmation page that lists thousands of lines helps nobody.
DELETION_LINES = 50


def admin_url(site: admin.AdminSite, model: type[Model], page: str, *args: object) -> str | None:
    """Address of a page of the admin, or None when this site does not have the model."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    try:
        return reverse(name, args=[quote(arg) for arg in args], current_app=site.name)
    except NoReverseMatch:
        return None


def moment(when: datetime) -> SafeString:
    """A point in time for a narrow column: seconds matter, the year does not."""
    local = timezone.localtime(when)
    text = date_format(local, "j M H:i:s")
    return format_html('<time class="dp-figure" datetime="{}">{}</time>', local.isoformat(), text)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Lists, shows and deletes; results of measurements are not edited."""

    list_per_page = 50
    # The unfiltered count next to a filtered list would be one more scan of the table.
    show_full_result_count = False
    # The admin's template writes an inline style when actions stand nowhere.
    actions_on_top = True

    class Media:
        css = {"all": ("django_profiler/dist/profile.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        queryset = self.model._default_manager.using(profiler_settings().DATABASE)
        return queryset.order_by(*self.get_ordering(request))

    def object_or_404(self, request: HttpRequest, object_id: str) -> Any:
        """The object, if there is one and the user may view it."""
        try:
            found = self.get_queryset(request).get(pk=unquote(object_id))
        except (self.model.DoesNotExist, ValidationError, ValueError):
            name = self.opts.verbose_name
            raise Http404(_("There is no such %(name)s.") % {"name": name}) from None
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return found

    def may(self, request: HttpRequest, codename: str) -> bool:
        return bool(request.user.has_perm(f"{self.opts.app_label}.{codename}"))

    def page(self, route: str, name: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
        full_name = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(route, self.admin_site.admin_view(view), name=full_name)

    def page_context(
        self, request: HttpRequest, original: Model, *, title: str, **more: Any
    ) -> dict[str, Any]:
        """What the templates of the admin expect on the page of one object."""
        request.current_app = self.admin_site.name
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": None,
            "opts": self.opts,
            "original": original,
            "media": self.media,
            "has_view_permission": True,
            "has_delete_permission": self.has_delete_permission(request, original),
            **more,
        }

    def get_deleted_objects(
        self, objs: Sequence[Model] | QuerySet, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        # The admin's own would load every row that goes along, documents included.
        count = objs.count() if isinstance(objs, QuerySet) else len(objs)
        lines = [str(obj) for obj in objs[:DELETION_LINES]]
        if count > len(lines):
            lines.append(_("… and %(count)d more") % {"count": count - len(lines)})
        allowed = self.has_delete_permission(request)
        needed = set() if allowed else {str(self.opts.verbose_name)}
        return lines, {str(self.opts.verbose_name_plural): count}, needed, []
