# SPDX-License-Identifier: MIT
"""The page that runs speedscope, with the policy it needs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static

from django_profiler.admin.documents import private

TEMPLATE = "django_profiler/admin/speedscope.html"
_FOLDER = "django_profiler/dist/speedscope/"
# speedscope makes one style element and fills it through the object model: the hash of the empty
# text allows exactly that.
_EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"


def speedscope_response(request: HttpRequest, *, profile_url: str, title: str) -> HttpResponse:
    folder = static(_FOLDER)
    context = {"folder": folder, "profile_url": profile_url, "title": title}
    response = private(render(request, TEMPLATE, context))
    response["Content-Security-Policy"] = _policy(_origin(folder))
    return response


def _origin(url: str) -> str:
    parts = urlsplit(url)
    # Static files may come from a host of their own.
    return f" {parts.scheme or 'https'}://{parts.netloc}" if parts.netloc else ""


def _policy(static_origin: str) -> str:
    directives: dict[str, Any] = {
        "default-src": "'none'",
        # speedscope demangles C++ names with a WebAssembly module; it needs no `eval`.
        "script-src": f"'self' 'wasm-unsafe-eval'{static_origin}",
        "style-src": f"'self' {_EMPTY_STYLE}{static_origin}",
        "img-src": f"'self' data:{static_origin}",
        "font-src": f"'self'{static_origin}",
        "connect-src": f"'self'{static_origin}",
        "base-uri": f"'self'{static_origin}",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())
