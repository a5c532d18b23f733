# SPDX-License-Identifier: MIT
"""The command line: profile a program, look at profiles, turn them into other formats."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from libprof.diff import diff
from libprof.profile import FORMATS, FormatError, Profile, merge
from libprof.profiler import ENGINES
from libprof.render import render_diff, render_profile
from libprof.run import Target, run

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except FormatError as error:
        print(f"libprof: {error}", file=sys.stderr)
    except OSError as error:
        print(f"libprof: {error.filename}: {error.strerror}", file=sys.stderr)
    except (RuntimeError, ValueError) as error:
        print(f"libprof: {error}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m libprof", description=__doc__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="run a program and keep its profile"))
    _add_show(commands.add_parser("show", help="print a profile"))
    _add_export(commands.add_parser("export", help="write a profile in another format"))
    _add_diff(commands.add_parser("diff", help="print what changed between two profiles"))
    _add_merge(commands.add_parser("merge", help="add profiles"))
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", choices=ENGINES, default="trace")
    parser.add_argument("--interval", type=parse_interval, default=0.001, metavar="TIME")
    parser.add_argument("--no-builtins", action="store_true", help="no frames for builtins")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="instead of printing")
    parser.add_argument("-m", dest="module", action="store_true", help="TARGET is a module")
    parser.add_argument("target", metavar="TARGET", help="a script, or a module with -m")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...")
    parser.set_defaults(command=_run)


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument("--limit", type=int, default=20, help="functions to list (20)")
    parser.add_argument(
        "--threshold", type=float, default=1.0, metavar="PERCENT", help="smallest path (1)"
    )
    parser.set_defaults(command=_show)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument("--format", choices=FORMATS, required=True)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="default: standard output"
    )
    parser.set_defaults(command=_export)


def _add_diff(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--limit", type=int, default=20, help="paths to list (20)")
    parser.set_defaults(command=_diff)


def _add_merge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", required=True)
    parser.set_defaults(command=_merge)


def parse_interval(text: str) -> float:
    """ "1ms", "500us", "0.01s" or plain seconds, in seconds."""
    unit = next((unit for unit in UNITS if text.endswith(unit)), "")
    try:
        return float(text.removesuffix(unit)) * UNITS.get(unit, 1.0)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; try 1ms or 500us") from None


def read_profile(path: Path) -> Profile:
    """Reads a document; FormatError names the file."""
    try:
        return Profile.from_bytes(path.read_bytes())
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None


def _run(options: argparse.Namespace) -> int:
    target = Target(options.target, options.module, options.arguments)
    profile, status = run(
        target,
        engine=options.engine,
        interval=options.interval,
        builtins=not options.no_builtins,
    )
    if options.output is None:
        print(render_profile(profile, limit=20, threshold=1.0), file=sys.stderr)
    else:
        options.output.write_bytes(profile.to_bytes())
        print(f"libprof: wrote {options.output}", file=sys.stderr)
    return status


def _show(options: argparse.Namespace) -> int:
    profile = read_profile(options.file)
    _print(render_profile(profile, limit=options.limit, threshold=options.threshold))
    return 0


def _export(options: argparse.Namespace) -> int:
    exported = read_profile(options.file).export(options.format)
    if options.output is not None:
        options.output.write_bytes(exported)
    else:
        with _quiet_pipe():
            sys.stdout.buffer.write(exported)
            sys.stdout.buffer.flush()
    return 0


def _diff(options: argparse.Namespace) -> int:
    difference = diff(read_profile(options.before), read_profile(options.after))
    _print(render_diff(difference, limit=options.limit))
    return 0


def _merge(options: argparse.Namespace) -> int:
    merged = merge([read_profile(path) for path in options.files])
    options.output.write_bytes(merged.to_bytes())
    return 0


def _print(text: str) -> None:
    with _quiet_pipe():
        print(text, flush=True)


@contextlib.contextmanager
def _quiet_pipe() -> Iterator[None]:
    """A reader that closes its end (head, less) is no error worth a traceback."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
