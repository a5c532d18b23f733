# SPDX-License-Identifier: MIT
"""Stored documents on their way to the browser."""

from __future__ import annotations

import gzip
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from django_profiler.admin.redaction import without_statements

PRIVATE = "private, no-store"


def document_response(request: HttpRequest, data: bytes, *, show_sql: bool) -> HttpResponse:
    """The gzip'd document as it is stored, for the browser to unpack."""
    if not show_sql:
        data = without_statements(data)
    if _takes_gzip(request):
        response = private(HttpResponse(data, content_type="application/json"))
        response["Content-Encoding"] = "gzip"
    else:
        response = private(HttpResponse(gzip.decompress(data), content_type="application/json"))
    response["Vary"] = "Accept-Encoding"
    return response


def error_response(message: str, *, status: int) -> HttpResponse:
    return private(JsonResponse({"error": message}, status=status))


def private(response: Any) -> Any:
    response["Cache-Control"] = PRIVATE
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _takes_gzip(request: HttpRequest) -> bool:
    # A client that says nothing takes anything.
    accepted = request.headers.get("Accept-Encoding")
    return accepted is None or "gzip" in accepted or "*" in accepted
