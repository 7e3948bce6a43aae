"""A review as data: what every form is made from, and (as JSON) a form itself.

Keys tell things apart inside one review and say nothing outside it. ``None`` means that there is no such thing on that
side (a role that is made has no ``before``); what is there but not known yet is said so by name, in ``unknown`` and in
``Review.unknowns``, and never guessed. Every list is sorted, and nothing depends on the clock, so that one preview
always gives the same bytes.

The JSON form is described by ``schema.json``, which a test keeps equal to these classes. Adding a member is a minor
change; ``VERSION`` counts the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

VERSION = 2
"""Counts changes of the JSON form that a reader could stumble over."""

Severity = Literal["critical", "high", "medium", "low", "note"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "note")
"""Worst first."""

Op = Literal["same", "create", "update", "replace", "delete", "read", "refresh", "import"]
Effect = Literal["allow", "deny"]
Except = Literal["already", "denied", "still", "listed"]
Source = Literal["stack", "published", "live", "opaque", "unknown"]
Move = Literal["same", "given", "lost", "swapped", "gone", "unknown", "unseen"]
"""What happens to an instance's role; ``gone``: the instance itself is deleted, or does not exist any more;
``unknown``: the role that it will hold is not known; ``unseen``: the role that it holds before is not known, because
the preview failed."""
Result = Literal["succeeded", "failed"]


@dataclass(frozen=True)
class Condition:
    """One condition key: ``operator`` in the cloud's spelling; any of ``values`` is enough."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Exempt:
    """What an entry of permissions does not include.

    ``why`` is ``already`` (it was allowed before, so it is not gained), ``still`` (it is allowed after as well, so it
    is not lost), ``denied`` (a statement denies it) or ``listed`` (another entry of the same list has it). ``unless``
    takes parts of the exemption out again: with ``already``, what was denied before.
    """

    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]
    why: Except
    unless: tuple[Grant, ...] = ()


@dataclass(frozen=True)
class Grant:
    """Permissions: any of ``actions`` (and none of ``not_actions``) on any of ``resources``, when all ``conditions``
    hold, without what ``exempt`` names.

    Actions and resources are patterns in the cloud's language; ``a & b`` in one text means what both patterns match.
    ``policies`` are the keys of the policies that it comes from.
    """

    effect: Effect
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]
    exempt: tuple[Exempt, ...] = ()
    policies: tuple[str, ...] = ()
    compared: bool = True
    """Whether it is just what is gained (or lost). If not, comparing takes too long, and all that is allowed counts."""
    understood: bool = True
    """Whether all of its conditions are understood. If not, it cannot be told when it holds, and all of it counts."""
    named: bool = True
    """Whether resources that have a name are among what is gained (or lost). If not, nobody knows whether it is
    anything, and all of it counts."""


Blank = Literal["opaque", "decided", "secret", "part", "adopted", "foreign", "uncompared", "trust", "unnamed", "unseen"]
"""Why something cannot be read: ``opaque``, a policy of the cloud, or a policy or role of another stack; ``decided``,
the update decides it; ``secret``, it is a secret; ``part``, a statement that is not understood; ``adopted``, what a
role allowed before it is taken over; ``foreign``, what others put on a role that is taken over; ``uncompared``,
comparing takes too long, and all that is allowed is among the permissions, marked so; ``trust``, whether instances
may assume the role: then what is gained (or lost) is all among the permissions, and may be; ``unnamed``, what ``*``
has beyond all resources with a name: the permissions are marked so, and may be nothing; ``unseen``, which role an
instance held before a preview that failed: then what its role allows may be gained."""


@dataclass(frozen=True)
class Unread:
    """Something that bears on what instances may do and cannot be read here. It is never counted as nothing."""

    why: Blank
    policy: str | None
    """Key of the policy, where it is in one."""
    place: str
    """Where in the document, such as ``Statement[1].Condition``; empty: all of it."""
    text: str
    """What is not known, in one sentence."""


Deed = Literal["permissions", "write"]
"""What an action does that does more than to look: it decides who may do what, or it writes."""


