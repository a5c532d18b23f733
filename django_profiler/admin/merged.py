# SPDX-License-Identifier: MIT
"""The merged profile of a view: the trees of its latest hours, added up."""

from __future__ import annotations

from django.db.models import QuerySet

from django_profiler.models import View, ViewPeriod

# Trees are bounded by `limits.TREE_BYTES` each; a day of them is merged within a request.
PERIODS_MERGED = 24


def _with_tree(view: View) -> QuerySet:
    periods = ViewPeriod.objects.using(view._state.db).filter(view=view)
    return periods.exclude(tree=None).exclude(tree_count=0)


def has_tree(view: View) -> bool:
    return bool(_with_tree(view).exists())


def merged_document(view: View) -> bytes | None:
    """A document, or None when nothing is merged; raises `libprof.FormatError`."""
    trees = _with_tree(view).order_by("-hour").values_list("tree", flat=True)[:PERIODS_MERGED]
    documents = [bytes(tree) for tree in trees]
    if len(documents) < 2:
        return documents[0] if documents else None
    import libprof

    return libprof.merge([libprof.Profile.from_bytes(data) for data in documents]).to_bytes()
