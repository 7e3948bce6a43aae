"""The JSON form of a review, and the schema of that form, both made from the classes of ``model``.

``python -m pulumi_instance_role.review.encode`` prints the schema (JSON Schema 2020-12,
https://json-schema.org/draft/2020-12); ``schema.json`` beside this module is that text.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pulumi_instance_role.review import model

SCHEMA_FILE = Path(__file__).with_name("schema.json")
SCHEMA_ID = f"urn:pulumi-instance-role:review:{model.VERSION}"


def plain(value: Any) -> Any:
    """A part of a review as JSON values. Every member is there, also those that are ``None`` or empty."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def to_json(review: model.Review) -> str:
    """The review as JSON text, keys sorted, with a newline at its end: the same review, the same bytes."""
    return json.dumps(plain(review), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The schema of :func:`to_json`."""
    definitions: dict[str, Any] = {}
    root = _class(model.Review, definitions)
    top = definitions.pop("Review")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": root["$ref"].rpartition("/")[2],
        **top,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def _class(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}  # a placeholder, for a class that has itself among its members
        hints, said = get_type_hints(kind, vars(model)), _said(kind)
        members = {}
        for one in fields(kind):
            members[one.name] = _type(hints[one.name], definitions)
            if one.name in said:
                members[one.name]["description"] = said[one.name]
        definitions[name] = {
            "description": _flat(inspect.getdoc(kind) or ""),
            "type": "object",
            "properties": members,
            "required": sorted(members),
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{name}"}


def _type(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return {"anyOf": [_type(one, definitions) for one in arguments]}
    if origin is tuple:
        return {"type": "array", "items": _type(arguments[0], definitions)}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _type(arguments[1], definitions)}
    if isinstance(hint, type) and is_dataclass(hint):
        return _class(hint, definitions)
    names = {str: "string", int: "integer", bool: "boolean", type(None): "null"}
    return {"type": names[hint]}


def _said(kind: type) -> dict[str, str]:
    """What the text below each member says about it."""
    (body,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for member, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(member, ast.AnnAssign)
            and isinstance(member.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            found[member.target.id] = _flat(str(text.value.value))
    return found


def _flat(text: str) -> str:
    return " ".join(text.replace("``", "").split())


def schema_text() -> str:
    """The schema as the text of ``schema.json``."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")  # noqa: T201 - the one thing that this is run for
