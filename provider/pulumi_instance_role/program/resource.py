"""What the resources share inside the program: settings, owner, derived names, arguments, enrolment for preflight."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from pulumi_instance_role.clouds import NAMES, limits_of
from pulumi_instance_role.host.provider import CONNECTION, BaseProvider
from pulumi_instance_role.host.values import EITHER
from pulumi_instance_role.plan.names import derived_name, resource_within
from pulumi_instance_role.program.attached import Derived
from pulumi_instance_role.program.enrol import enrol, looks, screens
from pulumi_instance_role.program.foresee import foresee
from pulumi_instance_role.program.inputs import lasting
from pulumi_instance_role.program.screen import screen

Text = pulumi.Input[str]
MaybeText = pulumi.Input[str] | None
Tags = pulumi.Input[Mapping[str, pulumi.Input[str]]] | None
PolicyDocument = pulumi.Input[str] | pulumi.Input[Mapping[str, Any]]

PACKAGE = "instance-role"


class BaseResource(Resource, module=PACKAGE, name="Resource"):
    """A resource of this package: every resource has a cloud, and may have a region, a profile and a role to assume."""

    cloud: pulumi.Output[str]
    region: pulumi.Output[str | None]
    profile: pulumi.Output[str | None]
    assume_role_arn: pulumi.Output[str | None]

    outputs: ClassVar[tuple[str, ...]] = ()
    """Properties that only the cloud knows."""

    def __init__(
        self,
        provider: BaseProvider,
        resource_name: str,
        props: dict[str, Any],
        opts: pulumi.ResourceOptions | None,
        drafts: Mapping[str, Any] | None = None,
    ) -> None:
        """``drafts`` are documents as the program wrote them, which may be partly known when their text is not."""
        resource = placed(resource_name, opts)
        owner = {"project": pulumi.get_project(), "stack": pulumi.get_stack(), "resource": resource}
        declared = {**props, "owner": owner}
        if looks():  # every input is then read more than once
            declared, drafts = lasting(declared), lasting(drafts or {})
        self._lives = {key: declared.get(key) for key in CONNECTION}
        self._named = Derived(declared.get("name")) if declared.get("auto_name") is True else declared.get("name")
        wanted = dict.fromkeys((*CONNECTION, *provider.inputs, *self.outputs, "drift"))
        given, screened = screen(provider, declared, drafts or {}) if screens() else (declared, None)
        super().__init__(provider, resource_name, {**wanted, **given}, opts)
        if looks():
            foresee(self, provider, self.outputs, self._lives)
        waits = bool(opts is not None and opts.depends_on)
        enrol(provider.kind, resource_name, self, declared, waits=waits, screened=screened)


def connection(
    cloud: MaybeText, region: MaybeText, profile: MaybeText, assume_role_arn: MaybeText, like: object = None
) -> dict[str, Any]:
    """Where a resource lives: its arguments, else those of the resource it refers to, else the configuration."""
    props: dict[str, Any] = {"cloud": cloud, "region": region, "profile": profile, "assume_role_arn": assume_role_arn}
    if isinstance(like, BaseResource):
        for key in ("cloud", "profile", "assume_role_arn"):
            # As declared there, not as an output: a preview knows no output that is not in the state.
            props[key] = like._lives[key] if props[key] is None else props[key]
    if props["cloud"] is None:
        props["cloud"] = pulumi.Config(PACKAGE).get("cloud")
    if props["cloud"] is None:
        raise ValueError(
            f"cloud: give {EITHER}, or set it for the stack with `pulumi config set instance-role:cloud {NAMES[0]}`"
        )
    if isinstance(props["cloud"], str):
        limits_of(props["cloud"])
    return props


def placed(resource_name: str, opts: pulumi.ResourceOptions | None) -> Text:
    """The name with its parents below the stack, which only the parent's URN tells; known at every preview."""
    parent = opts.parent if opts is not None else None
    if parent is None:
        return resource_name
    urn = parent.urn

    async def found() -> str:
        return resource_within(await urn.future() or "", resource_name)

    # Not `urn.apply`: a property that depends on a component depends on all its children, so on this very resource.
    return pulumi.Output.from_input(found())


def name_or_derived(
    resource_name: str, name: MaybeText, cloud: Text, kind: str, opts: pulumi.ResourceOptions | None
) -> dict[str, Any]:
    """``name`` and ``auto_name``: the name given, or one derived from project, stack, parents and resource."""
    argument("name", name, str)
    if name is not None:
        return {"name": name, "auto_name": False}

    def derive(cloud_name: str, within: str) -> str:
        limits = limits_of(cloud_name)
        pattern, length = (
            (limits.role_name, limits.role_name_length)
            if kind == "role"
            else (limits.policy_name, limits.policy_name_length)
        )
        project, stack = pulumi.get_project(), pulumi.get_stack()
        return derived_name(project, stack, resource_name, within=within, pattern=pattern, length=length)

    within = placed(resource_name, opts)
    if isinstance(cloud, str) and isinstance(within, str):
        return {"name": derive(cloud, within), "auto_name": True}
    derived = pulumi.Output.all(cloud, within).apply(lambda known: derive(*known))
    return {"name": derived, "auto_name": True}


def argument(prop: str, value: object, *allowed: type, required: bool = False, remedy: str = "") -> None:
    """Refuse an argument of the wrong type where the program wrote it. Outputs and awaitables are judged later."""
    if value is None:
        if required:
            raise TypeError(f"{prop}: is missing{remedy and '; ' + remedy}")
        return
    if isinstance(value, pulumi.Output) or hasattr(value, "__await__"):
        return
    if (bool not in allowed and isinstance(value, bool)) or not isinstance(value, allowed):
        names = " or ".join(one.__name__ for one in allowed)
        got = f"the resource {type(value).__name__}" if isinstance(value, pulumi.Resource) else type(value).__name__
        raise TypeError(f"{prop}: must be {names}, not {got}{remedy and '; ' + remedy}")


def document_text(prop: str, value: PolicyDocument | None, *, required: bool = False) -> MaybeText:
    """A document as JSON text, from a dictionary (with outputs anywhere inside) or text."""
    argument(prop, value, dict, str, required=required, remedy="give a dictionary or JSON text")
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return pulumi.Output.json_dumps(value)
    return pulumi.Output.all(value).apply(lambda found: found[0] if isinstance(found[0], str) else json.dumps(found[0]))


def one_of(prop: str, value: object, allowed: Sequence[str]) -> None:
    """Refuse a plain value that is none of ``allowed``."""
    if isinstance(value, str) and value not in allowed:
        raise ValueError(f"{prop}: must be {' or '.join(map(repr, allowed))}, not {value!r}")


def name_of(prop: str, value: Any, kind: type[BaseResource]) -> Text:
    """A name, from a name or from the resource itself."""
    if isinstance(value, kind):
        named: pulumi.Output[str] = value.name  # type: ignore[attr-defined]  # both resources that are referred to have one
        return named
    remedy = f"give a name or an {kind.__name__}"
    if isinstance(value, pulumi.Resource):
        remedy += "; of a resource of another package give the output that holds the name"
    argument(prop, value, str, required=True, remedy=remedy)
    if value == "":
        raise ValueError(f"{prop}: is empty; {remedy}")
    result: Text = value
    return result
