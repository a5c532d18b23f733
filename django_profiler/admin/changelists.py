# SPDX-License-Identifier: MIT
"""Lists that look at their page as a whole, once, instead of once per row."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from django_profiler.admin.summaries import recent_walls


class ProfileChangeList(ChangeList):
    """Tells each profile how long it took beside the longest one on the page."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        longest = max((profile.wall_ns for profile in self.result_list), default=0)
        for profile in self.result_list:
            profile.wall_share = profile.wall_ns / longest if longest else 0.0


class ViewChangeList(ChangeList):
    """Gives each view what its latest periods say, with one query for the page."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        recent = recent_walls(self.result_list)
        longest = max((view.mean_wall_ns or 0 for view in self.result_list), default=0)
        for view in self.result_list:
            view.wall_share = (view.mean_wall_ns or 0) / longest if longest else 0.0
            view.recent = recent.get(view.pk)