@dataclass(frozen=True)
class ServiceSize:
    """How many actions of one service, by what they do.

    ``permissions`` are those that decide who may do what. ``unlisted`` counts names and patterns of a statement that
    match no action on the lists of this package; the lists are not complete.
    """

    service: str
    whole: bool
    """Whether it is all of the service, known and to come."""
    write: int
    read: int
    list: int
    permissions: int
    unlisted: int
    examples: tuple[str, ...]
    """A few of the actions, most harmful first."""
    maybe: tuple[Deed, ...] = ()
    """What actions that match and are on no list may do beside, where none of those that are counted does it."""


@dataclass(frozen=True)
class Size:
    """How much some permissions are. With ``everything`` the services are not counted."""

    everything: bool = False
    excepted: tuple[str, ...] = ()
    """Patterns that ``everything`` does not include."""
    services: tuple[ServiceSize, ...] = ()


@dataclass(frozen=True)
class Principal:
    """Who a trust policy names: ``kind`` and ``name`` in the cloud's spelling."""

    effect: Effect
    kind: str
    name: str
    conditions: tuple[Condition, ...]
    account: str | None = None
    """The account it belongs to, where its name says so."""


@dataclass(frozen=True)
class RoleSide:
    """A role before or after. ``trust`` is ``None`` where it is not known."""

    trust: tuple[Principal, ...] | None
    policies: tuple[str, ...]
    """Keys of the policies on it, as far as known."""
    grants: tuple[Grant, ...]
    """What its readable policies say, allowing and denying, in their order by policy."""
    opaque: tuple[str, ...]
    """Keys of policies on it whose documents cannot be read here, or not all of them: it may do more (or less) than
    ``grants``."""
    unknown: tuple[str, ...]
    """What about it is not known before the update, in words."""
    unread: tuple[Unread, ...]
    """Everything of it that cannot be read."""
    instances: tuple[str, ...]
    """Keys of the stack's instances that hold it."""
    shut_out: bool
    """Whether its trust policy is known and does not let the instance service assume it: then instances that hold it
    get no credentials, and may do nothing."""
    let_in: bool
    """Whether its trust policy is known and lets the instance service assume it. With neither this nor ``shut_out``
    nobody knows."""


@dataclass(frozen=True)
class Role:
    """A role that this stack declares, changes, binds or gives policies to."""

    key: str
    cloud: str
    name: str
    urn: str | None
    """``None`` for a role that is not declared in this stack."""
    op: Op | None
    before: RoleSide | None
    after: RoleSide | None
    renamed_from: str | None
    """Key of the role that it replaces, of another name: ``before`` is that role's."""
    gained: tuple[Grant, ...]
    """What its holders may do after and might not before. Exact for what is readable; see ``gained_unknown``."""
    lost: tuple[Grant, ...]
    gained_unknown: tuple[Unread, ...]
    """What cannot be read of ``after`` and is new or changed."""
    lost_unknown: tuple[Unread, ...]
    """What cannot be read of ``before`` and is gone or changed."""
    foreign: tuple[str, ...] | None
    """Keys of policies on it that this stack did not put there; ``None`` when nobody looked (``--live``)."""
    trust_gained: tuple[Principal, ...]
    trust_lost: tuple[Principal, ...]
    outside: tuple[str, ...] | None
    """Ids of instances outside the stack that hold it now; ``None`` when nobody looked (``--live``)."""


@dataclass(frozen=True)
class Policy:
    """A policy on one of the roles."""

    key: str
    cloud: str
    name: str
    policy_type: str
    """``Custom`` or ``System``."""
    urn: str | None
    op: Op | None
    source: Source
    """Where its document is from: this stack, a published page, the live cloud; opaque when none of them has it."""
    source_url: str | None
    source_date: str | None
    """The day on which the page said so, as YYYY-MM-DD."""
    roles_before: tuple[str, ...]
    roles_after: tuple[str, ...]


