# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from shop.cart import count_pieces
from shop.tour import STOPS_BY_VIEW


def shop(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: the cart's size, and what this page is an example of."""
    match = request.resolver_match
    return {
        "cart_pieces": count_pieces(request.session) if hasattr(request, "session") else 0,
        "stop": STOPS_BY_VIEW.get(match.view_name) if match else None,
    }
