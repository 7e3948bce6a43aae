"""The clouds' own Pulumi packages: which of their types declare roles, policies, attachments, or give instances a role.

As data, listed from pulumi_alicloud 4.0.0 and tencentcloud_iac_pulumi 0.2.3; a test compares it with the packages that
are installed. A type that has such a property and is not read is named as passed over, by the property, so that a newer
package cannot hide one.

Limits: roles that services take for themselves (functions, stacks, backups) are not roles of instances, and not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_instance_role.language import listing, say
from pulumi_instance_role.review.preview import UNKNOWN, Preview, State, Step, is_unknown
from pulumi_instance_role.review.shape import Compose, Shape, shape

PACKAGES = ("alicloud:", "tencentcloud:")
ROLE_PROPERTIES = frozenset(
    ("ramRoleName", "camRoleName", "workerRamRoleName", "userDefinedEmrEcsRole", "assumeRolePolicyDocument")
)
"""Inputs that declare a role, or give one to instances, in whatever type they are."""


def _statements(inputs: Mapping[str, Any]) -> Any:
    """A policy that is written as a list of statements."""
    listed = inputs.get("statements")
    if not isinstance(listed, list):
        return UNKNOWN if is_unknown(listed) else None
    words = {"effect": "Effect", "actions": "Action", "resources": "Resource"}
    made = [{words[k]: v for k, v in one.items() if k in words} if isinstance(one, dict) else one for one in listed]
    return {"Version": str(inputs.get("version") or "1"), "Statement": made}


def _trusted(inputs: Mapping[str, Any]) -> Any:
    """A trust policy that is written as lists of services and of RAM principals."""
    named = {"Service": inputs.get("services"), "RAM": inputs.get("ramUsers")}
    if any(value == UNKNOWN for value in named.values()):
        return UNKNOWN
    principals = {kind: value for kind, value in named.items() if isinstance(value, list) and value}
    if not principals:
        return None
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principals}
    return {"Version": str(inputs.get("version") or "1"), "Statement": [statement]}


def _within(outer: str, name: str) -> Compose:
    """A property inside another one, or inside each of a list of them; not known where these differ."""

    def found(inputs: Mapping[str, Any]) -> Any:
        value = inputs.get(outer)
        listed = value if isinstance(value, list) else [value]
        named = [one.get(name) for one in listed if isinstance(one, dict) and one.get(name) is not None]
        return UNKNOWN if is_unknown(value) or len({str(one) for one in named}) > 1 else next(iter(named), None)

    return found


def _set_of(count: str) -> Compose:
    """Ids of a set of instances that are not made yet."""

    def found(inputs: Mapping[str, Any]) -> Any:
        number = inputs.get(count, 1)
        return [UNKNOWN] * min(number, 10_000) if isinstance(number, int) and not isinstance(number, bool) else UNKNOWN

    return found


NATIVE: Mapping[str, Shape] = {
    # https://www.pulumi.com/registry/packages/alicloud/api-docs/ram/ and its neighbours
    "alicloud:ram/role:Role": shape(
        "role", "alibaba", {"trust": _trusted}, name="roleName name", trust="assumeRolePolicyDocument document"
    ),
    "alicloud:resourcemanager/role:Role": shape(
        "role", "alibaba", name="roleName", trust="assumeRolePolicyDocument"
    ),
    "alicloud:ram/policy:Policy": shape(
        "policy", "alibaba", {"document": _statements}, name="policyName name", document="policyDocument document"
    ),
    "alicloud:resourcemanager/policy:Policy": shape(
        "policy", "alibaba", name="policyName", document="policyDocument"
    ),
    "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment": shape(
        "attachment", "alibaba", role="roleName", policy="policyName", type="policyType"
    ),
    "alicloud:ram/roleAttachment:RoleAttachment": shape("binding", "alibaba", role="roleName", instances="instanceIds"),
    "alicloud:ecs/ramRoleAttachment:RamRoleAttachment": shape(
        "binding", "alibaba", role="ramRoleName", instances="instanceId"
    ),
    "alicloud:ecs/instance:Instance": shape("instance", "alibaba", name="instanceName", role="roleName"),
    "alicloud:ecs/ecsInstanceSet:EcsInstanceSet": shape(
        "binding", "alibaba", {"instances": _set_of("amount")}, role="ramRoleName", instances="instanceIds"
    ),
    **{
        f"alicloud:{kind}": shape("template", "alibaba", role="ramRoleName roleName")
        for kind in (
            "ecs/ecsLaunchTemplate:EcsLaunchTemplate", "ecs/launchTemplate:LaunchTemplate",
            "ess/scalingConfiguration:ScalingConfiguration", "ess/eciScalingConfiguration:EciScalingConfiguration",
            "eci/containerGroup:ContainerGroup", "cs/nodePool:NodePool", "ehpc/cluster:Cluster",
        )
    },
    # https://www.pulumi.com/registry/packages/tencentcloud/api-docs/cam/ and its neighbours
    "tencentcloud:Cam/role:Role": shape("role", "tencent", name="name", trust="document"),
    "tencentcloud:Cam/roleByName:RoleByName": shape("role", "tencent", name="name", trust="document"),
    "tencentcloud:Cam/policy:Policy": shape("policy", "tencent", name="name", document="document"),
    "tencentcloud:Cam/policyByName:PolicyByName": shape("policy", "tencent", name="name", document="document"),
    "tencentcloud:Cam/rolePolicyAttachment:RolePolicyAttachment": shape(
        "attachment", "tencent", role_id="roleId", policy_id="policyId"
    ),
    "tencentcloud:Cam/rolePolicyAttachmentByName:RolePolicyAttachmentByName": shape(
        "attachment", "tencent", role="roleName", policy="policyName"
    ),
    "tencentcloud:Instance/instance:Instance": shape("instance", "tencent", name="instanceName", role="camRoleName"),
    "tencentcloud:Instance/set:Set": shape(
        "binding", "tencent", {"instances": _set_of("instanceCount")}, role="camRoleName", instances="instanceIds"
    ),
    **{
        f"tencentcloud:{kind}": shape("template", "tencent", role="camRoleName")
        for kind in (
            "Cvm/launchTemplate:LaunchTemplate", "Cvm/launchTemplateVersion:LaunchTemplateVersion",
            "As/scalingConfig:ScalingConfig", "Eks/containerInstance:ContainerInstance", "Thpc/workspaces:Workspaces",
        )
    },
    **{
        f"tencentcloud:{kind}": shape(
            "template", "tencent", {"role": _within(outer, "camRoleName")}, role=f"camRoleName {outer}"
        )
        for kind, outer in (
            ("Kubernetes/nodePool:NodePool", "autoScalingConfig"), ("Kubernetes/cluster:Cluster", "workerConfigs"),
            ("Kubernetes/scaleWorker:ScaleWorker", "workerConfig"),
        )
    },
}  # fmt: skip
"""Resource type -> where it keeps things."""

PASSED_OVER: Mapping[str, str] = {
    "alicloud:resourcemanager/policyAttachment:PolicyAttachment": "it puts a policy on a role in a resource group",
    "alicloud:resourcemanager/policyVersion:PolicyVersion": "it may put another document in force in a policy",
    "alicloud:resourcemanager/serviceLinkedRole:ServiceLinkedRole": "it makes a role for a service",
    "alicloud:ros/stack:Stack": "its template may hold roles and instances",
    "alicloud:ros/changeSet:ChangeSet": "its template may hold roles and instances",
    "alicloud:emr/cluster:Cluster": "it gives a role to the instances of a cluster",
    "tencentcloud:Cam/policyVersion:PolicyVersion": "it may put another document in force in a policy",
    "tencentcloud:Cam/setPolicyVersionConfig:SetPolicyVersionConfig": "it puts another document in force in a policy",
    "tencentcloud:Cam/rolePermissionBoundaryAttachment:RolePermissionBoundaryAttachment": "it limits a role",
    "tencentcloud:Cam/serviceLinkedRole:ServiceLinkedRole": "it makes a role for a service",
}
"""Types that bear on roles and are not read -> what they do."""


def settled(one: Shape, merged: Mapping[str, Any], step: Step, state: State, *, after: bool) -> dict[str, Any]:
    """The properties of a resource on one side, with one value for each of our words.

    After, an input decides, under whichever of its names it is written, and no output that was kept from before: that
    may be another name for what the step changes. What was written before and is not any more is not known.
    """
    found = dict(merged)
    for word, properties in one.names.items():
        compose = one.composed.get(word)
        written = [name for name in properties if _whole(state.inputs.get(name), compose)]
        seen = any(_whole(found.get(name), compose) for name in properties)
        # Ids of instances are nobody's input: those that were seen are those that there are.
        known = bool(written) if after and word != "instances" else seen
        made = compose(state.inputs) if compose and not known else None
        if word == "instances" and compose and known and after:
            made = _more(compose, step, next(value for name in properties if (value := found.get(name)) is not None))
        if made is not None:
            _put(found, properties, made)
        elif after and written:
            for name in set(properties) - set(written):
                found.pop(name, None)
        elif after and word in ("document", "trust") and _was_written(step, properties):
            _put(found, properties, UNKNOWN)
    return found


def _more(compose: Compose, step: Step, seen: Any) -> Any:
    """The instances of a set that the step makes larger: those that there are, and those to come."""
    if step.op not in ("update", "replace") or step.old is None or step.new is None or not isinstance(seen, list):
        return None
    old, new = compose(step.old.inputs), compose(step.new.inputs)
    if new == UNKNOWN:
        return [*seen, UNKNOWN]
    return [*seen, *new[len(old) :]] if isinstance(old, list) and len(new) > len(old) else None


def _was_written(step: Step, properties: tuple[str, ...]) -> bool:
    """Whether the inputs before had one of these, and the step changes the resource."""
    if step.old is None or step.op not in ("update", "replace"):
        return False
    return any(step.old.inputs.get(name) is not None for name in properties)


def _whole(value: Any, compose: Compose | None) -> bool:
    """Whether a property has a value by itself, and is not one that has it somewhere inside."""
    inside = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))
    return value is not None and not (compose and inside)


def _put(found: dict[str, Any], properties: tuple[str, ...], value: Any) -> None:
    for name in properties:
        found.pop(name, None)
    found[properties[0]] = value


def passed_over(preview: Preview) -> Iterator[tuple[Step, str]]:
    """Resources of the clouds' packages that bear on roles and are not read, and what each does."""
    for step in preview.steps:
        if step.type in NATIVE or not step.type.startswith(PACKAGES):
            continue
        inputs = {**(step.old.inputs if step.old else {}), **(step.new.inputs if step.new else {})}
        named = sorted(ROLE_PROPERTIES & inputs.keys())
        if step.type in PASSED_OVER:
            yield step, say(PASSED_OVER[step.type])
        elif named:
            yield step, say("it has {properties}", properties=listing(named))


def note(preview: Preview) -> tuple[str, ...]:
    """What a reader must know of resources that are not read."""
    found = [
        say("{name} ({type}: {what})", name=step.name, type=step.type.rpartition(":")[2], what=what)
        for step, what in passed_over(preview)
    ]
    listed = listing(found[:5], "; ")
    if len(found) > 5:
        listed = say("{resources}, and {number} more", resources=listed, number=len(found) - 5)
    return (say("Passed over, not read here: {resources}.", resources=listed),) if found else ()
