"""A stack's resources, and their form in Pulumi's version-3 deployment JSON.

The form is what ``pulumi stack export`` writes and ``pulumi stack import`` takes
(https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go). Falsy fields are left out; ``custom`` is
always there; the order of resources is such that each comes after all it names.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from instance_role_sandbox.engine.errors import StateError
from instance_role_sandbox.engine.values import UNKNOWN, Properties, Reference, Secret, Value, number
from instance_role_sandbox.engine.wire import REFERENCE, SECRET, SIGNATURE, UNKNOWN_TEXT

VERSION = "instance-role-embedded 0.1"
STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"
FLOAT = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"  # NaN and the infinities, which JSON lacks

Json: TypeAlias = "dict[str, Any]"
Seal: TypeAlias = "Callable[[str, str], str]"  # (text, where) -> cipher text, or back


def now() -> str:
    """The time as Pulumi writes it."""
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


def name_of(urn: str) -> str:
    """The last part of a URN."""
    return urn.rpartition("::")[2] if "::" in urn else urn


def type_of(urn: str) -> str:
    """A URN's own type, without its parents'."""
    return qualified_type(urn).rpartition("$")[2]


def qualified_type(urn: str) -> str:
    """A URN's type with those of its parents before it."""
    parts = urn.split("::", 3)
    return parts[2] if len(parts) == 4 else ""


def make_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource; the stack itself is no part of its children's."""
    above = qualified_type(parent)
    prefix = f"{above}$" if above and above != STACK_TYPE else ""
    return f"urn:pulumi:{stack}::{project}::{prefix}{type_}::{name}"


@dataclass(eq=False)
class Resource:
    """One resource as the state knows it. Two of the same URN are told apart by identity."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    delete: bool = False
    pending_replacement: bool = False
    protect: bool = False
    external: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: list[str] = field(default_factory=list)
    replacement_trigger: Value = None
    additional_secret_outputs: list[str] = field(default_factory=list)
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    hide_diff: list[str] = field(default_factory=list)
    init_errors: list[str] = field(default_factory=list)
    timeouts: dict[str, float] = field(default_factory=dict)
    created: str = ""
    modified: str = ""
    alias: str = ""  # the URN it had before this operation, where that was another; not written
    extra: Json = field(default_factory=dict)  # fields that only other engines write; kept as they are

    @property
    def name(self) -> str:
        """The resource's name."""
        return name_of(self.urn)

    @property
    def is_provider(self) -> bool:
        """Is it a provider rather than something a provider made?"""
        return self.type.startswith(PROVIDER_PREFIX)

    @property
    def is_default_provider(self) -> bool:
        """Is it a provider that no program asked for? Those are neither shown nor counted."""
        return self.is_provider and self.name.startswith("default")

    def dependency_urns(self) -> Iterator[str]:
        """All URNs it needs, but for its parent."""
        yield from self.dependencies
        for urns in self.property_dependencies.values():
            yield from urns
        if self.deleted_with:
            yield self.deleted_with
        yield from self.replace_with
        if self.provider:
            yield self.provider.rpartition("::")[0]

    def copy(self) -> Resource:
        """A copy to be changed on its own; property values are shared."""
        return replace(self)


@dataclass
class Pending:
    """An operation that was begun and of whose end nothing is known."""

    resource: Resource
    type: str  # creating, updating, deleting, reading, importing


@dataclass
class Deployment:
    """A stack's state."""

    resources: list[Resource] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    salt: str | None = None

    @property
    def root(self) -> Resource | None:
        """The stack's own resource."""
        return next((r for r in self.resources if r.type == STACK_TYPE), None)


# (field of Resource, key in JSON) of what is written as it is
_SIMPLE = (
    ("delete", "delete"),
    ("id", "id"),
    ("type", "type"),
    ("parent", "parent"),
    ("protect", "protect"),
    ("external", "external"),
    ("dependencies", "dependencies"),
    ("init_errors", "initErrors"),
    ("provider", "provider"),
    ("property_dependencies", "propertyDependencies"),
    ("pending_replacement", "pendingReplacement"),
    ("additional_secret_outputs", "additionalSecretOutputs"),
    ("timeouts", "customTimeouts"),
    ("retain_on_delete", "retainOnDelete"),
    ("deleted_with", "deletedWith"),
    ("replace_with", "replaceWith"),
    ("created", "created"),
    ("modified", "modified"),
    ("ignore_changes", "ignoreChanges"),
    ("hide_diff", "hideDiff"),
    ("replace_on_changes", "replaceOnChanges"),
)


