# SPDX-License-Identifier: MIT
"""CPython's own tests with a session on from start-up must end as they do without one.

    cpython_suite.py [--python PYTHON] [--logs FOLDER] [--mode traced|sampled] [MODULE...]

PYTHON is an interpreter whose environment has libprof and the files libprof_from_startup.*, see
.ci/cpython-suite.sh. Each module runs in processes of its own, with a session and without. Where the
outcomes differ both run again, and a test differs when no run with a session ended like one without.

A third run, with a tool that listens to the same events and does nothing, tells what any user of the
interpreter's hooks would change: those differences are counted and not held against the session. Beside a sampled
session it is a timer as fast as that whose handler does nothing: signal.pause() returns with any signal.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: What does nothing in the same way.
IDLE_OF = {"traced": "idle", "sampled": "ticking"}
MODULE_SECONDS = 300  # far above what any of them needs on a busy machine


@dataclass
class Run:
    """What became of one module in one process."""

    outcomes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    troubles: list[str] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def recorded(self) -> int:
        """Events or samples."""
        return self.counters.get("events", 0) + self.counters.get("samples", 0)


def read_results(path: Path, run: Run) -> None:
    started, finished = None, False
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        line = json.loads(text)
        if "started" in line:
            started = line["started"]
        elif "test" in line:
            run.outcomes[line["test"]].add(line["outcome"])
        elif "profile" in line:
            run.counters = line["profile"]
            if line["broken"]:
                run.troubles.append(f"the profile is broken: {line['broken']}")
        finished = finished or "finished" in line
    if not run.outcomes:
        run.troubles.append("no test ran")
    if not finished:
        run.troubles.append(f"did not come to its end; the last test was {started}")


def run_module(python: str, module: str, logs: Path, mode: str, only: Iterable[str] = ()) -> Run:
    """All of its tests if none are named."""
    run = Run()
    log = logs / f"{module}.{mode}"
    results = log.with_name(f"{log.name}.jsonl").resolve()
    environment = os.environ | {"LIBPROF_FROM_STARTUP": mode}
    # Unbuffered, any signal cuts a large write to stdout short.
    for name in ("PYTHONPATH", "PYTHONUNBUFFERED"):
        environment.pop(name, None)
    program = str(HERE / "cpython_module.py")
    command = [python, "-X", "faulthandler", program, module, str(results), *only]
    results.unlink(missing_ok=True)
    begin = time.monotonic()
    with log.open("wb") as output, tempfile.TemporaryDirectory(prefix="libprof-suite-") as folder:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
        try:
            status = process.wait(MODULE_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)  # shows where it hangs
            status = process.wait()
        finally:
            end_group(process.pid)
    run.seconds = time.monotonic() - begin
    read_results(results, run)
    if status != 0:
        run.troubles.append(f"exit status {status}")
    return run


def end_group(leader: int) -> None:
    """What a crashed or hanging test left running."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def outcomes_of(runs: Iterable[Run]) -> dict[str, set[str]]:
    """By test, how it ended in each of the runs."""
    outcomes: dict[str, set[str]] = defaultdict(set)
    for run in runs:
        for test in run.outcomes:
            outcomes[test].add("+".join(sorted(run.outcomes[test])))
    return outcomes


