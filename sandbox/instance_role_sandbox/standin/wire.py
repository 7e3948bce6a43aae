"""Property values as they travel between an engine and a plugin.

The protocol sends a protobuf Struct; numbers come as floats, secrets and unknown values under reserved texts. Inside
the stand-in they are plain Python values, ``None`` never among them, and :data:`UNKNOWN` for what a preview does not
know yet. https://www.pulumi.com/docs/iac/concepts/inputs-outputs/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

UNKNOWN = rpc.UNKNOWN
"""The text that stands for a value which is known only after an update."""

Values = dict[str, Any]


def values(struct: struct_pb2.Struct) -> Values:
    """The Struct as a dictionary: secrets opened, whole numbers as ``int``, absent and null left out."""
    return cast(Values, _plain(json_format.MessageToDict(struct)))


def struct(found: Mapping[str, Any]) -> struct_pb2.Struct:
    """A dictionary as a Struct, nulls left out."""
    message = struct_pb2.Struct()
    message.update({name: value for name, value in found.items() if value is not None})
    return message


def is_unknown(value: Any) -> bool:
    """Whether the value, or anything inside it, is not known yet."""
    if isinstance(value, Mapping):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in value)
    return bool(value == UNKNOWN)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        signature = value.get(rpc._special_sig_key)
        if signature == rpc._special_secret_sig:
            return _plain(value.get("value"))
        if signature is not None:
            raise ValueError("assets, archives and resource references are not served by the stand-in")
        return {name: _plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
