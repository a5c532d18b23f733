# SPDX-License-Identifier: MIT
"""python -m libprof"""

from __future__ import annotations

import sys

from libprof.cli import main

if __name__ == "__main__":
    sys.exit(main())
