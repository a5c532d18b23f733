# SPDX-License-Identifier: MIT
"""Sessions for Python programs: what is profiled, from when to when."""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from libprof import _native, calibration, sampling
from libprof.profile import Profile

P = ParamSpec("P")
R = TypeVar("R")

#: Distinct call paths of a session; further ones fold into an overflow frame. About 20 MB.
DEFAULT_MAX_NODES = 200_000
#: Samples of a session that keep their time; a ten-minute session at 1 kHz is thinned to these.
DEFAULT_MAX_SAMPLES = 100_000

#: Made once: json.dumps makes an encoder for each call.
_encode = json.JSONEncoder(allow_nan=False).encode

_NO_METADATA = "{}"  # which a profile has from the beginning

#: Found by one call, as some programs make a profiler for each request they serve.
_unnameable = re.compile("[\0\ud800-\udfff]").search

#: The first is what they are called. Made once: a union is an object, made for each call.
NUMBERS, _WHOLE = (float, int), (int,)

ENGINES = ("trace", "sample")


class Profiler:
    """One profiling session of the current context, what it calls, and the tasks it starts.

    Raises ValueError for arguments out of range, and RuntimeError where the engine is not available.
    """

    def __init__(
        self,
        engine: str = "trace",
        *,
        interval: float = 0.001,
        builtins: bool = True,
        name: str = "",
        metadata: Mapping[str, Any] | None = None,
        max_nodes: int = DEFAULT_MAX_NODES,
        max_samples: int = DEFAULT_MAX_SAMPLES,
    ) -> None:
        _check_engine(engine)
        check_range("interval", interval, 0.0001, 10, NUMBERS)
        check_range("max_nodes", max_nodes, 1, 10_000_000, _WHOLE)
        check_range("max_samples", max_samples, 1, 100_000_000, _WHOLE)
        check_name(name)
        self.engine = engine
        self.interval = interval
        self.name = name
        self.max_nodes = max_nodes
        self.max_samples = max_samples
        self._metadata = metadata_json(metadata)
        self._builtins = builtins
        self._session: Any = (
            _native.SampleSession() if engine == "sample" else _native.Session(builtins=builtins)
        )
        self._profile: Profile | None = None

    @property
    def profile(self) -> Profile:
        """The result, once stopped."""
        if self._profile is None:
            raise RuntimeError("the profiler has no profile yet: stop it first")
        return self._profile

    @property
    def running(self) -> bool:
        return bool(self._session.running)

    def start(self) -> Profiler:
        """Begins to record the current context. A profiler runs once."""
        if self._profile is not None:
            raise RuntimeError("a profiler runs once: make a new one")
        if self.engine == "sample":
            sampling.prepare()
            interval_ns = round(self.interval * 1e9)
            self._session.start(self.name, self.max_nodes, self.max_samples, interval_ns)
        else:
            calibration.ensure(builtins=self._builtins)
            self._session.start(self.name, self.max_nodes)
        return self

    def stop(self) -> Profile:
        """Ends the session, from any thread or context, and returns its profile.

        Work of the session that still runs is cut off here. MemoryError if memory ran out meanwhile.
        """
        native = self._session.stop()
        if self._metadata != _NO_METADATA:
            native.set_metadata(self._metadata)
        self._profile = Profile(native)
        return self._profile

    def cancel(self) -> None:
        """Ends the session without a profile, which costs less; like `stop` in all else."""
        self._session.cancel()

    def attach(self) -> None:
        """Puts the current context into the running session (no effect if it is in)."""
        self._session.attach()

    def detach(self) -> None:
        """Takes the current context out of the session, which goes on elsewhere."""
        self._session.detach()

    def __enter__(self) -> Profiler:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.running:
            self.stop()


def _check_engine(engine: str) -> None:
    if engine not in ENGINES:
        raise ValueError(f"unknown engine {engine!r}: use one of {', '.join(ENGINES)}")
    if engine == "sample" and sampling.UNAVAILABLE is not None:
        raise RuntimeError(f"the sampling engine cannot be used: {sampling.UNAVAILABLE}")


def check_range(
    name: str, value: float, lowest: float, highest: int, kinds: tuple[type, ...]
) -> None:
    if not isinstance(value, kinds):
        raise TypeError(f"{name} must be {kinds[0].__name__}, not {value!r}")
    if not lowest <= value <= highest:
        unit = " seconds" if kinds is NUMBERS else ""
        raise ValueError(f"{name} must be between {lowest} and {highest}{unit}, not {value!r}")


def check_name(name: str) -> None:
    if not isinstance(name, str):
        raise TypeError(f"name must be str, not {name!r}")
    if _unnameable(name):
        raise ValueError(f"name must be text without NUL and surrogates, not {name!r}")


def metadata_json(metadata: Mapping[str, Any] | None) -> str:
    """Fails here rather than when the session is over."""
    if metadata is None:
        return _NO_METADATA
    if not isinstance(metadata, Mapping):
        raise TypeError(f"metadata must be a mapping, not {metadata!r}")
    try:
        text = _encode(dict(metadata))
    except (TypeError, ValueError, RecursionError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"metadata must be what JSON can hold: {error}") from None
    _native.check_metadata(text)
    return text


def profiled(
    *, on_profile: Callable[[Profile], object] | None = None, **options: Any
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: each call of the function is a session of its own.

    ``on_profile`` receives each profile; without it the latest one is the wrapper's ``profile``.
    Other options are those of Profiler. TypeError for generator functions.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            # Calling it only makes the generator: every profile would be empty.
            raise TypeError(f"{function.__qualname__} is a generator: profile what consumes it")

        def finish(profiler: Profiler) -> None:
            if on_profile is None:
                cast(Any, wrapper).profile = profiler.profile
            else:
                on_profile(profiler.profile)

        wrapper = _wrap(function, {"name": function.__qualname__, **options}, finish)
        return wrapper

    return decorate


def _wrap(
    function: Callable[P, R], options: dict[str, Any], finish: Callable[[Profiler], None]
) -> Callable[P, R]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def async_wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
            with _finished(Profiler(**options), finish):
                return await function(*args, **kwargs)

        return cast(Callable[P, R], async_wrapper)

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with _finished(Profiler(**options), finish):
            return function(*args, **kwargs)

    return wrapper


class _finished:
    """A profiler's ``with`` block that hands the profile over, also when the block raises."""

    def __init__(self, profiler: Profiler, finish: Callable[[Profiler], None]) -> None:
        self.profiler = profiler
        self.finish = finish

    def __enter__(self) -> None:
        self.profiler.start()

    def __exit__(self, *error: object) -> None:
        if self.profiler.running:
            self.profiler.stop()
        self.finish(self.profiler)
