"""The port: what this project asks of a cloud, in words that every cloud shares.

Each cloud has one adapter that implements :class:`Cloud`; everything above the port (plans, resources, preflight)
talks to the protocol and never to an SDK. What differs between clouds is data (:class:`Limits`), an error kind
(:class:`ErrorKind`) or lives inside the adapter; no caller branches on a cloud's name.

Four rules every adapter keeps:

* ``None`` (or an absent key) means *gone*, and is returned only after a positive not-found from the cloud. A reader
  that is denied, throttled or cut off raises :class:`CloudError`; an empty answer is never taken for a proof.
* Every failure is a :class:`CloudError` whose ``kind`` says what a caller can do about it. Codes are kept for people.
* A write that the cloud does not make conditional on what it replaces is never sent again after a wait without a fresh
  look: it may have been overtaken. Each writing call of an adapter says which kind it is.
* Calls that take many instances answer with one :class:`Outcome` for each id, never with a bare success.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from enum import Enum
from typing import Any, Literal, Protocol, runtime_checkable

from pulumi_instance_role.policy.dialect import Dialect
from pulumi_instance_role.policy.pass_role import Passing
from pulumi_instance_role.records import dataclass


class ErrorKind(str, Enum):
    """What a failure means to a caller, whatever the cloud calls it."""

    NOT_FOUND = "not_found"  # the cloud says positively that it does not exist
    DENIED = "denied"  # the caller may not do this (or read this)
    CREDENTIALS = "credentials"  # no credentials, or the cloud does not accept them
    EXISTS = "exists"  # something of that name is there already
    OCCUPIED = "occupied"  # an instance holds another role
    IN_USE = "in_use"  # cannot be deleted while something depends on it
    QUOTA = "quota"  # an account limit is reached
    INVALID = "invalid"  # the request itself is wrong: a name, a document, a region
    UNTRUSTED = "untrusted"  # the role's trust policy does not let the instance service assume it
    NOT_IN_VPC = "not_in_vpc"  # the instance has no VPC network
    BUSY = "busy"  # another operation runs on it; passes by itself
    THROTTLED = "throttled"  # too many requests; passes by itself
    UNAVAILABLE = "unavailable"  # the cloud answered with a failure of its own (5xx, an empty or unreadable body)
    UNREACHABLE = "unreachable"  # no answer: it is not known whether the call was carried out
    UNSUPPORTED = "unsupported"  # this cloud cannot do it
    UNKNOWN = "unknown"  # a code that no table knows


TRANSIENT = frozenset({ErrorKind.BUSY, ErrorKind.THROTTLED, ErrorKind.UNAVAILABLE, ErrorKind.UNREACHABLE})
"""Kinds that a later try may not meet again."""


class CloudError(Exception):
    """One failed call, with everything a person or a program needs to go on.

    ``str()`` is a single line: what failed, where, the cloud's code and request id, and what to do next. It never
    holds a credential: adapters redact before they raise.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        code: str = "",
        operation: str = "",
        resource: str = "",
        request_id: str = "",
        status: int | None = None,
        hint: str = "",
        outcomes: Sequence[Outcome] = (),
    ) -> None:
        self.kind = kind
        self.message = message
        self.code = code
        self.operation = operation
        self.resource = resource
        self.request_id = request_id
        self.status = status
        self.hint = hint
        self.outcomes = tuple(outcomes)
        super().__init__(message)

    def __str__(self) -> str:
        where = " ".join(part for part in (self.operation, self.resource and f"of {self.resource}") if part)
        what = f"{where}: {self.message}" if where else self.message
        marks = ", ".join(part for part in (self.code, self.request_id and f"request {self.request_id}") if part)
        text = f"{what} [{marks}]" if marks else what
        return " ".join(f"{text} {self.hint}".split())


class RolesNotShown(CloudError):
    """``DENIED``: the instances are visible, but it is not proved that they hold no role. ``seen`` has them without.

    Only whoever is about to bind, in a cloud where binding never replaces, may go on with ``seen``.
    """

    def __init__(self, error: CloudError, seen: Mapping[str, Instance]) -> None:
        super().__init__(error.kind, error.message, code=error.code, operation=error.operation, hint=error.hint)
        self.seen = seen


