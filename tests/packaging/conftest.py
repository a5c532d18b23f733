# SPDX-License-Identifier: MIT
"""A wheel, built once, and an environment outside the repository that has only that wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

BUILD_SECONDS = 300


def clean_environment() -> dict[str, str]:
    """This process's environment without what pytest-django put into it."""
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command; its whole output is in the failure when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(map(str, command))}\nexit {done.returncode}\n{done.stdout}")
    return done.stdout


def pip_wheel(source: Path, target: Path) -> Path:
    """Build the wheel as a user would, in an isolated build environment."""
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", target, source, cwd=target)
    (wheel,) = target.glob("libprof-*.whl")
    return wheel


@pytest.fixture(scope="session")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pip_wheel(root, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sdist(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("sdist")
    code = "import sys, scikit_build_core.build as b; b.build_sdist(sys.argv[1])"
    run(sys.executable, "-c", code, target, cwd=root)
    (archive,) = target.glob("libprof-*.tar.gz")
    return archive


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that has the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    programs = folder / "bin"
    run(programs / "python", "-m", "pip", "install", "--quiet", wheel, cwd=folder)
    return programs
