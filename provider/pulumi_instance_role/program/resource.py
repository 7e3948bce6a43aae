"""What the resources share inside the program: settings, owner, derived names, arguments, enrolment for preflight."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import Resource

from pulumi_instance_role.clouds import NAMES, limits_of
from pulumi_instance_role.clouds.port import NamedKind
from pulumi_instance_role.host.provider import CONNECTION, BaseProvider
from pulumi_instance_role.host.values import EITHER, PROVIDER_KEY
from pulumi_instance_role.plan.names import derived_name, resource_within
from pulumi_instance_role.policy.load import FILE, Unsound, names_a_file, sound
from pulumi_instance_role.policy.near import is_meant
from pulumi_instance_role.policy.slips import Slip, slips
from pulumi_instance_role.program.attached import Derived
from pulumi_instance_role.program.enrol import enrol, looks, screens
from pulumi_instance_role.program.explicit import taken_over
from pulumi_instance_role.program.foresee import foresee
from pulumi_instance_role.program.inputs import is_prompt, lasting
from pulumi_instance_role.program.noted import note_providers
from pulumi_instance_role.program.screen import Screened, screen

Text = pulumi.Input[str]
MaybeText = pulumi.Input[str] | None
Tags = pulumi.Input[Mapping[str, pulumi.Input[str]]] | None
PolicyDocument = pulumi.Input[str] | pulumi.Input[Mapping[str, Any]]

PACKAGE = "instance-role"
_LIKE = "like"
"""Among the arguments, no input: where the resource lives that is referred to."""
NO_ORGANIZATION = "organization"

note_providers()


class BaseResource(Resource, module=PACKAGE, name="Resource"):
    """A resource of this package: every resource has a cloud, and may have a region, a profile and a role to assume."""

    cloud: pulumi.Output[str]
    region: pulumi.Output[str | None]
    profile: pulumi.Output[str | None]
    assume_role_arn: pulumi.Output[str | None]

    outputs: ClassVar[tuple[str, ...]] = ()
    """Properties that only the cloud knows."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        # The SDK reads the types of the properties at each registration; of texts it would compile each one anew. A
        # class of a program may name what is not there yet.
        if cls.__module__.partition(".")[0] == __name__.partition(".")[0]:
            cls.__annotations__ = inspect.get_annotations(cls, eval_str=True)

    def __init__(
        self,
        provider: BaseProvider,
        resource_name: str,
        props: dict[str, Any],
        opts: pulumi.ResourceOptions | None,
        drafts: Mapping[str, Any] | None = None,
    ) -> None:
        """``drafts`` are documents as the program wrote them, which may be partly known when their text is not."""
        refuse_slips({"resource_name": resource_name, **props, **(drafts or {})})
        like = props.pop(_LIKE, None)
        owner = {
            "project": pulumi.get_project(),
            "stack": pulumi.get_stack(),
            "resource": placed(resource_name, opts),
        }
        if organization():
            owner["organization"] = organization()
        props["owner"] = owner
        self.adopts: pulumi.Input[bool] = props.get("adopt") or False
        self._named = Derived(props.get("name")) if props.get("auto_name") is True else props.get("name")
        wanted = dict.fromkeys((*CONNECTION, *provider.inputs, *self.outputs, "drift"))
        entry = _Entry(self, provider, resource_name, props, drafts or {}, like)
        self._last = entry.enter
        super().__init__(provider, resource_name, {**wanted, **props}, opts)
        _let_go(self, ("id", "urn", PROVIDER_KEY, *wanted, *props))
        declared, screened, waits = entry.declared, entry.screened, entry.waits
        self._lives = {key: declared.get(key) for key in CONNECTION}
        # As the state has it: what a preview foresees is asked of the cloud, where the name may mean another by now.
        self._own_id = getattr(self, provider.identity[1]) if provider.identity else None
        if looks():
            foresee(self, provider, self.outputs, self._lives)
        enrol(provider.kind, resource_name, self, declared, waits=waits, screened=screened, documents=drafts)

    @property
    def _transformations(self) -> list[pulumi.ResourceTransformation]:  # see _Entry
        return [*self._given_transformations, self._last]

    @_transformations.setter
    def _transformations(self, given: list[pulumi.ResourceTransformation]) -> None:
        self._given_transformations = given


