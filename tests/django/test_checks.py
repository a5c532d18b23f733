# SPDX-License-Identifier: MIT
from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command

from django_profiler import checks, gate
from django_profiler.middleware import ProfilerMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Django's own checks of the fields ask the databases.
pytestmark = pytest.mark.django_db(databases="__all__")


class OwnMiddleware(ProfilerMiddleware):
    """A project's own subclass."""


async def asynchronous_policy(request: object, trigger: object) -> bool:
    return True


NOT_CALLABLE = 5


def found() -> dict[str, CheckMessage]:
    return {
        message.id: message for message in run_checks() if message.id.startswith("django_profiler")
    }


@pytest.fixture(autouse=True)
def _built_front_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text("{}")
    monkeypatch.setattr(checks, "MANIFEST", manifest)
    gate.load_policy.cache_clear()


def test_the_settings_of_the_tests_are_in_order() -> None:
    assert found() == {}


def test_a_setting_that_is_no_dictionary_is_an_error(settings: Any) -> None:
    settings.DJANGO_PROFILER = ["PARAM"]
    assert "dictionary" in found()["django_profiler.E001"].msg


def test_a_wrong_value_is_an_error_with_key_and_value(profiler: Callable[..., None]) -> None:
    profiler(MAX_BYTES="1 GiB")
    message = found()["django_profiler.E002"]
    assert "MAX_BYTES" in message.msg
    assert "'1 GiB'" in message.msg


@pytest.mark.parametrize(
    ("key", "suggestion"), [("PARAMS", "'PARAM'"), ("engine", "'ENGINE'"), ("XYZ", "PARAM, ENGINE")]
)
def test_an_unknown_key_is_named_with_a_suggestion(
    profiler: Callable[..., None], key: str, suggestion: str
) -> None:
    profiler(**{key: 1})
    message = found()["django_profiler.W001"]
    assert repr(key) in message.msg
    assert suggestion in message.hint


def test_manage_py_check_names_an_unknown_key(
    profiler: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    profiler(MAX_AEG=5)
    call_command("check")
    printed = capsys.readouterr().err
    assert "MAX_AEG" in printed
    assert "MAX_AGE" in printed


def test_a_missing_middleware_is_noticed(settings: Any) -> None:
    settings.MIDDLEWARE = settings.MIDDLEWARE[1:]
    assert checks.MIDDLEWARE in found()["django_profiler.W002"].hint


def test_a_middleware_that_is_not_the_first_is_noticed(settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[1:], settings.MIDDLEWARE[0]]
    assert set(found()) == {"django_profiler.W003"}


def test_a_subclass_counts_as_the_middleware(settings: Any) -> None:
    settings.MIDDLEWARE = [f"{__name__}.OwnMiddleware", *settings.MIDDLEWARE[1:]]
    assert found() == {}


@pytest.mark.parametrize(
    "path",
    ["no.such.module", "django_profiler.policy.nothing", f"{__name__}.NOT_CALLABLE", "nodots"],
)
def test_a_policy_that_cannot_be_imported_is_an_error(
    profiler: Callable[..., None], path: str
) -> None:
    profiler(AUTHORIZE=path)
    assert "AUTHORIZE" in found()["django_profiler.E003"].msg


def test_a_coroutine_function_is_no_policy(profiler: Callable[..., None]) -> None:
    profiler(AUTHORIZE=f"{__name__}.asynchronous_policy")
    assert "coroutine" in found()["django_profiler.E003"].msg


def test_an_unknown_database_is_an_error(profiler: Callable[..., None]) -> None:
    profiler(DATABASE="profles")
    message = found()["django_profiler.E004"]
    assert "'profles'" in message.msg
    assert "'profiles'" in message.hint


def test_a_database_of_its_own_needs_a_router(settings: Any, profiler: Callable[..., None]) -> None:
    profiler(DATABASE="profiles")
    assert found() == {}
    settings.DATABASE_ROUTERS = []
    assert checks.ROUTER in found()["django_profiler.W006"].hint


def test_a_missing_native_module_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libprof", None)
    assert "libprof" in found()["django_profiler.E005"].msg


def test_a_native_module_that_cannot_profile_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import libprof

    def refuse(*args: Any, **options: Any) -> None:
        raise RuntimeError("not on this kind of machine")

    monkeypatch.setattr(libprof, "Profiler", refuse)
    assert "not on this kind of machine" in found()["django_profiler.E005"].msg


@pytest.mark.parametrize(
    "values", [{"SAMPLE_RATE": 0.1}, {"SLOW_SECONDS": 1.0}, {"ENGINE": "sample"}]
)
def test_settings_that_need_sampling_are_named_while_there_is_none(
    profiler: Callable[..., None], monkeypatch: pytest.MonkeyPatch, values: dict[str, Any]
) -> None:
    profiler(**values)
    monkeypatch.setattr(checks, "has_sampling_engine", lambda: False)
    assert next(iter(values)) in found()["django_profiler.W004"].msg
    monkeypatch.setattr(checks, "has_sampling_engine", lambda: True)
    assert found() == {}


def test_a_setting_without_effect_is_named(profiler: Callable[..., None]) -> None:
    profiler(CAPTURE_SQL_PARAMS=True)
    assert "CAPTURE_SQL_PARAMS" in found()["django_profiler.W007"].msg


def test_libprof_itself_says_whether_it_can_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    import libprof

    class Tracer(libprof.Profiler):
        def __init__(self, engine: str = "trace", **options: Any) -> None:
            if engine != "trace":
                raise ValueError(engine)
            super().__init__(engine=engine, **options)

    monkeypatch.setattr(libprof, "Profiler", Tracer)
    assert not checks.has_sampling_engine()
    monkeypatch.setattr(libprof, "Profiler", lambda engine, **options: None)
    assert checks.has_sampling_engine()


def test_a_front_end_that_is_not_built_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(checks, "MANIFEST", tmp_path / "nothing.json")
    assert set(found()) == {"django_profiler.W005"}
