# SPDX-License-Identifier: MIT
"""Tests of CPython that end differently with a session on, and why that is right.

What any tool does that listens to the same events needs no place here: the suite finds out.
"""

from __future__ import annotations

HELD = (
    "A session holds the code that ran in it until it ends, since a call is known by its code's address."
    " The tests wait for code to be freed while the session is on."
)

IMPORTED = (
    "On 3.11 a session imports threading, which brings the hook to threads that start later."
    " The test wants to be the first to import it."
)

#: By the beginning of the test's name.
ACCEPTED: dict[str, str] = {
    "test.test_code.CoExtra.test_free_called": HELD,
    "test.test_code.CoExtra.test_free_different_thread": HELD,
    "test.test_code.CodeWeakRefTest.test_basic": HELD,
    "test.test_threading.ThreadTests.test_import_from_another_thread": IMPORTED,
}

VSOCK = (
    "On a virtual machine whose host does not answer it waits for ever, with a session and without one."
    " 3.13 and newer give up after ten seconds."
)

#: Tests that end the whole process with any tool of sys.monitoring, or do not let it end: (version, test).
LEFT_OUT: dict[tuple[str, str], str] = {
    ("3.15", "test.test_code.CodeTest.test_invalid_bytecode"): (
        "It runs code with an opcode that does not exist. 3.15.0 crashes on instrumenting it, with a"
        " tool that does nothing and no libprof in the process; 3.13 and 3.14 do not."
    ),
    ("3.11", "test.test_socket.ThreadedVSOCKSocketStreamTest.testStream"): VSOCK,
    ("3.12", "test.test_socket.ThreadedVSOCKSocketStreamTest.testStream"): VSOCK,
}
