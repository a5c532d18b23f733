# SPDX-License-Identifier: MIT
"""Makes the demo's superuser and prints how to log in."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.core.management.base import BaseCommand
from django.db.models import Count

from shop.models import Customer
from shop_project.secret import read_or_create_secret

PASSWORD_BYTES = 9
PASSWORD_FILE = "admin_password.txt"


class Command(BaseCommand):
    help = "Create the superuser of the demo, if need be, and print name, password and address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", default="admin")
        parser.add_argument("--address", default=default_address(), help="where the shop is served")

    def handle(self, **options: Any) -> None:
        password = read_or_create_secret(settings.VAR_DIR / PASSWORD_FILE, nbytes=PASSWORD_BYTES)
        user = self._ensure_user(options["username"], password)
        self._make_customer(user)
        if options["verbosity"] > 0:
            self._print(user, password, options["address"].rstrip("/"))

    def _print(self, user: AbstractUser, password: str, address: str) -> None:
        self.stdout.write(f"Shop:     {address}/")
        self.stdout.write(f"Admin:    {address}/admin/")
        self.stdout.write(f"User:     {user.get_username()}")
        self.stdout.write(f"Password: {password}")

    def _ensure_user(self, username: str, password: str) -> AbstractUser:
        """The user with this password, whatever was there before."""
        users = get_user_model()._default_manager
        user, created = users.get_or_create(
            username=username, defaults={"email": f"{username}@example.com"}
        )
        if created or not user.check_password(password) or not user.is_superuser:
            user.is_staff = user.is_superuser = user.is_active = True
            user.set_password(password)
            user.save()
        return user

    def _make_customer(self, user: AbstractUser) -> None:
        """Let the user shop as the customer with the most orders, so that the account shows some."""
        if Customer.objects.filter(user=user).exists():
            return
        best = Customer.objects.annotate(n=Count("orders")).order_by("-n", "pk").first()
        if best:
            Customer.objects.filter(pk=best.pk).update(user=user)


def default_address() -> str:
    """Where gunicorn.conf.py binds to."""
    bind = os.environ.get("SHOP_BIND") or f"127.0.0.1:{os.environ.get('PORT', '8000')}"
    return f"http://{bind}{settings.SHOP_SCRIPT_NAME}"
