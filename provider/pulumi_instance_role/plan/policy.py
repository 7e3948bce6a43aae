"""Plans for a RolePolicy: a document in force, in as few versions as the cloud allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from pulumi_instance_role.clouds.port import Limits, Policy, PolicyHolders, PolicySpec, PolicyVersion
from pulumi_instance_role.plan.calls import (
    CreatePolicy,
    DeletePolicy,
    DeleteVersion,
    DescribePolicy,
    PolicyCall,
    PutDocument,
    SetDefaultVersion,
    TagPolicy,
)
from pulumi_instance_role.plan.documents import same_document
from pulumi_instance_role.plan.drift import Drift, first_drift
from pulumi_instance_role.plan.faults import Fault, Refused, some
from pulumi_instance_role.plan.namesake import is_another, namesake, remedy
from pulumi_instance_role.plan.ownership import Owner, owner_of, unmarked
from pulumi_instance_role.plan.role import ours_to_delete, plain_tags, refuse_foreign, tag_changes, whole
from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class DesiredPolicy:
    """A custom policy as it is declared. ``None`` is what the program left to the cloud.

    ``adopt``: whether one that exists may be taken over; ``None`` where that cannot be asked for.
    """

    name: str
    document: str
    owner: Owner
    language: Dialect
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    adopt: bool | None = False
    made: bool = False
    """Whether this very create made it a moment ago."""
    later: frozenset[str] = frozenset()
    """What of it is not known yet, at a preview."""


@dataclass(frozen=True)
class PolicyPast:
    """What a state knows of a policy it holds already."""

    adopted: bool
    had_description: bool = False
    tag_keys: frozenset[str] = frozenset()
    policy_id: str = ""
    """Empty in the state of an older release, until a refresh or an update has learned it."""


def plan_policy(
    desired: DesiredPolicy,
    observed: Policy | None,
    versions: Sequence[PolicyVersion],
    limits: Limits,
    past: PolicyPast | None = None,
    uses: Sequence[str] = (),
) -> list[PolicyCall]:
    """The calls that put ``desired`` in force; ``past`` is ``None`` for a create. Raises :class:`Refused`.

    ``versions`` are all there are, oldest first. A document that an old version has already is put in force by making
    that version the default; a new one takes the place of the oldest that is not in force when the cloud has no more
    room. Attachments are to the policy, so none of this touches them. Of a policy that another resource of this stack
    made, description and tags that are not declared any more go, as at an update. ``uses``: see :func:`first_sight`.
    """
    if observed is None:
        if past is not None:
            raise Refused([_gone(desired.name)])
        return [CreatePolicy(_first_spec(desired, limits))]
    if past is None:
        past = first_sight(desired, observed, versions, uses)
    elif is_another(past.policy_id, observed.policy_id):
        raise Refused(
            [namesake("name", "policy", desired.name, past.policy_id, observed.policy_id, remedy(adopt=desired.adopt))]
        )
    calls = plan_document(desired.name, desired.document, versions, limits, desired.language)
    return [*calls, *_settle(desired, observed, past, limits)]


def first_sight(
    desired: DesiredPolicy, observed: Policy, versions: Sequence[PolicyVersion] = (), uses: Sequence[str] = ()
) -> PolicyPast:
    """What a create knows of a policy that is there already. Raises :class:`Refused` for one that it may not touch.

    As with roles (:func:`pulumi_instance_role.plan.role.first_sight`): what an interrupted create leaves is as
    declared, in its first version, and on nobody. ``uses`` is whom it is on.
    """
    found = _owner(observed)
    if desired.made:
        adopt = None if desired.adopt is None else False
        refuse_foreign("name", "policy", desired.name, desired.owner, found, adopt=adopt)
        return PolicyPast(adopted=False, policy_id=observed.policy_id)
    if not desired.owner.is_same(found):
        refuse_foreign("name", "policy", desired.name, desired.owner, found, adopt=desired.adopt)
        if not desired.owner.same_stack(found):
            return PolicyPast(adopted=True, policy_id=observed.policy_id)
        described_there = bool(unmarked(observed.description))
        return PolicyPast(False, described_there, frozenset(observed.tags), observed.policy_id)
    differs = policy_differences(desired, observed, versions)
    if not (differs or uses):
        return PolicyPast(adopted=False, policy_id=observed.policy_id)
    if not desired.adopt:
        adopt = desired.adopt is not None
        raise Refused([whole("name", "policy", desired.name, desired.owner, differs, uses, adopt=adopt)])
    return PolicyPast(adopted=True, policy_id=observed.policy_id)


def policy_differences(desired: DesiredPolicy, observed: Policy, versions: Sequence[PolicyVersion]) -> list[str]:
    """The properties in which a policy is not what a create of ``desired`` makes, as far as both are known."""
    found = {
        "document": not same_document(desired.document, observed.document, desired.language),
        "description": unmarked(observed.description) != (desired.description or ""),
        "tags": plain_tags(observed.tags) != dict(desired.tags),
        "versions": len(versions) > 1,
    }
    return [prop for prop, differs in found.items() if differs and prop not in desired.later]


def plan_document(
    name: str, document: str, versions: Sequence[PolicyVersion], limits: Limits, language: Dialect
) -> list[PolicyCall]:
    """The calls that put ``document`` in force."""
    if any(one.is_default and same_document(one.document, document, language) for one in versions):
        return []
    if limits.policy_versions is None:
        return [PutDocument(name, document)]
    same = [one for one in versions if same_document(one.document, document, language)]
    if same:
        return [SetDefaultVersion(name, same[-1].version_id)]
    spare = [one for one in versions if not one.is_default]
    surplus = spare[: max(0, len(versions) - limits.policy_versions + 1)]
    return [*(DeleteVersion(name, one.version_id) for one in surplus), PutDocument(name, document)]


def plan_policy_deletion(
    name: str, owner: Owner, observed: Policy | None, past: PolicyPast, holders: PolicyHolders | None
) -> list[PolicyCall]:
    """The calls that end a policy this stack made; nothing for one that is adopted, gone or taken over."""
    if observed is None or not ours_to_delete(owner, _owner(observed), adopted=past.adopted):
        return []
    if is_another(past.policy_id, observed.policy_id):
        return []
    if _owner(observed) is None and not past.policy_id:
        # The state of an older release has no id that tells it from another of the same name.
        message = f"policy {name} no longer carries the mark of the resource that made it, so it may be somebody else's"
        remedy = "run a refresh, then up, which marks it again, before deleting; or delete it yourself, then go on"
        raise Refused([Fault("name", message, remedy)])
    found = holders or PolicyHolders()
    others = [
        *(f"role {n}" for n in found.roles),
        *(f"user {n}" for n in found.users),
        *(f"group {n}" for n in found.groups),
    ]
    if others:
        message = f"policy {name} is still attached by others: {some(others)}"
        raise Refused([Fault("name", message, "detach it there first; this resource removes only what it attached")])
    return [DeletePolicy(name)]


def policy_drift(
    stored_document: str,
    stored_version: str,
    wanted: Mapping[str, object],
    observed: Policy,
    limits: Limits,
    *,
    unmarked_now: bool = False,
) -> Drift:
    """How a live policy stands to what the state stored; ``wanted`` has the settings that were declared.

    ``unmarked_now``: it lost the mark of its owner (see :func:`~pulumi_instance_role.plan.role.lost_mark`).
    """
    tags = wanted.get("tags")
    settings_differ = any(
        (
            unmarked_now,
            wanted.get("description") not in (None, described(observed, limits)),
            isinstance(tags, Mapping) and any(observed.tags.get(key) != value for key, value in tags.items()),
        )
    )
    return first_drift(
        (not same_document(stored_document, observed.document, limits.language), Drift.DOCUMENT_CHANGED),
        (stored_version != observed.default_version, Drift.VERSION_CHANGED),
        (settings_differ, Drift.SETTINGS_CHANGED),
    )


def described(observed: Policy, limits: Limits) -> str:
    """The description as a user wrote it: without the owner's mark, where that stands in it."""
    return observed.description if limits.tags_policies else unmarked(observed.description)


