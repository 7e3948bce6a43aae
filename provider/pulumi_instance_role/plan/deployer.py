"""From a stack, deployed or previewed, to what its resources need of the principal that deploys it. Pure.

Reads the forms that engines write: an exported deployment, and what ``preview --json`` prints
(https://www.pulumi.com/docs/iac/cli/commands/pulumi_preview/). What nobody knows before the update, or may show, is
``*`` and said so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pulumi_instance_role.clouds.port import SYSTEM, Limits
from pulumi_instance_role.plan.names import shown
from pulumi_instance_role.policy.needs import ANY, Narrowed, Needs, Subject, apart, documents, least
from pulumi_instance_role.policy.pass_role import Passing, where_tagged
from pulumi_instance_role.records import dataclass

TYPE = "pulumi-python:dynamic/instance-role:"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What engines write in the place of a text that is not known yet."""

_PLUMBING = ("pulumi:pulumi:", "pulumi:providers:")
_SYSTEM_OWNER = "system"


@dataclass(frozen=True)
class Declared:
    """One resource of a stack, with its properties as an engine writes them."""

    kind: str
    resource: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """The account that resources are in, as they name it."""

    cloud: str
    profile: str | None = None
    assume_role_arn: str | None = None


@dataclass(frozen=True)
class Reach:
    """How documents name the instances that roles may be given to.

    ``by`` is ``"instance"`` (each by its id), ``"region"`` (all of the regions of the bindings), ``"account"`` (all
    everywhere), or ``"tag"``: those of these regions that have ``tag``, a key and a value.
    """

    by: str = "instance"
    tag: tuple[str, str] = ("", "")

    @property
    def note(self) -> str:
        """What to know of it, for whoever grants it."""
        rest = "with whatever these roles may do"
        return {
            "instance": "",
            "region": f"by region: any instance of the region can be given these roles, {rest}",
            "account": f"by account: any instance, in every region, can be given these roles, {rest}",
            "tag": f"by tag: only instances with the tag {'='.join(self.tag)} can be given these roles; "
            "whoever may set that tag decides which",
        }[self.by]


@dataclass(frozen=True)
class Demand:
    """What the resources of one account need: documents that hold together, and what to know about them."""

    place: Place
    account: str | None
    documents: Sequence[Mapping[str, Any]]
    notes: Sequence[str]


def of_state(document: Mapping[str, Any]) -> tuple[list[Declared], int]:
    """The resources of an exported stack, and how many resources of other packages it has."""
    return _sorted_out((document.get("deployment") or {}).get("resources") or ())


def of_preview(document: Mapping[str, Any]) -> tuple[list[Declared], int]:
    """The same of what ``preview --json`` prints: what is there and stays, what comes, and what goes."""
    steps = document.get("steps") or ()
    return _sorted_out(one for step in steps for one in (step.get("newState"), step.get("oldState")) if one)


def demands(
    declared: Sequence[Declared],
    limits_of: Callable[[str], Limits],
    needs_of: Callable[[str], Needs],
    account: str | None = None,
    reach: Reach | None = None,
) -> list[Demand]:
    """What the resources need, account by account. ``account`` is its id, where no ARN among the properties tells.

    ``ValueError`` for a cloud that is not known.
    """
    reach = reach or Reach()
    found = []
    for place in dict.fromkeys(_place(one) for one in declared):
        limits = limits_of(place.cloud)
        mine = [one for one in declared if _place(one) == place]
        known = account or _account(mine, limits)
        unknown: dict[str, None] = {}
        subjects = [_Reading(one, known or ANY, unknown, reach).subject() for one in mine]
        needed, narrowed, why = _needed(needs_of(place.cloud), subjects, limits.passing, reach)
        made = documents(needed, limits.language, limits.policy_document_length, narrowed)
        notes = [*unknown, *why]
        if any(one.kind == "InstanceRoleBinding" for one in mine):
            notes += [note for note in (reach.note, limits.passing.tag_doubt if narrowed else "") if note]
        if known is None:
            notes.insert(
                0, '"*" stands for the account, which nothing names yet: give --account, or ask again after up'
            )
        if len(made) > 1:
            most = limits.policy_document_length
            fewer = "; --by region, account or tag may need fewer" if reach.by == "instance" else ""
            notes.insert(0, f"one document may have {most} characters, so these {len(made)} hold together{fewer}")
        found.append(Demand(place, known, made, notes))
    return found