@dataclass(frozen=True)
class Instance:
    """An instance of the stack, or one that a binding of the stack names."""

    key: str
    cloud: str
    instance_id: str | None
    """``None`` while it is not made yet."""
    name: str
    region: str | None
    urn: str | None
    """The resource that makes it; ``None`` where another stack does."""
    op: Op | None
    role_before: str | None
    """Key of the role it holds before; ``None``: none."""
    role_after: str | None
    role_unknown: bool
    """Whether the role it will hold is not known before the update."""
    move: Move
    before_unknown: bool
    """Whether what it holds before is not known: its role is taken over (``adopt``), or the preview failed before it
    came to what may have held the instance, and nobody looked (``--live``)."""
    gap: bool
    """Whether it is without credentials for a moment: the cloud takes one role off before it gives the other."""
    transition: str | None
    """Key of the transition that says what it gains and loses; ``None`` when it holds no role on either side."""
    group: str | None
    """Key of the group of instances that change alike; ``None`` when nothing changes for it."""
    bindings: tuple[str, ...]
    """URNs of the bindings and attachments that say so."""


@dataclass(frozen=True)
class Transition:
    """From one role before to one role after (often the same), with what that changes for every instance that does.

    Without instances it is about those that nobody knows yet: a template starts them later, or their ids are not known.
    """

    key: str
    cloud: str
    role_before: str | None
    role_after: str | None
    gained: tuple[Grant, ...]
    lost: tuple[Grant, ...]
    gained_unknown: tuple[Unread, ...]
    lost_unknown: tuple[Unread, ...]
    instances: tuple[str, ...]


@dataclass(frozen=True)
class Cause:
    """Why something changes for instances."""

    resources: tuple[str, ...]
    """URNs of the resources that do it, or the keys of what has none."""
    text: str


@dataclass(frozen=True)
class Group:
    """Instances that change alike: the same move, the same gained, the same lost, whatever their roles are called."""

    key: str
    cloud: str
    move: Move
    instances: tuple[str, ...]
    transitions: tuple[str, ...]
    """Keys of the ways from role to role that they go."""
    gained: tuple[Grant, ...]
    """What each may do after and might not before, as far as it can be read. With ``trust`` among
    ``gained_unknown`` it only may be so; likewise for ``lost``."""
    lost: tuple[Grant, ...]
    gained_unknown: tuple[Unread, ...]
    """What else they gain, or may gain, that cannot be read."""
    lost_unknown: tuple[Unread, ...]
    """What they may do before and cannot be read: some of ``gained`` may not be new."""
    gained_size: Size
    lost_size: Size
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Binding:
    """A resource that puts a role on instances."""

    urn: str
    cloud: str
    name: str
    op: Op
    region: str | None
    role_before: str | None
    role_after: str | None
    instances_before: tuple[str, ...]
    instances_after: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    unknown_instances: int
    """How many of the instances after have ids that are not known yet and belong to no resource seen here."""
    on_conflict: str | None
    replaced_by: tuple[str, ...]
    """The properties whose change replaces it."""


@dataclass(frozen=True)
class Attachment:
    """A resource that puts a policy on a role."""

    urn: str
    cloud: str
    name: str
    op: Op
    role: str | None
    policy: str | None
    role_before: str | None
    """Key of the role it was on before, where that is another or it is new there: ``None`` for a new one."""
    policy_before: str | None


@dataclass(frozen=True)
class Change:
    """One resource of the preview."""

    urn: str
    type: str
    name: str
    op: Op
    properties: tuple[str, ...]
    """Names of the inputs that differ. Values are not repeated here: some would be secrets, most would be long."""
    replaced_by: tuple[str, ...]
    location: str | None
    """Where the program declares it, as ``file:line``, where the preview says so."""


@dataclass(frozen=True)
class Acceptance:
    """The baseline entry that accepts a finding."""

    reason: str
    expires: str
    """The last day on which it holds, as YYYY-MM-DD."""


