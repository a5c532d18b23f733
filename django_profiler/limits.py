# SPDX-License-Identifier: MIT
"""Every limit that is not a setting, each with its reason."""

from __future__ import annotations

from typing import Final

# Sessions at once in one process. Each holds a tree, and the hooks slow every thread down.
MAX_SESSIONS: Final = 64

# Of a request that took SLOW_SECONDS: then each share of its time is known to 4 points. More often would
# cost all the requests that are not slow.
SLOW_SAMPLES: Final = 200

# Of SLOW_SECONDS: within it nearly all requests are over, and until then they are sampled a fifth as often. But not
# longer than a minute.
QUICK_SHARE: Final = 0.1
QUICK_SECONDS: Final = 60.0

# A streamed body may never end (server-sent events); its profile does.
STREAM_SECONDS: Final = 300

# Records waiting for the writer thread. Each is a whole tree in memory.
QUEUE_LENGTH: Final = 64

# How long the process waits at its end for what the writer thread has not stored yet.
EXIT_SECONDS: Final = 5.0

# How long `?profile=show` waits for its profile to be stored before it gives up.
SHOW_SECONDS: Final = 10.0

# What the database did not take is kept on disk, within these bounds, and tried again.
SPOOL_BYTES: Final = 64 * 1024 * 1024
SPOOL_FILES: Final = 1000
SPOOL_RETRY_SECONDS: Final = 30.0
PARTIAL_SECONDS: Final = 3600.0  # after which a half-written file has no writer any more

# A larger document is not stored; its facts are. MySQL takes no packet over 64 MiB.
DOCUMENT_BYTES: Final = 32 * 1024 * 1024

# The merged tree of one view and hour: rewritten with each profile, so it has to stay small.
TREE_BYTES: Final = 1024 * 1024

# Merged trees count towards MAX_BYTES, but never take more than this share of it.
TREE_SHARE: Final = 0.25

# Sums per view and hour outlive the profiles: two kilobytes a row.
PERIOD_DAYS: Final = 90

# Pruning runs in the writer thread, at most this often, in chunks that hold no lock for long.
PRUNE_SECONDS: Final = 300.0
PRUNE_EVERY: Final = 100
PRUNE_CHUNK: Final = 500

# Statements longer than this are cut before they are normalised; templates before they become
# the name of a frame.
STATEMENT_LENGTH: Final = 64 * 1024
TEMPLATE_LENGTH: Final = 1000

# A credential lasts this long: a working day for a browser, an hour for a printed token.
COOKIE_SECONDS: Final = 8 * 3600
TOKEN_SECONDS: Final = 3600
TOKEN_SECONDS_MAX: Final = 7 * 24 * 3600

# A longer credential is not looked at: a signature costs time in proportion to its text.
CREDENTIAL_LENGTH: Final = 512

# A query string is never longer than this in the store.
QUERY_STRING_LENGTH: Final = 4096
