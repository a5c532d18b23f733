# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from django_profiler import recorder, retention, spool


class Command(BaseCommand):
    help = "Store what waits in the spool, then delete profiles beyond MAX_AGE, MAX_PROFILES and MAX_BYTES."

    def handle(self, *args: Any, **options: Any) -> None:
        spool.sweep()
        waiting = len(spool.files())
        recorder.drain_spool()
        left = len(spool.files())
        pruned = retention.prune()
        self.stdout.write(
            f"stored from the spool: {max(0, waiting - left)}, left there: {left}\n"
            f"deleted: {pruned.profiles} profiles, {pruned.trees} merged trees, "
            f"{pruned.periods} view periods"
        )
