# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Max, Min, Sum

from django_profiler import spool
from django_profiler.conf import profiler_settings
from django_profiler.models import Profile, View, ViewPeriod


class Command(BaseCommand):
    help = "Tell how much is stored, and how much may be."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        numbers = _numbers()
        if options["json"]:
            self.stdout.write(json.dumps(numbers, default=str))
            return
        width = max(map(len, numbers))
        for name, value in numbers.items():
            shown = f"{value:,}" if isinstance(value, int) else str(value or "-")
            self.stdout.write(f"{name:<{width}}  {shown}")


def _numbers() -> dict[str, Any]:
    settings = profiler_settings()
    alias = settings.DATABASE
    profiles = Profile.objects.using(alias)
    facts = profiles.aggregate(size=Sum("size_bytes"), first=Min("created"), last=Max("created"))
    trees = ViewPeriod.objects.using(alias).aggregate(size=Sum("tree_bytes"))["size"] or 0
    files, spooled = spool.usage()
    return {
        "profiles": profiles.count(),
        "profiles allowed": settings.MAX_PROFILES,
        "profiles pinned": profiles.filter(pinned=True).count(),
        "bytes": (facts["size"] or 0) + trees,
        "bytes allowed": settings.MAX_BYTES,
        "oldest": facts["first"],
        "newest": facts["last"],
        "age allowed": str(settings.MAX_AGE),
        "views": View.objects.using(alias).count(),
        "view periods": ViewPeriod.objects.using(alias).count(),
        "spooled profiles": files,
        "spooled bytes": spooled,
    }
