# SPDX-License-Identifier: MIT
"""Filters and tags of this app's own templates."""

from __future__ import annotations

from django import template
from django.template import RequestContext
from django.utils.html import format_html

from django_profiler.admin import figures

register = template.Library()


@register.filter
def duration(ns: float | None) -> str:
    return figures.duration(ns)


@register.filter
def route(pattern: str) -> str:
    return figures.route(pattern)


@register.filter
def byte_size(count: int) -> str:
    return figures.size(count)


@register.simple_tag
def share(part: float | None, whole: float | None) -> str:
    return figures.percent(part, whole)


@register.simple_tag(takes_context=True)
def script_nonce(context: RequestContext) -> str:
    """`nonce="…"` where a policy with nonces is in force, else nothing."""
    nonce = _nonce(context.get("request"))
    # Not by its truth: Django's nonce is false until somebody has used it.
    return "" if nonce is None else format_html('nonce="{}"', nonce)


def _nonce(request: object) -> object:
    found = getattr(request, "csp_nonce", None)  # django-csp
    if found is not None or request is None:
        return found
    try:
        from django.middleware.csp import get_nonce
    except ImportError:  # before Django 6.0
        return None
    return get_nonce(request)
