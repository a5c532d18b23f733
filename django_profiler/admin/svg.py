# SPDX-License-Identifier: MIT
"""Small pictures drawn by the server: attributes of SVG need no inline style, which a strict
Content-Security-Policy would block."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_SPARK_WIDTH, _SPARK_HEIGHT = 110, 22
_BAR_GAP = 0.15


def share_bar(share: float, group: str = "app") -> SafeString:
    """A bar filled to `share` (0 to 1)."""
    return format_html(
        '<svg aria-hidden="true"><rect width="{}%" height="100%" class="dp-fill-{}"/></svg>',
        f"{100 * min(max(share, 0.0), 1.0):.1f}",
        group,
    )


def sparkline(values: Sequence[float]) -> SafeString:
    """Bars for values in the order of time."""
    return _bars(
        [(value, "") for value in values], _SPARK_WIDTH, _SPARK_HEIGHT, "dp-sparkline", "app"
    )


def histogram(bars: Sequence[tuple[float, str]], group: str) -> SafeString:
    """Bars with a text for each, shown under the pointer."""
    return _bars(bars, 10 * max(len(bars), 1), 90, "dp-histogram", group)


def _bars(
    bars: Sequence[tuple[float, str]], width: int, height: int, css_class: str, group: str
) -> SafeString:
    highest = max((value for value, _ in bars), default=0) or 1
    step = width / max(len(bars), 1)
    rects = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" class="dp-fill-{}"><title>{}</title></rect>',
        (
            (
                f"{index * step:.2f}",
                f"{height - _bar_height(value, highest, height):.2f}",
                f"{step * (1 - _BAR_GAP):.2f}",
                f"{_bar_height(value, highest, height):.2f}",
                group,
                text,
            )
            for index, (value, text) in enumerate(bars)
        ),
    )
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        css_class,
        width,
        height,
        rects,
    )


def _bar_height(value: float, highest: float, height: int) -> float:
    # Something is never drawn as nothing.
    return max(1.0, height * value / highest) if value > 0 else 0.0
