"""What an action takes, written down in a line and enforced on every request.

``"InstanceIds!:[] CamRoleName Tags:[{Key! Value}] Placement:{Zone ProjectId:int}"`` declares a required list of texts,
a text, a list of structures and a structure. Types are ``int``, ``float``, ``bool``, ``{...}``, ``[...]``, ``any``
(kept unread) and text where none is written. As the real gateway does, a field that is not declared is refused
(UnknownParameter), and numbers may be sent as text and text as numbers. A GET request writes lists as ``Name.0``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import missing, unknown, wrong_type

_TOKEN = re.compile(r"\s*([A-Za-z0-9]+!?|[:{}\[\]])")


@dataclass(frozen=True)
class Shape:
    """One type: ``kind`` is text, int, float, bool, any, list (of ``item``) or struct (of ``fields``)."""

    kind: str
    item: Shape | None = None
    fields: Mapping[str, Shape] = field(default_factory=dict)
    required: frozenset[str] = frozenset()

    def read(self, value: Any, name: str) -> Any:
        """``value`` as this type; :class:`ApiError` names the parameter (``Tags.0.Key``) that is not so."""
        if self.kind == "struct":
            return self._read_struct(value, name)
        if self.item is not None:
            items = _listed(value)
            if items is None:
                raise wrong_type(name)
            return [self.item.read(item, f"{name}.{index}") for index, item in enumerate(items)]
        return _scalar(self.kind, value, name)

    def _read_struct(self, value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise wrong_type(name)
        prefix = f"{name}." if name else ""
        for key in value:
            if key not in self.fields:
                raise unknown(f"{prefix}{key}")
        for key in sorted(self.required):
            if value.get(key) is None:
                raise missing(f"{prefix}{key}")
        return {key: self.fields[key].read(item, f"{prefix}{key}") for key, item in value.items() if item is not None}


def shape(text: str) -> Shape:
    """The shape that a declaration describes."""
    tokens = _TOKEN.findall(text + "}")
    found, rest = _struct(tokens)
    if rest:
        raise ValueError(f"not a declaration: {text!r}")
    return found


def unflatten(values: Mapping[str, str]) -> dict[str, Any]:
    """``{"Tags.0.Key": "a"}`` as nested dictionaries, as far as the dots go."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(".")
        place = found
        for part in path:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                raise wrong_type(name)
            place = inner
        if isinstance(place.get(last), dict):
            raise wrong_type(name)
        place[last] = value
    return found


def _struct(tokens: list[str]) -> tuple[Shape, list[str]]:
    fields: dict[str, Shape] = {}
    required = set()
    while tokens[0] != "}":
        name, tokens = tokens[0], tokens[1:]
        if name.endswith("!"):
            name = name[:-1]
            required.add(name)
        fields[name] = Shape("text")
        if tokens[0] == ":":
            fields[name], tokens = _type(tokens[1:])
    return Shape("struct", fields=fields, required=frozenset(required)), tokens[1:]


def _type(tokens: list[str]) -> tuple[Shape, list[str]]:
    if tokens[0] == "{":
        return _struct(tokens[1:])
    if tokens[0] == "[":
        item, rest = (Shape("text"), tokens[1:]) if tokens[1] == "]" else _type(tokens[1:])
        return Shape("list", item=item), rest[1:]
    return Shape(tokens[0]), tokens[1:]


def _listed(value: Any) -> list[Any] | None:
    """A list as JSON sends it, or as GET does (``{"0": ..., "1": ...}``)."""
    if isinstance(value, list):
        return value
    if isinstance(value, Mapping) and all(re.fullmatch(r"\d{1,4}", key) for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return None


def _scalar(kind: str, value: Any, name: str) -> Any:
    if kind == "any":
        return value
    if kind == "bool":
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        if kind == "text":
            return str(value)
        if kind == "int" and re.fullmatch(r"-?\d{1,19}", str(value)):
            return int(value)
        if kind == "float" and re.fullmatch(r"-?\d{1,15}(\.\d+)?", str(value)):
            return float(value)
    raise wrong_type(name)