class NotShown(CloudError):
    """``BUSY``: the change was accepted, and the time given to the cloud to show it is over.

    It may still come about, so that to ask for it again at once would collide with it.
    """


class Overtaken(CloudError):
    """``BUSY``: while a write waited to be sent again, others changed what it was to replace; it was not sent.

    Whoever asked for it has to look and plan anew.
    """


@dataclass(frozen=True)
class Outcome:
    """What one instance of a batch call came to. ``error`` is ``None`` when the cloud did what was asked.

    ``shown``: the cloud was seen to show it afterwards. ``before``: the instance as it was looked at right before the
    call, where the call asks for that. ``spared``: it was not touched, because others want it.
    """

    instance_id: str
    error: CloudError | None = None
    shown: bool = False
    before: Instance | None = None
    spared: bool = False

    @property
    def ok(self) -> bool:
        """Whether the cloud did what was asked for this instance."""
        return self.error is None


@dataclass(frozen=True)
class Identity:
    """Who the credentials in use belong to."""

    account_id: str
    arn: str
    kind: str  # "account", "user" or "role"


@dataclass(frozen=True)
class Role:
    """A role as the cloud holds it. ``trust_policy`` is the text as returned, ``None`` if a listing left it out."""

    name: str
    role_id: str
    arn: str
    description: str = ""
    trust_policy: str | None = None
    max_session_duration: int | None = None  # seconds
    tags: Mapping[str, str] = field(default_factory=dict)
    service_linked: bool = False
    console_login: bool | None = None  # whether its sessions may use the console; ``None``: the cloud does not say


@dataclass(frozen=True)
class RoleSpec:
    """A role as it is wanted. ``None`` leaves the cloud's default (create) or the present value (update) alone."""

    name: str
    trust_policy: str | None = None
    description: str | None = None
    max_session_duration: int | None = None  # seconds
    tags: Mapping[str, str] | None = None
    console_login: bool | None = None


CUSTOM = "Custom"
SYSTEM = "System"


@dataclass(frozen=True)
class PolicyVersion:
    """One version of a custom policy."""

    version_id: str
    document: str
    is_default: bool


@dataclass(frozen=True)
class Policy:
    """A policy with its default version's document as text."""

    name: str
    policy_type: str  # CUSTOM or SYSTEM
    document: str
    default_version: str
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    policy_id: str = ""  # as :meth:`Cloud.own_id` has it


@dataclass(frozen=True)
class PolicySpec:
    """A custom policy as it is wanted. ``None`` leaves the present value alone on update."""

    name: str
    document: str | None = None
    description: str | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Attachment:
    """One policy on one role."""

    role: str
    policy: str
    policy_type: str
    policy_id: str = field(default="", compare=False)
    """As the cloud's list has it; empty where the list has none, and for one that is only wanted."""

    @property
    def holder(self) -> Grantee:
        """What the policy is on."""
        return Grantee("role", self.role)


GranteeKind = Literal["user", "group", "role"]
NamedKind = Literal["role", "policy"]
"""What a name may stand for that somebody can delete and make anew."""


@dataclass(frozen=True, order=True)
class Grantee:
    """Whom a permission is given to, by name; the adapter finds the number where its cloud goes by numbers."""

    kind: GranteeKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Grant:
    """One policy on one user, group or role."""

    holder: Grantee
    policy: str
    policy_type: str


@dataclass(frozen=True)
class PolicyHolders:
    """Everything a policy is attached to, by name."""

    roles: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def all(self) -> tuple[Grantee, ...]:
        """The holders one by one."""
        return (
            *(Grantee("role", name) for name in self.roles),
            *(Grantee("user", name) for name in self.users),
            *(Grantee("group", name) for name in self.groups),
        )