class _Entry:
    """What happens to the inputs on the way from the program to their registration.

    It is the last of the resource's transformations, after the program's own and those of its parents: they find what
    the program wrote, plain where it was plain, and what they leave is what is inspected and registered. The SDK keeps
    the list in an attribute, so :class:`BaseResource` adds to it there.
    """

    def __init__(
        self,
        itself: BaseResource,
        provider: BaseProvider,
        resource_name: str,
        props: Mapping[str, Any],
        drafts: Mapping[str, Any],
        like: Mapping[str, Any] | None,
    ) -> None:
        self._itself = itself
        self._provider = provider
        self._whose = f'{provider.kind} "{resource_name}"'
        self._props = dict(props)
        self._drafts = drafts
        self._like = like
        self.declared: dict[str, Any] = {}
        self.screened: asyncio.Future[Screened] | None = None
        self.waits = False

    def enter(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """The inputs as they are registered. Children of the resource pass through untouched."""
        if args.resource is not self._itself:
            return None
        left = dict(args.props)
        given = {key: one for key, one in left.items() if key in self._props or one is not None}
        given.pop(PROVIDER_KEY, None)
        drafts = {key: one for key, one in self._drafts.items() if given.get(key) is self._props[key]}
        declared = taken_over(self._whose, given, args.opts, self._like)
        if looks():  # every input is then read more than once
            declared, drafts = lasting(declared), lasting(drafts)
        self.declared, self.waits = declared, bool(args.opts.depends_on)
        registered = declared
        if screens():
            registered, self.screened = screen(self._provider, declared, drafts)
        return pulumi.ResourceTransformationResult({**left, **registered}, args.opts)


def _let_go(resource: pulumi.Resource, keys: Iterable[str]) -> None:
    """Take the outputs of a registration off the list of those that the SDK waits for one by one before it ends.

    It waits for the registration, which is what they come of, and for all that is derived from them; and each time that
    some are there, it goes through all of the list anew. A registration that fails is told by itself. SDKs before 3.269
    keep another list, in which they stay. (To ask an output whether it has an attribute is to make one of it.)
    """
    outputs = [vars(resource).get(key) for key in keys] if hasattr(pulumi.Output, "_untrack") else []
    for one in outputs:
        if isinstance(one, pulumi.Output):
            one._untrack()


def connection(
    cloud: MaybeText, region: MaybeText, profile: MaybeText, assume_role_arn: MaybeText, like: object = None
) -> dict[str, Any]:
    """Where a resource lives: its arguments, else those of the resource it refers to, else the configuration."""
    props: dict[str, Any] = {"cloud": cloud, "region": region, "profile": profile, "assume_role_arn": assume_role_arn}
    refuse_slips(props)
    for prop, value in props.items():
        argument(prop, value, str)
    if isinstance(like, BaseResource):
        # As declared there, not as an output: a preview knows no output that is not in the state.
        props["cloud"] = like._lives["cloud"] if props["cloud"] is None else props["cloud"]
        props[_LIKE] = like._lives
    if props["cloud"] is None:
        props["cloud"] = pulumi.Config(PACKAGE).get("cloud")
    if props["cloud"] is None:
        raise ValueError(
            f"cloud: give {EITHER}, or set it for the stack with `pulumi config set instance-role:cloud {NAMES[0]}`"
        )
    if isinstance(props["cloud"], str):
        limits_of(props["cloud"])
    return props


def organization() -> str:
    """The organization that the backend keeps the stack in; empty where there are none.

    Backends that a user manages say ``organization`` for all of them.
    """
    found = pulumi.get_organization()
    return "" if not found or found == NO_ORGANIZATION else found


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
        parts = pulumi.get_project(), pulumi.get_stack(), resource_name
        return derived_name(*parts, within=within, organization=organization(), pattern=pattern, length=length)

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
    remedy = "give a dictionary or JSON text"
    given: object = value
    if isinstance(given, PathLike):
        remedy += "; of a file give the text: .read_text()"
    argument(prop, value, dict, str, required=required, remedy=remedy)
    if isinstance(value, str) and names_a_file(value):
        raise ValueError(f"{prop}: {value!r} {FILE}")
    try:
        sound(value)
    except Unsound as error:
        raise ValueError(f"{prop}: {error}") from None
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        if is_prompt(value):
            return _written(prop, value)  # plain, as the program's transformations expect what is written plain
        return pulumi.Output.json_dumps(value)
    return pulumi.Output.all(value).apply(lambda found: found[0] if isinstance(found[0], str) else json.dumps(found[0]))


def _written(prop: str, document: Mapping[str, Any]) -> str:
    try:
        return json.dumps(document)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{prop}: cannot be written as JSON: {error}") from None


def refuse_slips(arguments: Mapping[str, Any]) -> None:
    """Refuse, where the program wrote it, a text that an output or an object was put into."""
    for path, problem in slips({key: one for key, one in arguments.items() if key != _LIKE}):
        raise Slip(f"{path}: {problem}")


def one_of(prop: str, value: object, allowed: Sequence[str]) -> None:
    """Refuse a plain value that is none of ``allowed``."""
    refuse_slips({prop: value})
    if isinstance(value, str) and value not in allowed:
        near = is_meant(value, allowed, 0.7)
        raise ValueError(f"{prop}: must be {' or '.join(map(repr, allowed))}, not {value!r}{near and '; ' + near}")


def ids_of(*references: tuple[NamedKind, Any]) -> list[dict[str, Any]] | None:
    """The ``meant`` input: the names and ids of those references that are resources themselves."""
    found = [
        {"kind": kind, "name": one.name, "id": one._own_id}  # type: ignore[attr-defined]  # both have a name
        for kind, one in references
        if isinstance(one, BaseResource)
    ]
    return found or None


def fits(where: Mapping[str, Any], **references: Any) -> None:
    """Refuse a reference to a resource of another cloud where it is written, unless a preflight is going to tell."""
    for prop, one in references.items():
        clouds = (one._lives["cloud"], where["cloud"]) if isinstance(one, BaseResource) else ("", "")
        if all(isinstance(each, str) for each in clouds) and clouds[0] != clouds[1] and not looks():
            raise ValueError(f"{prop}: is in the cloud {clouds[0]}, and this resource in {clouds[1]}; use one cloud")


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
