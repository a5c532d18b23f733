# SPDX-License-Identifier: MIT
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from django_profiler import histogram
from django_profiler.reasons import Outcome
from django_profiler.trigger import PARAMETER, RATE, SLOW

if TYPE_CHECKING:
    import libprof

ROUTE_LENGTH = 255
VIEW_NAME_LENGTH = 255
METHOD_LENGTH = 16
PATH_LENGTH = 1024
TRUNCATED_LENGTH = 255
TRIGGERS = (
    (PARAMETER, _("Query parameter")),
    (RATE, _("Share of ordinary requests")),
    (SLOW, _("Slow request")),
)
OUTCOMES = (
    (Outcome.FINISHED.value, _("Finished")),
    (Outcome.FAILED.value, _("Raised out of the application")),
    (Outcome.CANCELLED.value, _("Cancelled, as by a client that left")),
    (Outcome.ABANDONED.value, _("Body not read to its end")),
)
CODEC = "libprof.profile/1+gzip"


class View(models.Model):
    """One route and method, with the sums over every profile ever taken of it."""

    route = models.CharField(_("route"), max_length=ROUTE_LENGTH)
    method = models.CharField(_("method"), max_length=METHOD_LENGTH)
    view_name = models.CharField(_("view name"), max_length=VIEW_NAME_LENGTH, blank=True)
    profile_count = models.PositiveBigIntegerField(_("profiles"), default=0)
    wall_ns_total = models.PositiveBigIntegerField(_("wall time in total (ns)"), default=0)
    wall_ns_max = models.PositiveBigIntegerField(_("longest wall time (ns)"), default=0)
    cpu_ns_total = models.PositiveBigIntegerField(_("CPU time in total (ns)"), default=0)
    sql_count_total = models.PositiveBigIntegerField(_("queries in total"), default=0)
    sql_ns_total = models.PositiveBigIntegerField(_("SQL time in total (ns)"), default=0)
    last_profiled = models.DateTimeField(_("last profiled"), null=True, blank=True)

    class Meta:
        verbose_name = _("view")
        verbose_name_plural = _("views")
        ordering = ("route", "method")
        default_permissions = ("view", "delete")
        constraints = (
            models.UniqueConstraint(fields=("route", "method"), name="profiler_view_route_method"),
        )
        indexes = (
            models.Index(fields=("-last_profiled",), name="profiler_view_last"),
            models.Index(fields=("-wall_ns_total",), name="profiler_view_wall"),
        )

    def __str__(self) -> str:
        return f"{self.method} {self.route or '/'}"


class ViewPeriod(models.Model):
    """What the profiles of one view in one hour add up to; it outlives the profiles."""

    view = models.ForeignKey(
        View, verbose_name=_("view"), on_delete=models.CASCADE, related_name="periods"
    )
    hour = models.DateTimeField(_("hour"), help_text=_("Start of the hour in UTC."))
    count = models.PositiveBigIntegerField(_("profiles"), default=0)
    wall_histogram = models.JSONField(_("wall time"), default=histogram.empty)
    cpu_histogram = models.JSONField(_("CPU time"), default=histogram.empty)
    sql_histogram = models.JSONField(_("SQL time"), default=histogram.empty)
    wall_ns_total = models.PositiveBigIntegerField(_("wall time in total (ns)"), default=0)
    wall_ns_max = models.PositiveBigIntegerField(_("longest wall time (ns)"), default=0)
    cpu_ns_total = models.PositiveBigIntegerField(_("CPU time in total (ns)"), default=0)
    sql_count_total = models.PositiveBigIntegerField(_("queries in total"), default=0)
    sql_ns_total = models.PositiveBigIntegerField(_("SQL time in total (ns)"), default=0)
    tree = models.BinaryField(_("merged profile"), null=True, blank=True)
    tree_bytes = models.PositiveBigIntegerField(_("size of the merged profile"), default=0)
    tree_count = models.PositiveBigIntegerField(_("profiles in the merged profile"), default=0)
    tree_dropped = models.PositiveBigIntegerField(
        _("profiles left out of the merged profile"), default=0
    )

    class Meta:
        verbose_name = _("view period")
        verbose_name_plural = _("view periods")
        ordering = ("-hour",)
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("view", "hour"), name="profiler_period_view_hour"),
        )
        indexes = (models.Index(fields=("hour",), name="profiler_period_hour"),)

    def __str__(self) -> str:
        return f"{self.view} {self.hour:%Y-%m-%d %H:00}"

    def load_tree(self) -> libprof.Profile | None:
        """The merged profile of the hour, or None when there is none.

        Raises `libprof.FormatError` when the stored document is broken.
        """
        if not self.tree:
            return None
        import libprof

        return libprof.Profile.from_bytes(bytes(self.tree))


