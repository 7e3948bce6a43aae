"""Property values on the wire: protobuf's Struct with Pulumi's marks for what JSON cannot say.

The marks are a reserved key with a signature beside the content, and reserved strings for unknown values. They are
part of Pulumi's provider protocol (https://www.pulumi.com/docs/iac/using-pulumi/extending-pulumi/ and the SDK's
``pulumi/runtime/rpc.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf import struct_pb2

from instance_role_sandbox.engine.errors import Unsupported
from instance_role_sandbox.engine.values import UNKNOWN, Properties, Reference, Secret, Value, number

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark of the protocol, not a secret
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_TEXTS = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


@dataclass(frozen=True)
class Marks:
    """Which marks the other side understands; the rest is written in a plainer form or left out."""

    secrets: bool = False  # else sent in the open
    references: bool = False  # else the id, or the urn where there is none
    unknowns: bool = False  # else the property, or the list's element, is left out


ALL = Marks(secrets=True, references=True, unknowns=True)


def decode(struct: struct_pb2.Struct) -> Properties:
    """Properties out of a message. A null is kept, though it compares as if it were not there."""
    return {key: _decode(value) for key, value in struct.fields.items()}


def decode_value(value: struct_pb2.Value) -> Value:
    """One value out of a message."""
    return _decode(value)


def _decode(value: struct_pb2.Value) -> Value:
    kind = value.WhichOneof("kind")
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        return number(value.number_value)
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWN_TEXTS else value.string_value
    if kind == "list_value":
        return [_decode(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_object(value.struct_value)
    return None


def _decode_object(struct: struct_pb2.Struct) -> Value:
    fields = struct.fields
    signature = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if not signature:
        return decode(struct)
    if signature == SECRET:
        return Secret(_decode(fields["value"]) if "value" in fields else None)
    if signature == OUTPUT:
        inner = _decode(fields["value"]) if "value" in fields else UNKNOWN
        return Secret(inner) if "secret" in fields and fields["secret"].bool_value else inner
    if signature == REFERENCE:
        id_ = _decode(fields["id"]) if "id" in fields else None
        version = fields["packageVersion"].string_value if "packageVersion" in fields else ""
        known = id_ if isinstance(id_, str) and id_ else UNKNOWN
        return Reference(fields["urn"].string_value, None if id_ is None else known, version)
    if signature in (ASSET, ARCHIVE):
        raise Unsupported("an asset or archive as a property")
    raise Unsupported(f"a property value of the kind {signature}")


def encode(properties: Properties, marks: Marks) -> struct_pb2.Struct:
    """Properties as a message for a side that understands these marks."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        encoded = _encode(value, marks)
        if encoded is not None:
            struct.fields[key].CopyFrom(encoded)
    return struct


def _encode(value: Value, marks: Marks) -> struct_pb2.Value | None:
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=UNKNOWN_TEXT) if marks.unknowns else None
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, list):
        items = [_encode(item, marks) for item in value]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[i for i in items if i is not None]))
    if isinstance(value, dict):
        return struct_pb2.Value(struct_value=encode(value, marks))
    if isinstance(value, Secret):
        if not marks.secrets:
            return _encode(value.value, marks)
        return struct_pb2.Value(struct_value=encode({SIGNATURE: SECRET, "value": value.value}, marks))
    return _encode_reference(value, marks)


def _encode_reference(value: Reference, marks: Marks) -> struct_pb2.Value | None:
    if not marks.references:
        return _encode(value.urn if value.id is None else value.id, marks)
    fields: Properties = {SIGNATURE: REFERENCE, "urn": value.urn, "packageVersion": value.version}
    if value.id is not None:
        fields["id"] = "" if value.id is UNKNOWN else value.id
    return struct_pb2.Value(struct_value=encode(fields, marks))
