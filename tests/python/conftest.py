# SPDX-License-Identifier: MIT
"""Which tests there are depends on what the interpreter has."""

from __future__ import annotations

import sys

collect_ignore = [] if sys.version_info >= (3, 12) else ["test_backend_monitoring.py"]
