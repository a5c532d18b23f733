# SPDX-License-Identifier: MIT
"""Sub-interpreters, for programs of their own: one that crashes or hangs takes its process with it."""

from __future__ import annotations

#: Its name changed with 3.13.
IMPORT_INTERPRETERS = """
import sys
try:
    import _interpreters
except ImportError:
    import _xxsubinterpreters as _interpreters
"""

#: Runs the text in a new sub-interpreter and destroys it.
IN_INTERPRETER = (
    IMPORT_INTERPRETERS
    + """
def in_interpreter(text, isolated):
    if sys.version_info >= (3, 13):
        created = _interpreters.create("isolated" if isolated else "legacy")
        failed = _interpreters.exec(created, text)
        assert failed is None, failed
    else:
        created = _interpreters.create(isolated=isolated)
        _interpreters.run_string(created, text)
    _interpreters.destroy(created)
"""
)