@dataclass
class Verdict:
    """One module: what a session changes, and which of that any other tool changes as well."""

    plain: list[Run] = field(default_factory=list)
    profiled: list[Run] = field(default_factory=list)
    idle: list[Run] = field(default_factory=list)

    def differences(self) -> dict[str, str]:
        before, after = outcomes_of(self.plain), outcomes_of(self.profiled)
        missing = {"not run"}
        return {
            test: f"{'/'.join(sorted(before.get(test, missing)))} became "
            f"{'/'.join(sorted(after.get(test, missing)))}"
            for test in sorted(set(before) | set(after))
            if not before.get(test, missing) & after.get(test, missing)
        }

    def inherent(self) -> set[str]:
        """Tests that end like this with a tool that does nothing, too."""
        after, idle = outcomes_of(self.profiled), outcomes_of(self.idle)
        return {test for test in self.differences() if after.get(test) == idle.get(test)}

    def troubles(self) -> list[str]:
        """What befell the whole process. A module that does not come to its end compares nothing, so
        it is no excuse that it does not with another tool either."""
        runs = [run.troubles for run in self.profiled]
        always = runs[-1] if all(runs) else []
        return [f"without a session: {text}" for text in self.plain[0].troubles] + always

    def line(self, module: str) -> str:
        plain, profiled = self.plain[0], self.profiled[0]
        notes = [f"{len(self.inherent())} as with any tool"] if self.inherent() else []
        if len(self.plain) > 1 and not self.differences() and not self.troubles():
            notes.append("unsteady")
        return (
            f"{len(plain.outcomes):5} tests {plain.seconds:6.1f} s {profiled.seconds:6.1f} s "
            f"{profiled.recorded():12,} recorded  {module}"
            f"{' (' + ', '.join(notes) + ')' if notes else ''}"
        )


def run_idle(python: str, module: str, logs: Path, mode: str, tests: Collection[str]) -> Run:
    """Some modules do not come to their end beside a tool that does nothing, and not to the tests that are asked about."""
    run = run_module(python, module, logs, IDLE_OF[mode])
    if run.troubles and tests:
        run = run_module(python, module, logs, IDLE_OF[mode], tests)
    return run


def examine(python: str, module: str, logs: Path, mode: str) -> Verdict:
    verdict = Verdict()
    for _ in range(2):
        verdict.plain.append(run_module(python, module, logs, "plain"))
        verdict.profiled.append(run_module(python, module, logs, mode))
        if not verdict.differences() and not verdict.troubles():
            break
        verdict.idle.append(run_idle(python, module, logs, mode, verdict.differences()))
        if not verdict.troubles() and not set(verdict.differences()) - verdict.inherent():
            break
    return verdict


def accepted(table: dict[str, str], test: str) -> bool:
    return any(test.startswith(prefix) for prefix in table)


PRESENT_SOURCE = """
import importlib.util, sys
def has(name):
    try: return importlib.util.find_spec(name) is not None
    except ImportError: return False
print(*[name for name in sys.argv[1:] if has(name)])
"""


def present(python: str, modules: Iterable[str]) -> list[str]:
    """Those of the modules that this interpreter's library has."""
    command = [python, "-c", PRESENT_SOURCE, *(f"test.{module}" for module in modules)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.split()


def load(name: str) -> Any:
    """A file beside this one; the environment that runs it has no path to the tests."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def report(module: str, verdict: Verdict, table: dict[str, str]) -> int:
    """Prints what became of a module and gives the number of unexplained differences."""
    print(verdict.line(module), flush=True)
    failures = [f"the process: {text}" for text in verdict.troubles()]
    for test, text in verdict.differences().items():
        if test not in verdict.inherent():
            if accepted(table, test):
                print(f"      accepted: {test}: {text}", flush=True)
            else:
                failures.append(f"{test}: {text}")
    for failure in failures:
        print(f"      DIFFERS: {failure}", flush=True)
    return len(failures)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--logs", type=Path, default=Path("cpython-suite"))
    parser.add_argument("--mode", choices=tuple(IDLE_OF), default="traced")
    parser.add_argument("modules", nargs="*")
    options = parser.parse_args()
    options.logs.mkdir(parents=True, exist_ok=True)
    known = load("cpython_differences")
    wanted = options.modules or load("cpython_modules").MODULES_OF[options.mode]
    modules = present(options.python, wanted)
    if not modules:
        sys.exit("this interpreter has none of the test modules: install its test suite")
    failures = sum(
        report(
            module,
            examine(options.python, module, options.logs, options.mode),
            known.ACCEPTED if options.mode == "traced" else {},
        )
        for module in modules
    )
    print(f"cpython suite: {len(modules)} modules, {failures} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
