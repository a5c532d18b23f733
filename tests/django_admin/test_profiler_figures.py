# SPDX-License-Identifier: MIT
from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory

SOURCE = "{% load profiler_figures %}[{% script_nonce %}]"


def render(**context: Any) -> str:
    return Template(SOURCE).render(Context(context))


def test_without_a_policy_there_is_no_nonce() -> None:
    assert render() == "[]"
    assert render(request=RequestFactory().get("/")) == "[]"


def test_the_nonce_of_django_csp_is_used() -> None:
    assert render(request=SimpleNamespace(csp_nonce="abc")) == '[nonce="abc"]'


class UnusedNonce:
    """Like Django's own: false until its text has been asked for."""

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return "xyz"


def test_the_nonce_of_django_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    # Django has this module since 6.0; the test is about it on every version.
    module = ModuleType("django.middleware.csp")
    module.get_nonce = lambda request: UnusedNonce()
    monkeypatch.setitem(sys.modules, "django.middleware.csp", module)
    assert render(request=RequestFactory().get("/")) == '[nonce="xyz"]'