def _owner(observed: Policy) -> Owner | None:
    return owner_of(observed.tags, observed.description)


def _first_spec(desired: DesiredPolicy, limits: Limits) -> PolicySpec:
    if limits.tags_policies:
        return PolicySpec(desired.name, desired.document, desired.description, {**desired.tags, **desired.owner.tags()})
    return PolicySpec(desired.name, desired.document, desired.owner.mark(desired.description))


def _settle(desired: DesiredPolicy, observed: Policy, past: PolicyPast, limits: Limits) -> list[PolicyCall]:
    calls: list[PolicyCall] = []
    description = "" if desired.description is None and past.had_description else desired.description
    if not past.adopted and not limits.tags_policies:
        description = desired.owner.mark(description if description is not None else unmarked(observed.description))
    if description is not None and description != observed.description:
        calls.append(DescribePolicy(desired.name, description))
    if limits.tags_policies:
        wanted = dict(desired.tags) if past.adopted else {**desired.tags, **desired.owner.tags()}
        put, remove = tag_changes(wanted, observed.tags, past.tag_keys)
        if put or remove:
            calls.append(TagPolicy(desired.name, put, remove))
    return calls


def _gone(name: str) -> Fault:
    return Fault(
        "name",
        f"policy {name} is gone from the cloud although the state has it",
        "run a refresh, then up again: it is made anew",
    )
