# SPDX-License-Identifier: MIT
"""Print the requirements of the build, of the project and of the named extras, one a line.

pip 23 can neither install dependency groups nor an extra without its project.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def requirements(*, extras: list[str]) -> list[str]:
    root = Path(__file__).resolve().parent.parent
    config = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project = config["project"]
    lines = [*config["build-system"]["requires"], *project["dependencies"]]
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return lines


if __name__ == "__main__":
    print("\n".join(requirements(extras=sys.argv[1].split(","))))