class Lifecycle(str, Enum):
    """Where an instance is in its life, as far as a binding cares."""

    PENDING = "pending"
    RUNNING = "running"
    STOPPED = "stopped"
    CHANGING = "changing"  # starting, stopping, rebooting and the like
    RELEASING = "releasing"  # being released, or in a recycle bin: it will be gone
    UNASKED = "unasked"  # it is there; the rest was not asked for


@dataclass(frozen=True)
class Instance:
    """A VPC instance. ``vpc_id`` is ``None`` for an instance outside any VPC, ``role`` for one that holds no role.

    Where no more than that was asked for, ``vpc_id`` is ``""`` for an instance that is in some VPC.
    """

    instance_id: str
    name: str
    region: str
    vpc_id: str | None
    lifecycle: Lifecycle
    role: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class User:
    """A user of the account. ``number`` is what the cloud calls it by where that is not the name."""

    name: str
    number: str = ""


@dataclass(frozen=True)
class AccessKey:
    """A long-lived key of a user, or of the account itself (``user`` is ``""``). Never its secret."""

    key_id: str
    user: str
    active: bool
    created: str = ""  # as the cloud writes it


def same_role(one: str | None, other: str | None) -> bool:
    """Whether both name the same role; ``None`` is no role.

    The clouds do not tell upper from lower case in names of roles and policies, and answer in either.
    """
    return one == other or (one is not None and other is not None and one.casefold() == other.casefold())


Refusal = tuple[str, str]
"""A regular expression that is searched for in a text, and words for what it finds: ``begins with "aliyun"``."""


@dataclass(frozen=True)
class Limits:
    """A cloud's documented limits, as data. Each adapter names the pages beside its table."""

    role_name: str  # regular expression a role name must match in full
    role_name_length: int
    policy_name: str
    policy_name_length: int
    description_length: int
    trust_document_length: int
    policy_document_length: int
    policy_versions: int | None  # None: the cloud replaces a policy in place and keeps no versions we use
    session_duration: tuple[int, int]  # seconds, least and most
    session_default: int  # seconds, of a role made without one
    tags: int
    tag_key_length: int
    tag_value_length: int
    tag_key_refused: tuple[Refusal, ...]  # what is searched for in a key, and what is told of one that has it
    tag_value_refused: tuple[Refusal, ...]
    custom_policies_per_role: int
    system_policies_per_role: int
    roles: int
    custom_policies: int
    bind_batch: int  # instances in one bind or unbind call
    read_batch: int  # instances in one read of roles
    instance_id: str  # regular expression an instance id must match in full
    rebind_in_place: bool  # one call replaces the role; otherwise it is unbind, then bind, with a gap between them
    tags_policies: bool  # custom policies can carry tags (else ownership is marked in the description)
    service: str  # the principal a trust policy must name for instances
    language: Dialect  # of permission and trust documents
    passing: Passing  # how documents speak of passing a role on
    grantee_name: str  # regular expression the name of a user or group must match in full