def _needed(
    needs: Needs, subjects: Sequence[Subject], passing: Passing, reach: Reach
) -> tuple[Mapping[str, set[str]], Narrowed | None, list[str]]:
    """What is needed as such, what only where the tag is, and why some of it is wide."""
    if reach.by != "tag":
        needed, why = least(needs, subjects)
        return needed, None, why
    plain, by_instance = apart(needs, "instance")
    needed, why = least(plain, subjects)
    tagged, _ = least(by_instance, subjects)
    # What is needed on all of them anyhow needs no condition.
    left = {action: on - needed.get(action, set()) for action, on in tagged.items()}
    left = {action: on for action, on in left.items() if on}
    return needed, Narrowed(left, where_tagged(passing, *reach.tag)) if left else None, why


class _Reading:
    """One resource's properties as values for the holes of a cloud's forms."""

    def __init__(self, declared: Declared, account: str, unknown: dict[str, None], reach: Reach) -> None:
        self.declared = declared
        self.account = account
        self.unknown = unknown
        self.reach = reach

    def subject(self) -> Subject:
        region = ANY if self.reach.by == "account" else self.text("region")
        values: dict[str, tuple[str, ...]] = {"account": (self.account,), "region": (region,)}
        match self.declared.kind:
            case "InstanceRole":
                values["role"] = (self.text("name"),)
            case "RolePolicy":
                values["policy"] = (self.text("name"),)
            case "RolePolicyAttachment":
                values |= {"role": (self.text("role"),), "policy": (self.text("policy"),)}
                system = self.declared.properties.get("policy_type") == SYSTEM
                values["policy_owner"] = (_SYSTEM_OWNER if system else self.account,)
            case "InstanceRoleBinding":
                ids = self.texts("instance_ids") if self.reach.by == "instance" else (ANY,)
                values |= {"role": (self.text("role"),), "instance": ids}
            case "PassRoleGrant":
                kinds = ("user", "group", "role")
                principals = {kind: (self.text(kind),) for kind in kinds if self.declared.properties.get(kind)}
                values |= {"policy": (self.text("name"),), **principals}
        return Subject(
            self.declared.kind, values, frozenset(key for key, one in self.declared.properties.items() if one)
        )

    def text(self, prop: str) -> str:
        return self._known(prop, self.declared.properties.get(prop))

    def texts(self, prop: str) -> tuple[str, ...]:
        value = self.declared.properties.get(prop)
        listed = value if isinstance(value, list) else [value]
        return tuple(dict.fromkeys(self._known(prop, one) for one in listed))

    def _known(self, prop: str, value: object) -> str:
        """The text, or ``*`` for one that is not known, is missing, or is secret."""
        if isinstance(value, str) and value != UNKNOWN:
            return value
        which = f"{prop} of {self.declared.kind} {shown(self.declared.resource)}"
        self.unknown[f'"*" stands for {which}, which is not known before the update: ask again after it'] = None
        return ANY


def _sorted_out(resources: Iterable[Mapping[str, Any]]) -> tuple[list[Declared], int]:
    ours: list[Declared] = []
    others: set[str] = set()
    for one in resources:
        kind, urn = str(one.get("type", "")), str(one.get("urn", ""))
        if kind.startswith(TYPE):
            properties = {**(one.get("outputs") or {}), **(one.get("inputs") or {})}
            ours.append(Declared(kind.removeprefix(TYPE), urn.rpartition("::")[2], properties))
        elif one.get("custom") and not kind.startswith(_PLUMBING):
            others.add(urn)
    return ours, len(others)


def _place(one: Declared) -> Place:
    profile, role = one.properties.get("profile"), one.properties.get("assume_role_arn")
    return Place(str(one.properties.get("cloud", "")), profile, role)


def _account(declared: Sequence[Declared], limits: Limits) -> str | None:
    """The account's id, read from the ARN of a role; clouds write it as they write it in documents."""
    holes = {"{account}": r"(\d+)", "{name}": ".+", "*": "[^:]*"}
    parts = re.split(r"(\{account\}|\{name\}|\*)", limits.passing.role)
    form = "".join(holes.get(part) or re.escape(part) for part in parts)
    arns = (str(one.properties.get("arn", "")) for one in declared)
    return next((match[1] for arn in arns if (match := re.fullmatch(form, arn))), None)
