# SPDX-License-Identifier: MIT
"""Templates of SQL statements: the text without a single value in it.

Statements of the ORM carry placeholders already; hand-written ones often carry their values.
Strings, numbers and comments go, lists of values of any length become one, so the template
shows what was asked and two executions that differ in values alone share it.
"""

from __future__ import annotations

import re
from contextvars import Context
from functools import cache
from typing import Any

from django_profiler.limits import STATEMENT_LENGTH, TEMPLATE_LENGTH
from django_profiler.records import clean

_CACHED_LENGTH = 4096
_CACHED_TEMPLATES = 1024

# A quoted text without its end runs to the end of the statement: cutting a statement must not
# uncover what was inside quotes.
_ESCAPED = r"'(?:[^'\\]|''|\\.)*(?:'|\Z)"
_PLAIN = r"'(?:[^']|'')*(?:'|\Z)"
_COMMENT = r"--[^\n]*|/\*.*?(?:\*/|\Z)"
_DOLLAR = r"\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)"
_NUMBER = (
    r"(?<![\w$.%])[-+]?(?:0x[0-9a-f_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[-+]?\d+)?)(?![\w.])"
)
_IDENTIFIER = r'"(?:[^"]|"")*(?:"|\Z)'
_BACKTICK = r"`(?:[^`]|``)*(?:`|\Z)"
_WORD = r"[^\W\d]\w*"
_FLAGS = re.IGNORECASE | re.DOTALL


def _pattern(string: str, *, identifiers: str, hash_comment: bool = False) -> re.Pattern[str]:
    comment = _COMMENT + (r"|\#[^\n]*" if hash_comment else "")
    return re.compile(
        rf"(?P<keep>{identifiers})"
        rf"|(?P<comment>{comment})"
        rf"|(?P<value>\b[eE]{_ESCAPED}|(?:\b[xXbBnN])?(?:{string})|{_DOLLAR}|{_NUMBER})"
        rf"|(?P<word>{_WORD})",
        _FLAGS,
    )


_STANDARD = _pattern(_PLAIN, identifiers=f"{_IDENTIFIER}|{_BACKTICK}")
# MySQL escapes with backslashes and reads double quotes as those of a text.
_MYSQL = _pattern(
    _ESCAPED + "|" + _ESCAPED.replace("'", '"'), identifiers=_BACKTICK, hash_comment=True
)
_PLACEHOLDER = r"(?:%s|%\(\w+\)s|\?|DEFAULT|NULL)"
_LIST = re.compile(rf"\(\s*{_PLACEHOLDER}(?:\s*,\s*{_PLACEHOLDER})+\s*\)", re.IGNORECASE)
_ROWS = re.compile(r"(\((?:\?|%s|…)+\))(?:\s*,\s*\((?:\?|%s|…)+\))+")
_SPACE = re.compile(r"\s+")


@cache
def known_templates(vendor: str) -> dict[str, str]:
    """A bounded memory: statement -> template."""
    return {}


def statement_template(statement: Any, vendor: str = "") -> str:
    """The template, which is remembered.

    Called inside profiled requests, so it is worked out in an empty context, which no session covers.
    """
    if not isinstance(statement, str):
        statement = _text(statement)
    known = known_templates(vendor)
    if statement in known:  # who has looked there found nothing if the statement was no text
        return known[statement]
    template = Context().run(_normalise, statement[:STATEMENT_LENGTH], vendor)
    if len(statement) <= _CACHED_LENGTH:
        if len(known) >= _CACHED_TEMPLATES:
            known.clear()
        known[statement] = template
    return template


def _text(statement: Any) -> str:
    if isinstance(statement, bytes | bytearray):
        return bytes(statement).decode("utf-8", "replace")
    # Composed statements of psycopg: their text needs a connection, their kind does not.
    return f"<{type(statement).__module__}.{type(statement).__qualname__}>"


def _normalise(text: str, vendor: str) -> str:
    pattern = _MYSQL if vendor == "mysql" else _STANDARD
    result = pattern.sub(_replacement, text)
    result = _LIST.sub("(…)", result)
    result = _ROWS.sub(r"\1", result)
    # Names of frames take neither NUL nor lone surrogates.
    result = clean(_SPACE.sub(" ", result).strip(), len(result))
    if len(result) > TEMPLATE_LENGTH:
        result = result[: TEMPLATE_LENGTH - 1] + "…"
    return result or "(empty statement)"


def _replacement(match: re.Match[str]) -> str:
    if match.lastgroup == "comment":
        return " "
    if match.lastgroup in ("keep", "word"):
        return match[0]
    return "?"