def resource_to_json(resource: Resource, encrypt: Seal) -> Json:
    """The resource's entry in a state."""
    written: Json = {"urn": resource.urn, "custom": resource.custom}
    for attribute, key in _SIMPLE:
        value = getattr(resource, attribute)
        if value:
            written[key] = value
    for key, properties in (("inputs", resource.inputs), ("outputs", resource.outputs)):
        if properties:
            written[key] = properties_to_json(properties, encrypt, f"{resource.urn} {resource.id} {key}")
    if resource.replacement_trigger is not None:
        written["replacementTrigger"] = _to_json(resource.replacement_trigger, encrypt, f"{resource.urn} trigger")
    return {**written, **resource.extra}


def resource_from_json(entry: Json, decrypt: Seal) -> Resource:
    """A resource out of its entry in a state. StateError says what is wrong with it."""
    urn = entry.get("urn")
    if not isinstance(urn, str) or urn.count("::") < 3:
        raise StateError(f"could not deserialize deployment: {urn!r} is no resource URN")
    if entry.get("id") and not entry.get("custom"):
        raise StateError(f"could not deserialize deployment: resource '{urn}' has 'custom' false but non-empty ID")
    known = {key for _, key in _SIMPLE} | {"urn", "custom", "inputs", "outputs", "replacementTrigger"}
    resource = Resource(
        urn=urn,
        type=str(entry.get("type") or type_of(urn)),
        custom=bool(entry.get("custom")),
        extra={key: value for key, value in entry.items() if key not in known},
    )
    for attribute, key in _SIMPLE:
        value = entry.get(key)
        if value and attribute != "type":
            if not isinstance(value, type(getattr(resource, attribute))):
                raise StateError(f"could not deserialize deployment: resource '{urn}': {key} is of the wrong kind")
            setattr(resource, attribute, value)
    for key in ("inputs", "outputs"):
        value = _from_json(entry.get(key) or {}, decrypt, f"{urn} {resource.id} {key}")
        if not isinstance(value, dict):
            raise StateError(f"could not deserialize deployment: resource '{urn}': {key} is no object")
        setattr(resource, key, value)
    resource.replacement_trigger = _from_json(entry.get("replacementTrigger"), decrypt, f"{urn} trigger")
    return resource


def properties_to_json(properties: Properties, encrypt: Seal, where: str) -> Json:
    """Properties as a state has them."""
    return {key: _to_json(value, encrypt, f"{where}.{key}") for key, value in properties.items()}


