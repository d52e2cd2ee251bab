"""Name -> class, one file a name.

A package of plug-ins (`evalkit.scorers`, say) holds one module for each name, and that module one
class that bears it in its `name`. Nothing is registered by hand: to add a scorer, add a file.
A name of the form `my_package.my_module:MyScorer` reaches a class outside evalkit.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from evalkit.errors import InputError, did_you_mean
from evalkit.records import Record


def names(package: str) -> list[str]:
    """Names on offer in a package, sorted; modules with a leading underscore are not plug-ins."""
    path = importlib.import_module(package).__path__
    return sorted(info.name for info in pkgutil.iter_modules(path) if info.name[0] != "_")


def find(package: str, name: str) -> type[Any]:
    """The class that bears `name` in `package`.

    Raises InputError, with the nearest name and all the choices, if there is none.
    """
    noun = package.rsplit(".", 1)[-1].removesuffix("s")
    if ":" in name:
        return _outside(noun, name)
    if name not in names(package):
        raise InputError(did_you_mean(noun, name, names(package)))
    module = importlib.import_module(f"{package}.{name}")
    return _bearer(module, name)


def build(package: str, config: str | dict[str, Any]) -> Any:
    """An instance from a name, or from a table with `name` and the constructor's options."""
    options = {"name": config} if isinstance(config, str) else dict(config)
    name = options.pop("name", None)
    if not isinstance(name, str):
        raise InputError("a table needs a name", field="name", fix=f"one of {names(package)}")
    cls = find(package, name)
    unknown = sorted(set(options) - set(cls.model_fields))
    if unknown:
        raise InputError(did_you_mean(f"option of {name!r}", unknown[0], cls.model_fields))
    try:
        return cls(**options)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][0]) if first["loc"] else None
        raise InputError(f"{name}: {first['msg']}", field=field) from None


def build_at(package: str, place: str) -> Any | None:
    """An instance that reads a place given as `name:PATH`; None if the place is a bare path."""
    name, colon, path = place.partition(":")
    if not colon or Path(place).exists() or not name.isidentifier() or len(name) == 1:
        return None
    if "path" not in find(package, name).model_fields:
        raise InputError(f"{name!r} does not read a path", fix=f"leave out {':' + path!r}")
    return build(package, {"name": name, "path": path})


def _bearer(module: ModuleType, name: str) -> type[Any]:
    for _, cls in inspect.getmembers(module, inspect.isclass):
        if cls.__module__ == module.__name__ and getattr(cls, "name", None) == name:
            return cls
    raise InputError(f"{module.__name__} has no class with name = {name!r}")


def _outside(noun: str, name: str) -> type[Any]:
    module_name, _, class_name = name.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise InputError(f"cannot load {noun} {name!r}: {error}") from None
    if not inspect.isclass(found) or not issubclass(found, Record):
        raise InputError(f"{noun} {name!r} is not a class derived from evalkit.records.Record")
    return found
