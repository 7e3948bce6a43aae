"""Steps as JSON for others to read, in the CLI's two forms: ``preview --json``, and the metadata of engine events.

https://github.com/pulumi/pulumi/blob/master/pkg/display/json.go and .../sdk/go/common/apitype/events.go. Secrets are
hidden. Not kept by this engine, and so in neither form: where in the program a resource is declared.
"""

from __future__ import annotations

from typing import Any

from instance_role_sandbox.engine.diff import Detailed, detailed
from instance_role_sandbox.engine.state import Resource, properties_to_json, resource_to_json
from instance_role_sandbox.engine.steps import Op, Step
from instance_role_sandbox.engine.values import Properties, Secret, Value, plain_properties

HIDDEN = "[secret]"
PROVIDER_KEY = "__provider"  # the pickled code of a dynamic provider, which says nothing to a person


def masked(value: Value) -> Value:
    """The value with every secret replaced by a mark."""
    if isinstance(value, Secret):
        return HIDDEN
    if isinstance(value, list):
        return [masked(v) for v in value]
    if isinstance(value, dict):
        return {k: masked(v) for k, v in value.items()}
    return value


def masked_properties(properties: Properties) -> Properties:
    """All properties masked."""
    return {k: masked(v) for k, v in properties.items()}


def _hide(text: str, where: str) -> str:
    return HIDDEN


def _shown(properties: Properties) -> Properties:
    return plain_properties({k: v for k, v in properties.items() if k != PROVIDER_KEY})


def property_diff(step: Step) -> Detailed:
    """What differs, for a person: the provider's own detailed diff, else old inputs against new.

    Where the inputs are the same but the step is an update, what it differs from is the outputs as last seen. A refresh
    takes over outputs.
    """
    if step.op is Op.REFRESH:
        return detailed(_shown(step.old.outputs), _shown(step.new.outputs)) if step.old and step.new else {}
    if step.diff is not None and step.diff.detailed is not None:
        return {p: k for p, k in step.diff.detailed.items() if not p.startswith(PROVIDER_KEY)}
    if step.old is None or step.new is None:
        return {}
    new = _shown(step.new.inputs)
    found = detailed(_shown(step.old.inputs), new)
    if not found:
        found = detailed({k: v for k, v in plain_properties(step.old.outputs).items() if k in new}, new)
    replaces = step.diff.replaces if step.diff else []
    return {p: k.as_replacement() if p in replaces else k for p, k in found.items()}


def _detailed_json(step: Step, kind: str) -> dict[str, Any] | None:
    """The detailed diff, if there is one. ``kind``: under which key it says how a property differs."""
    if step.diff is None or step.diff.detailed is None:
        return None
    of_inputs = step.diff.of_inputs
    return {path: {kind: found.value, "inputDiff": path in of_inputs} for path, found in step.diff.detailed.items()}


def _given(entry: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The entry without those of these keys that say nothing."""
    return {k: v for k, v in entry.items() if v or k not in keys}


# -- preview --json


def preview_step(step: Step, op: Op | None = None) -> dict[str, Any]:
    """A step's entry, as it is when it begins; ``op`` where it ended as another."""

    def state(resource: Resource | None) -> dict[str, Any] | None:
        if resource is None:
            return None
        copy = resource.copy()
        copy.inputs, copy.outputs = masked_properties(resource.inputs), masked_properties(resource.outputs)
        return resource_to_json(copy, _hide)

    entry = {
        "op": (op or step.op).value,
        "urn": step.urn,
        "provider": step.resource.provider,
        "oldState": state(step.old),
        "newState": state(step.new),
        "diffReasons": step.diff.changed if step.diff else [],
        "replaceReasons": step.diff.replaces if step.diff else [],
        "detailedDiff": _detailed_json(step, "kind"),
    }
    return _given(entry, "provider", "oldState", "newState", "diffReasons", "replaceReasons")


# -- engine events


def step_metadata(step: Step, op: Op) -> dict[str, Any]:
    """The metadata of a step's event."""
    entry = {
        "op": op.value,
        "urn": step.urn,
        "type": step.resource.type,
        "old": _event_state(step.old),
        "new": _event_state(step.new),
        "keys": step.diff.replaces if step.diff else [],
        "diffs": step.diff.changed if step.diff else [],
        "detailedDiff": _detailed_json(step, "diffKind"),
        "logical": step.op.logical,
        "provider": step.resource.provider,
    }
    return _given(entry, "keys", "diffs", "logical")


def _event_state(resource: Resource | None) -> dict[str, Any] | None:
    if resource is None:
        return None
    entry = {
        "type": resource.type,
        "urn": resource.urn,
        "custom": resource.custom,
        "delete": resource.delete,
        "id": resource.id,
        "parent": resource.parent,
        "protect": resource.protect,
        "external": resource.external,
        "retainOnDelete": resource.retain_on_delete,
        "inputs": properties_to_json(resource.inputs, _hide, ""),
        "outputs": properties_to_json(resource.outputs, _hide, ""),
        "provider": resource.provider,
        "initErrors": resource.init_errors,
        "hideDiffs": resource.hide_diff,
    }
    left_out = ("custom", "delete", "protect", "external", "retainOnDelete", "initErrors", "hideDiffs")
    return _given(entry, *left_out)