@runtime_checkable
class Cloud(Protocol):
    """One account of one cloud in one region, with one set of credentials.

    Instances of an adapter are cheap to hold and safe to use from several threads.
    """

    name: str
    region: str
    limits: Limits

    def identity(self) -> Identity:
        """Who we are. Cached for the life of the connection."""
        ...

    # -- roles -------------------------------------------------------------------------------------------------
    def get_role(self, name: str, *, shared: bool = False) -> Role | None:
        """The role. ``shared``, here and elsewhere: a look of the same operation a moment ago will do."""
        ...

    def bare_role(self, name: str, *, shared: bool = False) -> Role | None:
        """The role; without its tags, where the cloud has them apart."""
        ...

    def create_role(self, spec: RoleSpec, *, unseen: bool = False) -> Role:
        """Make a role. After a lost answer the one that is as specified is taken for made; not where nobody looked
        before (``unseen``): then it may be another's, and ``EXISTS`` is raised."""
        ...

    def update_role(self, spec: RoleSpec) -> None:
        """Change trust policy, description, session duration and console login where the spec has them.

        Tags are changed by :meth:`tag_role`.
        """
        ...

    def tag_role(self, name: str, put: Mapping[str, str], remove: Sequence[str]) -> None: ...
    def delete_role(self, name: str) -> None:
        """Delete the role. ``IN_USE`` while policies are attached. Already gone is success."""
        ...

    def count_roles(self) -> int: ...
    def list_roles(self, tagged: Collection[str] | None = None) -> Sequence[Role]:
        """All roles of the account. ``trust_policy`` is ``None`` where the cloud's list has none.

        With the tags of all, or of those that are ``tagged``: others may be without.
        """
        ...

    def whole_role(self, listed: Role) -> Role | None:
        """A listed role with what the list left out; ``None`` when it is gone by now."""
        ...

    # -- policies ----------------------------------------------------------------------------------------------
    def list_policies(self, tagged: Collection[str]) -> Sequence[Policy]:
        """All custom policies of the account, with the tags of those that are ``tagged``, without their documents.

        ``policy_id`` is empty where the list does not tell it, or whose the policy is.
        """
        ...

    def get_policy(self, name: str, policy_type: str, *, shared: bool = False) -> Policy | None: ...
    def policy_tags(self, names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """The tags of many custom policies, by name; nothing where :meth:`attached_policy` brings them along."""
        ...

    def attached_policy(self, one: Attachment, tags: Mapping[str, str]) -> Policy | None:
        """The policy of a listed attachment in one call, with the ``tags`` that :meth:`policy_tags` told of it."""
        ...

    def create_policy(self, spec: PolicySpec, *, unseen: bool = False) -> Policy:
        """Make a custom policy; ``unseen`` as in :meth:`create_role`."""
        ...

    def update_policy_description(self, name: str, description: str) -> None: ...
    def tag_policy(self, name: str, put: Mapping[str, str], remove: Sequence[str]) -> None: ...
    def policy_versions(self, name: str) -> Sequence[PolicyVersion]:
        """All versions, oldest first; one, where the cloud keeps none."""
        ...

    def put_policy_document(self, name: str, document: str) -> str:
        """Make ``document`` the one in force and return its version id (a new version, or in place)."""
        ...

    def set_default_policy_version(self, name: str, version_id: str) -> None: ...
    def delete_policy_version(self, name: str, version_id: str) -> None: ...
    def delete_policy(self, name: str) -> None:
        """Delete the policy with all its versions. ``IN_USE`` while attached. Already gone is success."""
        ...

    def policy_holders(self, name: str, policy_type: str) -> PolicyHolders | None: ...
    def count_policies(self) -> int: ...

    # -- names and what they mean ------------------------------------------------------------------------------
    def own_id(self, kind: NamedKind, name: str, *, shared: bool = False) -> str | None:
        """The cloud's own id of the role or custom policy that has the name now; ``None`` when there is none.

        Another thing of the same name has another id. Where a cloud gives none, the moment it was made stands for it.
        """
        ...

    # -- attachments -------------------------------------------------------------------------------------------
    def attachments(self, role: str) -> Sequence[Attachment] | None:
        """The policies on a role; ``None`` when the role is gone."""
        ...

    def attach(self, attachment: Attachment) -> None:
        """Attach. Already attached is success."""
        ...

    def detach(self, attachment: Attachment) -> None:
        """Detach. Not attached, or role or policy gone, is success."""
        ...

    # -- grants ------------------------------------------------------------------------------------------------
    def grants(self, grantee: Grantee) -> Sequence[Grant] | None:
        """The policies on a user, group or role; ``None`` when it is gone."""
        ...

    def give(self, grant: Grant) -> None:
        """Attach a policy to a user, group or role. Attached already is success."""
        ...

    def withdraw(self, grant: Grant) -> None:
        """Detach it. Not attached, or either of the two gone, is success."""
        ...

    def acts_as(self, grantee: Grantee) -> bool:
        """Whether the credentials in use are this user's or this role's, or a user's who is in this group."""
        ...

    # -- instances ---------------------------------------------------------------------------------------------
    def instances(self, instance_ids: Sequence[str]) -> Mapping[str, Instance]:
        """The instances among ``instance_ids`` that exist here, with the role each holds.

        An id is absent only when the cloud says positively that it is not there; a reader who may not look gets
        ``DENIED``.
        """
        ...

    def holdings(self, instance_ids: Sequence[str]) -> Mapping[str, Instance]:
        """As :meth:`instances`, as far as a binding needs it: which are there, and what each holds.

        What costs calls of its own may be left out: name, tags, the id of the VPC, the state.
        """
        ...

    def there(self, supposed: Mapping[str, str | None]) -> Mapping[str, Instance]:
        """As :meth:`holdings`, for instances that are looked at once more right before they are written to.

        ``supposed``: instance id -> the role that it is supposed to hold. It is taken for what it holds, where
        it takes calls of its own to know better.
        """
        ...

    def find_instances(
        self, vpc_id: str | None, tags: Mapping[str, str], names: Sequence[str]
    ) -> Sequence[Instance]: ...
    def role_instances(self, role: str) -> Sequence[str]:
        """Ids of the instances of this region that hold ``role``."""
        ...

    def regions(self) -> Sequence[str]:
        """The regions in which the account may have instances, in order."""
        ...

    # -- keys --------------------------------------------------------------------------------------------------
    def users(self) -> Sequence[User]: ...
    def access_keys(self, user: User | None) -> Sequence[AccessKey]:
        """The keys of a user; of the account itself, as far as the caller may see them, for ``None``."""
        ...

    def keys_last_used(self, user: User | None, keys: Sequence[AccessKey]) -> Mapping[str, str]:
        """When each key of ``user`` was used last, by id: a day or a time as the cloud writes it, ``""`` for never.

        A key that the cloud says nothing of is absent: its use is not known.
        """
        ...

    # -- binding -----------------------------------------------------------------------------------------------
    def bind(self, role: str, instance_ids: Sequence[str], replaces: str | None = None) -> Sequence[Outcome]:
        """Give ``role`` to at most ``limits.bind_batch`` instances; one outcome for each id, in order.

        ``replaces`` is the role that they hold now, where a cloud replaces in place (``limits.rebind_in_place``);
        elsewhere the one that was taken from them a moment ago, which the cloud may not have carried out yet. An
        instance that is found to hold yet another one is ``OCCUPIED`` and stays as it is. Returns when the cloud shows
        the result, or the adapter's deadline has passed. Raises only when nothing is known of any instance.
        """
        ...

    def refusal(self, role: str, instance_ids: Sequence[str]) -> CloudError | None:
        """Why ``role`` cannot be had, found out by asking for it for instances that hold another one.

        Where binding never replaces, that changes nothing. What is refused for the role that they hold is no reason.
        """
        ...

    def unbind(
        self,
        role: str,
        instance_ids: Sequence[str],
        spare: Callable[[str], bool] = lambda instance_id: False,
        *,
        look_after: bool = True,
    ) -> Sequence[Outcome]:
        """Take ``role`` from at most ``limits.bind_batch`` instances; one outcome for each id, in order.

        Those that do not hold it, and those that ``spare`` keeps, are left as they are, which is success. Both are
        found out right before each sending: no wait lies between that look and the write. Without ``look_after`` an
        answer may be all that is known of the result: for who looks at many batches at once
        (:meth:`await_unbound`), or binds next, which shows it.
        """
        ...

    def await_unbound(self, role: str, instance_ids: Sequence[str]) -> Sequence[Outcome]:
        """Wait until the cloud shows that none of the instances holds ``role``.

        Any number of instances. What it does not show before the adapter's deadline has failed.
        """
        ...


@dataclass(frozen=True)
class Settings:
    """Where and as whom to talk to a cloud: what a resource's inputs say, over the stack's configuration and
    environment.

    Nothing here is secret; credentials are found by the adapter at call time.
    """

    cloud: str
    region: str | None = None
    profile: str | None = None
    assume_role_arn: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict, compare=False, hash=False, repr=False)
    secret: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """The keys of the configuration that are secret there, as far as that is known: in the program."""
