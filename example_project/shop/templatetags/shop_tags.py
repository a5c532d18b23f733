# SPDX-License-Identifier: MIT
from __future__ import annotations

from decimal import Decimal

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

TINTS = 6
STARS = 5


@register.filter
def money(amount: Decimal | float | None) -> str:
    return "–" if amount is None else f"€\u202f{amount:,.2f}"


@register.filter
def tint(number: int) -> int:
    """One of a few background colours, always the same one for the same number."""
    return number % TINTS


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("shop/icons.svg"),
        name,
    )


@register.simple_tag
def stars(rating: float | None, count: int | None = None) -> SafeString:
    if not rating:
        return format_html('<span class="stars none">{}</span>', "no reviews yet")
    full = round(rating)
    return format_html(
        '<span class="stars" aria-label="{} of {} stars">{}<i>{}</i>{}</span>',
        f"{rating:.1f}",
        STARS,
        "★" * full,
        "★" * (STARS - full),
        "" if count is None else f" {count}",
    )
