# SPDX-License-Identifier: MIT
from __future__ import annotations

import argparse
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from django_profiler.limits import TOKEN_SECONDS, TOKEN_SECONDS_MAX
from django_profiler.policy import HEADER, make_token


class Command(BaseCommand):
    help = f"Print a value for the header {HEADER}, which lets a client profile its requests."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--seconds", type=_seconds, default=TOKEN_SECONDS, help="how long it is valid"
        )
        parser.add_argument("--user", help="the user it is made for, by user name")

    def handle(self, *args: Any, **options: Any) -> None:
        user = None
        if options["user"] is not None:
            user = _user(options["user"])
        self.stdout.write(make_token(user=user, seconds=options["seconds"]))


def _seconds(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if not 1 <= value <= TOKEN_SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"a number from 1 to {TOKEN_SECONDS_MAX}, not {text!r}")
    return value


def _user(name: str) -> Any:
    model = get_user_model()
    try:
        user = model._default_manager.get_by_natural_key(name)
    except model.DoesNotExist:
        raise CommandError(f"there is no user {name!r}") from None
    if not user.has_perm("django_profiler.trigger_profile"):
        raise CommandError(f"the user {name!r} may not profile requests")
    return user
