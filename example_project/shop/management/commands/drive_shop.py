# SPDX-License-Identifier: MIT
"""Visits every page of the shop with ?profile=1, so that the admin has profiles to show."""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import BaseCommand, CommandError
from django.http import HttpResponseBase
from django.test import AsyncClient, Client, override_settings
from django.urls import reverse

from django_profiler import recorder
from django_profiler.models import Profile
from shop.models import Product
from shop.tour import STOPS, Stop

STORE_SECONDS = 60.0
# The host name that both of Django's clients ask for.
HOST = "testserver"


class Driver:
    """Two clients on the real handlers and middleware: WSGI for most pages, ASGI for async ones."""

    def __init__(self, user: AbstractBaseUser | None) -> None:
        # Both connect from loopback, which may profile with DEBUG.
        self._sync = Client(raise_request_exception=False)
        self._async = AsyncClient(raise_request_exception=False)
        if user is not None:
            self._sync.force_login(user)
            self._async.cookies = self._sync.cookies

    def visit(self, stop: Stop, slug: str) -> HttpResponseBase:
        url = _with_profile(stop.url(slug))
        if stop.is_async:
            return async_to_sync(self._avisit)(url)
        return _read(self._sync.get(_inside(url)))

    def fill_cart(self, slug: str) -> HttpResponseBase:
        return _read(self._sync.post(_inside(_with_profile(reverse("cart-add", args=[slug])))))

    async def _avisit(self, url: str) -> HttpResponseBase:
        response = await self._async.get(url)
        if response.streaming:
            async for _ in response:
                pass
        response.close()
        return response


class Command(BaseCommand):
    help = "Visit every page several times with ?profile=1. Does nothing if there are profiles."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rounds", type=int, default=3, help="visits of each page")
        parser.add_argument("--force", action="store_true", help="even if there are profiles")

    def handle(self, **options: Any) -> None:
        wanted, present = options["rounds"] * (len(STOPS) + 1), Profile.objects.count()
        if present >= wanted and not options["force"]:
            self.stdout.write(f"There are {present} profiles already. Use --force to add more.")
            return
        slugs = list(Product.objects.order_by("pk").values_list("slug", flat=True)[:40])
        if not slugs:
            raise CommandError("The shop is empty: run seed_shop first.")
        self._drive(options["rounds"], slugs)
        if not recorder.flush(STORE_SECONDS):
            raise CommandError(f"The profiles were not stored within {STORE_SECONDS:.0f} seconds.")
        stored = Profile.objects.count() - present
        if not stored:
            raise CommandError("No profile was stored. Is DEBUG on, and the profiler installed?")
        self.stdout.write(self.style.SUCCESS(f"{stored} profiles stored."))

    def _drive(self, rounds: int, slugs: list[str]) -> None:
        driver = Driver(self._find_user())
        self.stdout.write(f"Profiling {len(STOPS) + 1} pages, {rounds} times each:")
        with _expected_failures(), override_settings(ALLOWED_HOSTS=[HOST]):
            # First, so that the cart has something to show.
            self._report("Add to cart", (driver.fill_cart(slugs[n]) for n in range(rounds)))
            for stop in STOPS:
                self._report(stop.title, (driver.visit(stop, slugs[n]) for n in range(rounds)))

    def _find_user(self) -> AbstractBaseUser | None:
        users = get_user_model()._default_manager
        user = users.filter(is_superuser=True, is_active=True).order_by("pk").first()
        if user is None:
            self.stdout.write("There is no superuser: the account page will only redirect.")
        return user

    def _report(self, title: str, visits: Iterator[HttpResponseBase]) -> None:
        self.stdout.write(f"  {title:<18}", ending="")
        self.stdout.flush()
        for response in visits:
            self.stdout.write(f" {response.status_code}", ending="")
            self.stdout.flush()
        self.stdout.write("")


@contextmanager
def _expected_failures() -> Iterator[None]:
    """Keep the traceback of the page that fails on purpose out of the output."""
    logger = logging.getLogger("django.request")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _with_profile(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}profile=1"


def _inside(url: str) -> str:
    """Without the sub-path, which a WSGI server has taken off before Django sees the path."""
    return url.removeprefix(settings.SHOP_SCRIPT_NAME)


def _read(response: HttpResponseBase) -> HttpResponseBase:
    """Read a body to its end, as a browser does."""
    if response.streaming:
        for _ in response:
            pass
    response.close()
    return response