def _to_json(value: Value, encrypt: Seal, where: str) -> Any:
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, Secret):
        inner = json.dumps(_to_json(value.value, _no_seal, where), separators=(",", ":"))
        if encrypt is _no_seal:
            return {SIGNATURE: SECRET, "plaintext": inner}
        return {SIGNATURE: SECRET, "ciphertext": encrypt(inner, where)}
    if isinstance(value, list):
        return [_to_json(item, encrypt, f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, dict):
        return properties_to_json(value, encrypt, where)
    if isinstance(value, Reference):
        written: Json = {SIGNATURE: REFERENCE, "urn": value.urn, "packageVersion": value.version}
        return written if value.id is None else {**written, "id": "" if value.id is UNKNOWN else value.id}
    if isinstance(value, float) and not math.isfinite(value):
        return {SIGNATURE: FLOAT, "value": struct.pack(">d", value).hex()}
    return value


def _from_json(value: Any, decrypt: Seal, where: str) -> Value:
    if value == UNKNOWN_TEXT:
        return UNKNOWN
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        return [_from_json(item, decrypt, f"{where}[{i}]") for i, item in enumerate(value)]
    if not isinstance(value, dict):
        plain: Value = value
        return plain
    signature = value.get(SIGNATURE)
    if signature is None:
        return {key: _from_json(item, decrypt, f"{where}.{key}") for key, item in value.items()}
    if signature == SECRET:
        text = value["plaintext"] if "plaintext" in value else decrypt(str(value.get("ciphertext")), where)
        try:
            return Secret(_from_json(json.loads(text), decrypt, where))
        except (ValueError, TypeError):
            raise StateError(f"could not deserialize deployment: {where}: a secret is no JSON text") from None
    if signature == REFERENCE:
        id_ = value.get("id")
        return Reference(value.get("urn", ""), UNKNOWN if id_ == "" else id_, value.get("packageVersion", ""))
    if signature == FLOAT:
        unpacked: float = struct.unpack(">d", bytes.fromhex(value["value"]))[0]
        return unpacked
    raise StateError(f"could not deserialize deployment: {where}: a value of the kind {signature} (asset or newer)")


def _no_seal(text: str, where: str) -> str:
    return text


def to_json(deployment: Deployment, encrypt: Seal | None, salt: Callable[[], str | None]) -> Json:
    """The deployment as ``pulumi stack export`` writes it; without ``encrypt`` secrets are in the open.

    ``salt`` is asked after everything is encrypted, because a new key is made only when there is a secret.
    """
    seal = encrypt or _no_seal
    resources = [resource_to_json(r, seal) for r in deployment.resources]
    pending = [{"resource": resource_to_json(p.resource, seal), "type": p.type} for p in deployment.pending]
    magic = hashlib.sha256(VERSION.encode()).hexdigest()
    content: Json = {"manifest": {"time": now(), "magic": magic, "version": VERSION}}
    salt_text = salt()
    if salt_text:
        content["secrets_providers"] = {"type": "passphrase", "state": {"salt": salt_text}}
    content["resources"] = resources
    if pending:
        content["pending_operations"] = pending
    content["metadata"] = {}
    return {"version": _version(deployment), "deployment": content}


def _version(deployment: Deployment) -> int:
    return 4 if any(r.replace_with for r in deployment.resources) else 3


class Text:
    """A state as its file holds it, one resource a line.

    It is written twice for each step, so the line of a resource is made anew only when the resource changed. Attributes
    of resources are replaced and never changed in place: the same objects are the same line. (The encoder of the
    standard library that indents is many times slower than the one that does not.)
    """

    def __init__(self, encrypt: Seal) -> None:
        self._encrypt = encrypt
        self._lines: WeakKeyDictionary[Resource, tuple[tuple[Any, ...], str]] = WeakKeyDictionary()

    def of(self, deployment: Deployment, salt: Callable[[], str | None]) -> str:
        """The text. ``salt`` is asked after everything is encrypted."""
        lines = ",\n".join(map(self._line, deployment.resources))
        frame = to_json(replace(deployment, resources=[]), self._encrypt, salt)
        frame["version"] = _version(deployment)
        return _dumps(frame).replace('"resources": []', f'"resources": [\n{lines}\n]', 1) + "\n"

    def _line(self, resource: Resource) -> str:
        now = tuple(vars(resource).values())
        before, line = self._lines.get(resource, ((), ""))
        if len(before) != len(now) or any(one is not other for one, other in zip(before, now, strict=True)):
            line = _dumps(resource_to_json(resource, self._encrypt))
            self._lines[resource] = now, line
        return line


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def salt_of(document: Any) -> str | None:
    """The salt that an exported state names, if it does."""
    try:
        found = document["deployment"]["secrets_providers"]["state"]["salt"]
    except (KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def from_json(document: Any, decrypt: Seal, stack: str = "dev") -> Deployment:
    """A deployment out of an exported state. StateError says what is wrong with it."""
    version = document.get("version") if isinstance(document, dict) else None
    content = document.get("deployment") if isinstance(document, dict) else None
    if not isinstance(version, int) or version < 1:
        raise StateError(f"the state of stack '{stack}' is too old or is no state: it has no version")
    if version > 4:
        raise StateError(f"the state of stack '{stack}' is newer (version {version}) than this engine understands (4)")
    if not isinstance(content, dict):
        raise StateError(f"the state of stack '{stack}' is damaged: it has no deployment")
    features = document.get("features") or []
    if set(features) - {"replaceWith"}:
        raise StateError(f"the state of stack '{stack}' uses what this engine leaves out: {', '.join(features)}")
    manifest = content.get("manifest") or {}
    made_by = manifest.get("version") or ""
    if made_by and manifest.get("magic") != hashlib.sha256(made_by.encode()).hexdigest():
        raise StateError("state file contains errors: magic cookie mismatch; possible tampering/corruption detected")
    provider = content.get("secrets_providers") or {}
    if provider and provider.get("type") not in ("passphrase", ""):
        raise StateError(f"the state's secrets are kept by {provider.get('type')!r}; this engine knows passphrase only")
    try:
        resources = [resource_from_json(r, decrypt) for r in content.get("resources") or []]
        pending = [
            Pending(resource_from_json({**p["resource"], "custom": True}, decrypt), p["type"])
            for p in content.get("pending_operations") or []
        ]
    except (TypeError, KeyError, AttributeError) as error:
        raise StateError(f"the state of stack '{stack}' is damaged: {type(error).__name__}: {error}") from None
    return Deployment(resources, pending, salt_of(document))
