"""Steps as JSON for others to read: the CLI's ``preview --json`` and the metadata of its engine events. Secrets and
``__provider`` (the pickled code of a dynamic provider, which says nothing to a reader) are hidden."""

from __future__ import annotations

from typing import Any

from instance_role_sandbox.engine.diff import Detailed, detailed
from instance_role_sandbox.engine.state import Resource, resource_to_json
from instance_role_sandbox.engine.steps import Op, Step
from instance_role_sandbox.engine.values import Properties, Secret, Value, plain_properties

HIDDEN = "[secret]"
PROVIDER_KEY = "__provider"


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


def shown(resource: Resource | None) -> dict[str, Any] | None:
    """A resource for a report: masked, with the provider's code left out."""
    if resource is None:
        return None
    copy = resource.copy()
    copy.inputs = masked_properties({k: v for k, v in resource.inputs.items() if k != PROVIDER_KEY})
    copy.outputs = masked_properties({k: v for k, v in resource.outputs.items() if k != PROVIDER_KEY})
    copy.property_dependencies = {k: v for k, v in resource.property_dependencies.items() if k != PROVIDER_KEY}
    return resource_to_json(copy, lambda text, where: HIDDEN)


def property_diff(step: Step) -> Detailed:
    """What differs, for a person: the provider's own detailed diff, else old inputs against new.

    Where the inputs are the same but the step is an update, what it differs from is the outputs as last seen.
    """
    if step.diff is not None and step.diff.detailed is not None:
        return {p: k for p, k in step.diff.detailed.items() if not p.startswith(PROVIDER_KEY)}
    if step.old is None or step.new is None:
        return {}
    new = plain_properties({k: v for k, v in step.new.inputs.items() if k != PROVIDER_KEY})
    found = detailed(plain_properties({k: v for k, v in step.old.inputs.items() if k != PROVIDER_KEY}), new)
    if not found:
        found = detailed({k: v for k, v in plain_properties(step.old.outputs).items() if k in new}, new)
    replaces = step.diff.replaces if step.diff else []
    return {p: k.as_replacement() if p in replaces else k for p, k in found.items()}


def _detailed_json(step: Step) -> dict[str, Any] | None:
    if step.diff is None or step.diff.detailed is None:
        return None
    found = property_diff(step)
    return {path: {"kind": kind.value, "inputDiff": True} for path, kind in found.items()}


def resource_summary(step: Step, op: Op) -> dict[str, Any]:
    """The metadata of a step's event."""
    return {
        "op": op.value,
        "urn": step.urn,
        "type": step.resource.type,
        "old": shown(step.old),
        "new": shown(step.new),
        "keys": step.diff.replaces if step.diff else [],
        "diffs": sorted({p.partition(".")[0].partition("[")[0] for p in property_diff(step)}),
        "detailedDiff": _detailed_json(step),
        "logical": step.op.logical,
        "provider": step.resource.provider,
    }


def preview_step(step: Step) -> dict[str, Any]:
    """A step's entry in ``preview --json``."""
    entry: dict[str, Any] = {"op": step.op.value, "urn": step.urn}
    if step.resource.provider:
        entry["provider"] = step.resource.provider
    for key, resource in (("oldState", step.old), ("newState", step.new)):
        if resource is not None:
            entry[key] = shown(resource)
    reasons = sorted({p.partition(".")[0].partition("[")[0] for p in property_diff(step)})
    if step.op in (Op.UPDATE, Op.REPLACE) and reasons:
        entry["diffReasons"] = reasons
    if step.diff is not None and step.diff.replaces:
        entry["replaceReasons"] = step.diff.replaces
    entry["detailedDiff"] = _detailed_json(step)
    return entry
