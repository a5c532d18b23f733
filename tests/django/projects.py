# SPDX-License-Identifier: MIT
"""Processes of their own that run the site of the tests."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Project:
    """The site with a database and a spool below one folder."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.folder = folder
        self.database = folder / "db.sqlite3"
        (folder / "own.py").write_text(
            "from tests.django.settings import *\n"
            f"DATABASES['default']['NAME'] = {str(self.database)!r}\n{settings}\n"
        )
        self.environment = {
            "PYTHONPATH": ":".join([str(folder), *filter(None, sys.path)]),
            "DJANGO_SETTINGS_MODULE": "own",
            "TMPDIR": str(folder),
            "PATH": "/usr/bin:/bin",
        }

    def python(self, *arguments: str) -> str:
        """What the interpreter prints; fails when it fails."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def manage(self, *arguments: str) -> str:
        return self.python("-m", "django", *arguments)

    def rows(self, statement: str) -> list[tuple]:
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(statement).fetchall()
