# SPDX-License-Identifier: MIT
"""The borders between the parts, and the version that three files agree on."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

C_SUFFIXES = {".c", ".h"}
PURE_C_FOLDERS = ["core", "include", "export", "examples"]
# Folders of a work tree that hold nothing of ours.
BUILT = {"__pycache__", "node_modules"}


def files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not BUILT.intersection(path.relative_to(folder).parts):
            yield path


def c_files(folder: Path) -> Iterator[Path]:
    return (path for path in files(folder) if path.suffix in C_SUFFIXES)


def text_files(folder: Path) -> Iterator[Path]:
    suffixes = {*C_SUFFIXES, ".py", ".pyi", ".md", ".txt", ".cmake", ".in"}
    return (path for path in files(folder) if path.suffix in suffixes)


def mentions(paths: Iterator[Path], pattern: str) -> list[str]:
    found = re.compile(pattern)
    return [str(path) for path in paths if found.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("folder", PURE_C_FOLDERS)
def test_c_library_has_sources_free_of_python(root: Path, folder: str) -> None:
    paths = list(c_files(root / "libprof" / folder))
    assert paths, f"libprof/{folder} has no C files: this test looks in the wrong place"
    assert mentions(iter(paths), r"#\s*include\s*[<\"](Python\.h|internal/pycore_)") == []


def test_version_differences_of_cpython_stay_in_compat(root: Path) -> None:
    found = mentions(c_files(root / "libprof"), r"\bPY_(VERSION_HEX|MINOR_VERSION)\b")
    strangers = [path for path in found if not re.search(r"/cpython/compat[^/]*\.[ch]$", path)]
    assert strangers == []
    assert found, "not even compat mentions the version: this test looks for the wrong thing"


def test_libprof_does_not_know_django(root: Path) -> None:
    # The rule that hides the profilers' own frames names the package of the app; that is all.
    paths = [path for path in text_files(root / "libprof") if path.suffix != ".md"]
    assert len(paths) > 10
    assert mentions(iter(paths), r"(?i)django(?!_profiler)") == []


def test_one_version_everywhere(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    header = (root / "libprof/include/prof/prof.h").read_text(encoding="utf-8")
    match = re.search(r'#define PROF_VERSION "([^"]+)"', header)
    assert match is not None
    assert match[1] == project["version"]


def test_sources_name_their_licence(root: Path) -> None:
    suffixes = {".c", ".h", ".py", ".pyi", ".js", ".mjs", ".css", ".cmake"}
    folders = ["libprof", "django_profiler", "example_project", "frontend", "tests", "benchmarks"]
    nameless = [
        str(path)
        for folder in folders
        for path in files(root / folder)
        if path.suffix in suffixes
        and "dist" not in path.parts
        and path.stat().st_size > 0
        and "SPDX-License-Identifier: MIT" not in path.read_text(encoding="utf-8")[:400]
    ]
    assert nameless == []