class Profile(models.Model):
    """The searchable facts of one profiled request."""

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    view = models.ForeignKey(
        View, verbose_name=_("view"), on_delete=models.CASCADE, related_name="profiles"
    )
    method = models.CharField(_("method"), max_length=METHOD_LENGTH)
    path = models.CharField(_("path"), max_length=PATH_LENGTH)
    query_string = models.TextField(_("query string"), blank=True)
    status = models.PositiveSmallIntegerField(
        _("status"), null=True, blank=True, help_text=_("Empty when there was no response.")
    )
    engine = models.CharField(_("engine"), max_length=16)
    trigger = models.CharField(_("trigger"), max_length=16, choices=TRIGGERS)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        # Profiles may live on another database than users: no constraint, and no query by the
        # collector on the database of the user, where this table may not exist. A signal sets
        # the field to NULL instead (`signals.forget_user`).
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        null=True,
        blank=True,
    )
    wall_ns = models.PositiveBigIntegerField(_("wall time (ns)"))
    cpu_ns = models.PositiveBigIntegerField(_("CPU time (ns)"))
    sql_count = models.PositiveIntegerField(_("queries"), default=0)
    sql_ns = models.PositiveBigIntegerField(_("SQL time (ns)"), default=0)
    created = models.DateTimeField(_("created"))
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=OUTCOMES, default=Outcome.FINISHED.value
    )
    truncated = models.CharField(
        _("truncated"),
        max_length=TRUNCATED_LENGTH,
        blank=True,
        help_text=_("What a limit has cut off, if anything."),
    )
    size_bytes = models.PositiveBigIntegerField(_("size of the document"), default=0)
    pinned = models.BooleanField(
        _("pinned"), default=False, help_text=_("Pinned profiles are never pruned.")
    )

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")
        ordering = ("-created",)
        default_permissions = ("view", "delete")
        permissions = (
            ("trigger_profile", "Can profile requests"),
            ("export_profile", "Can export profiles"),
            ("view_sql", "Can view the SQL in profiles"),
        )
        indexes = (
            models.Index(fields=("-created",), name="profiler_prof_created"),
            models.Index(fields=("view", "-created"), name="profiler_prof_view"),
            models.Index(fields=("method", "-created"), name="profiler_prof_method"),
            models.Index(fields=("status", "-created"), name="profiler_prof_status"),
            models.Index(fields=("engine", "-created"), name="profiler_prof_engine"),
            models.Index(fields=("trigger", "-created"), name="profiler_prof_trigger"),
            models.Index(fields=("-wall_ns",), name="profiler_prof_wall"),
            models.Index(fields=("-sql_count",), name="profiler_prof_sql"),
        )

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def load(self) -> libprof.Profile:
        """The stored profile; raises `libprof.FormatError` when it is missing or broken."""
        import libprof

        try:
            blob = self.blob
        except ProfileBlob.DoesNotExist:
            raise libprof.FormatError("no document is stored for this profile") from None
        if blob.codec != CODEC:
            raise libprof.FormatError(f"unknown codec {blob.codec!r}")
        return libprof.Profile.from_bytes(bytes(blob.data))


class ProfileBlob(models.Model):
    """The document of a profile, in a table of its own so that no list ever selects it."""

    profile = models.OneToOneField(
        Profile,
        verbose_name=_("profile"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="blob",
    )
    data = models.BinaryField(_("document"))
    codec = models.CharField(_("codec"), max_length=32, default=CODEC)

    class Meta:
        verbose_name = _("profile document")
        verbose_name_plural = _("profile documents")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.profile_id)
