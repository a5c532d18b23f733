# SPDX-License-Identifier: MIT
"""What is in a wheel and in a source archive, and what must not be."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.packaging, pytest.mark.slow]

DIST = "django_profiler/static/django_profiler/dist"
SOURCES = ["libprof/python", "."]
PACKAGES = ["libprof", "django_profiler"]


def wheel_names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def source_names(root: Path) -> set[str]:
    """Every file of the two packages, by its name in a wheel."""
    return {
        path.relative_to(root / base).as_posix()
        for base, package in zip(SOURCES, PACKAGES, strict=True)
        for path in (root / base / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def unpack(sdist: Path, target: Path) -> Path:
    target.mkdir()
    subprocess.run(["tar", "-xzf", str(sdist), "-C", str(target)], check=True)
    (folder,) = target.iterdir()
    return folder


def wheel_command(source: Path, target: Path) -> list[str]:
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    return [*pip, "-w", str(target), str(source)]


def test_wheel_has_every_file_of_the_packages(root: Path, wheel: Path) -> None:
    assert source_names(root) - wheel_names(wheel) == set()


def test_wheel_has_the_built_front_end(root: Path, wheel: Path) -> None:
    built = {name for name in wheel_names(wheel) if name.startswith(DIST)}
    assert f"{DIST}/manifest.json" in built
    assert {name for name in built if name.endswith(".map")} == set()


def test_wheel_has_one_extension_and_nothing_foreign(root: Path, wheel: Path) -> None:
    names = wheel_names(wheel)
    foreign = {name for name in names - source_names(root) if ".dist-info/" not in name}
    (extension,) = foreign
    assert extension.startswith("libprof/_native.cpython-")
    assert extension.endswith(".so")
    assert {name for name in names if name.endswith((".h", ".a", ".c"))} == set()


def test_wheel_from_the_source_archive_is_the_same(
    wheel: Path, sdist: Path, tmp_path: Path
) -> None:
    """Whoever builds from the archive needs no Node: the built front end is in it."""
    source = unpack(sdist, tmp_path / "source")
    assert (source / DIST / "manifest.json").is_file()
    assert not list(source.rglob("node_modules"))
    shutil.rmtree(source / "frontend")
    target = tmp_path / "wheel"
    target.mkdir()
    subprocess.run(wheel_command(source, target), check=True)
    (again,) = target.glob("*.whl")
    assert wheel_names(again) == wheel_names(wheel)


def test_wheel_without_the_front_end_is_refused_with_the_remedy(
    sdist: Path, tmp_path: Path
) -> None:
    source = unpack(sdist, tmp_path / "source")
    shutil.rmtree(source / DIST)
    shutil.rmtree(source / "frontend")
    done = subprocess.run(
        wheel_command(source, tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "make frontend" in done.stdout + done.stderr
    assert not list(tmp_path.glob("*.whl"))
