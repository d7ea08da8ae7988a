"""Settings from all places, parsed once into a frozen object.

In order of precedence: command-line options, the environment (`THEMEWIRE_SECTION__NAME`, or `..._FILE` with the name
of a file that holds the value), the file of `--config`, the defaults.
"""

import json
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from deploy.settings.model import Settings, SettingsError

__all__ = ["PREFIX", "load_settings", "setting_names"]

PREFIX = "THEMEWIRE_"


def load_settings(
    config: Path | None, environ: Mapping[str, str], options: Mapping[str, Mapping[str, object]]
) -> Settings:
    """The settings of file, environment and options; raises `SettingsError` with one sentence."""
    merged: dict[str, dict[str, object]] = {}
    for layer in (_from_file(config), _from_environment(environ), options):
        for section, values in layer.items():
            if not isinstance(values, Mapping):
                raise SettingsError(f"setting {section}: it must be a section, [{section}]")
            merged.setdefault(section, {}).update(values)
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from error


def _from_file(config: Path | None) -> dict[str, Any]:
    if config is None:
        return {}
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"the settings file {config} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {config} is not valid TOML: {error}") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    names = {name for name, _ in setting_names()}
    for name, text in sorted(environ.items()):
        section, separator, key = name.removeprefix(PREFIX).lower().partition("__")
        if not name.startswith(PREFIX) or not separator:
            continue
        if key.endswith("_file") and f"{section}.{key}" not in names:
            key, text = key.removesuffix("_file"), _secret_file(name, text)
        found.setdefault(section, {})[key] = _value(text)
    return found


def _secret_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name} names {path}, which cannot be read: {error}") from error


def _value(text: str) -> object:
    """Lists are JSON; anything else is text that the setting's type parses."""
    if not text.lstrip().startswith("["):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{text!r} in the environment is not a valid JSON list: {error}") from error


def _sentence(error: ValidationError) -> str:
    """The first error, with the setting that was probably meant."""
    first = error.errors(include_url=False)[0]
    path = [str(p) for p in first["loc"] if not str(p).startswith("function") and "Network" not in str(p)]
    name = ".".join(path)
    if first["type"] != "extra_forbidden":
        secret = name in {each for each, field in setting_names() if field.annotation is SecretStr}
        got = "" if secret else f" (got {first['input']!r})"
        return f"setting {name}: {first['msg'].removeprefix('Value error, ')}{got}"
    near = get_close_matches(name, [n for n, _ in setting_names()], 1)
    return f"there is no setting {name}" + (f": did you mean {near[0]}?" if near else "")


def setting_names() -> list[tuple[str, FieldInfo]]:
    """Every setting's dotted name and field, in order; the docs are generated from it."""
    sections = Settings.model_fields.items()
    return [
        (f"{section}.{name}", field)
        for section, model in sections
        for name, field in model.annotation.model_fields.items()  # type: ignore[union-attr]  # all are sections
    ]