@dataclass(frozen=True)
class Finding:
    """A risk that a rule sees."""

    rule: str
    severity: Severity
    title: str
    message: str
    """What it is about here, in one sentence."""
    fix: str
    url: str
    """The documentation that the rule follows."""
    resource: str
    """URN of the resource, or the key of what has none; the first of ``resources``."""
    resources: tuple[str, ...]
    """All resources that it is found at."""
    location: str | None
    about: tuple[str, ...]
    """Keys of roles, policies and instances that it concerns."""
    instances: int
    """How many instances it reaches, those outside the stack included where they are known."""
    follows: tuple[str, ...]
    """Other rules that see only what follows from this: they make no findings of their own."""
    fingerprint: str
    """The same as long as rule and cause are: a pipeline can follow a finding from run to run."""
    accepted: Acceptance | None
    failing: bool
    """Whether it decides the exit code: named by ``--fail-on`` and not accepted."""


@dataclass(frozen=True)
class Unknown:
    """Something that bears on permissions and is not known before the update."""

    urn: str
    property: str
    message: str


@dataclass(frozen=True)
class Diagnostic:
    """What the preview said. Credentials are masked."""

    severity: str
    urn: str | None
    message: str
    """The point of it: the first line, or of an exception the last."""
    details: tuple[str, ...] = ()
    """The other lines: faults one a line, where an exception was raised, the rest of a long line."""
    times: int = 1
    """How often it was said."""


@dataclass(frozen=True)
class BaselineEntry:
    """An entry of the baseline that accepts nothing, and why: ``expired``, or ``unmatched`` (nothing to accept)."""

    rule: str
    resource: str
    reason: str
    expires: str
    problem: Literal["expired", "unmatched"]


@dataclass(frozen=True)
class Guardrail:
    """A guardrail that was checked. Its findings have the rule ``guardrail:ID``."""

    id: str
    severity: Severity
    reason: str
    cloud: str
    broken_by: int
    """How many roles break it after the update."""


@dataclass(frozen=True)
class Blast:
    """How much a change touches."""

    roles_changed: int = 0
    roles_gaining: int = 0
    roles_losing: int = 0
    roles_more_trusted: int = 0
    """Roles that more principals may assume."""
    instances: int = 0
    """Instances that the review knows."""
    instances_touched: int = 0
    """Those in the stack whose role or permissions change, or may change in a way that is not known."""
    instances_gaining: int = 0
    """Those that may do something after that they might not before, as far as it can be read."""
    instances_losing: int = 0
    """Those that may do less, as far as it can be read; not those that are deleted."""
    instances_gaining_unknown: int = 0
    """Those that gain what cannot be read here, or of which it is not known whether they gain anything."""
    instances_losing_unknown: int = 0
    """Those whose permissions before cannot be read and are gone or changed, or of which it is not known whether they
    lose anything; not those that are deleted."""
    instances_gone: int = 0
    """Those that are deleted or do not exist any more, and held a role."""
    instances_moved: int = 0
    """Those that get, lose or swap a role."""
    instances_in_gap: int = 0
    """Those that are without credentials for a moment while it changes."""
    instances_losing_role: int = 0
    instances_unknown: int = 0
    """Those of which it is not known which role they will hold, and instances in bindings that are not known."""
    outside: int | None = None
    """Instances outside the stack that hold a changed role; ``None`` when nobody looked (``--live``)."""


@dataclass(frozen=True)
class Review:
    """The whole review."""

    version: int
    stack: str
    project: str
    result: Result
    """``failed`` when the preview itself did: then what is shown may be part of the picture."""
    live: bool
    """Whether the live cloud was asked as well."""
    verdict: Literal["pass", "findings", "error"]
    """Exit code 0, 2 or 1."""
    ops: Mapping[str, int]
    """How many resources for each operation; the stack itself and providers are not counted."""
    blast: Blast
    roles: tuple[Role, ...] = ()
    policies: tuple[Policy, ...] = ()
    groups: tuple[Group, ...] = ()
    """Instances that change alike, most harm first: the first thing to read."""
    instances: tuple[Instance, ...] = ()
    transitions: tuple[Transition, ...] = ()
    bindings: tuple[Binding, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    changes: tuple[Change, ...] = ()
    """Every resource that is not the same."""
    findings: tuple[Finding, ...] = ()
    """Worst first."""
    unknowns: tuple[Unknown, ...] = ()
    baseline: tuple[BaselineEntry, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader must know about the review itself: what it could not see."""
