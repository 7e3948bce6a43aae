"""The calls a plan is made of: what to do, as values that tests can compare and reports can print.

Each maps to one operation of the port, except :class:`Swap`, which is two where a cloud cannot replace a role in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from pulumi_instance_role.clouds.port import Attachment, Grant, PolicySpec, RoleSpec
from pulumi_instance_role.records import dataclass


@dataclass(frozen=True)
class CreateRole:
    """Make the role, ownership included. ``unseen``: nobody has looked whether there is one."""

    spec: RoleSpec
    unseen: bool = False


@dataclass(frozen=True)
class UpdateRole:
    """Change what the spec has; ``None`` stays as it is."""

    spec: RoleSpec


@dataclass(frozen=True)
class TagRole:
    """Put and take tags of a role."""

    name: str
    put: Mapping[str, str] = field(default_factory=dict)
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeleteRole:
    """Delete the role."""

    name: str


@dataclass(frozen=True)
class CreatePolicy:
    """Make the custom policy, ownership included. ``unseen``: nobody has looked whether there is one."""

    spec: PolicySpec
    unseen: bool = False


@dataclass(frozen=True)
class DescribePolicy:
    """Change a policy's description."""

    name: str
    description: str


@dataclass(frozen=True)
class TagPolicy:
    """Put and take tags of a policy."""

    name: str
    put: Mapping[str, str] = field(default_factory=dict)
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class PutDocument:
    """Make ``document`` the one in force, as a new version or in place."""

    name: str
    document: str


@dataclass(frozen=True)
class SetDefaultVersion:
    """Put a version that exists already in force."""

    name: str
    version_id: str


@dataclass(frozen=True)
class DeleteVersion:
    """Make room for a new version."""

    name: str
    version_id: str


@dataclass(frozen=True)
class DeletePolicy:
    """Delete the policy with all its versions."""

    name: str


@dataclass(frozen=True)
class Attach:
    """One policy onto one role."""

    attachment: Attachment


@dataclass(frozen=True)
class Detach:
    """One policy off one role."""

    attachment: Attachment


@dataclass(frozen=True)
class Give:
    """One policy onto one user, group or role."""

    grant: Grant


@dataclass(frozen=True)
class Withdraw:
    """One policy off one user, group or role."""

    grant: Grant


@dataclass(frozen=True)
class Bind:
    """Give a role to instances that hold none. One batch."""

    role: str
    instance_ids: tuple[str, ...]


@dataclass(frozen=True)
class Unbind:
    """Take a role from instances that hold it. One batch."""

    role: str
    instance_ids: tuple[str, ...]


@dataclass(frozen=True)
class Swap:
    """Replace one role by another on instances that hold the old one. One batch.

    With ``in_place`` the cloud overwrites in one call. Without, it is unbind and bind, with a moment without
    credentials in between, and the executor puts the old role back where the second half fails. ``asked``: whether it
    is known that the new role can be had; else that is found out first.
    """

    old: str
    new: str
    instance_ids: tuple[str, ...]
    in_place: bool
    asked: bool = False


RoleCall = CreateRole | UpdateRole | TagRole | DeleteRole | Detach | Unbind
PolicyCall = CreatePolicy | DescribePolicy | TagPolicy | PutDocument | SetDefaultVersion | DeleteVersion | DeletePolicy
AttachmentCall = Attach | Detach
GrantCall = PolicyCall | Give | Withdraw
BindingCall = Bind | Unbind | Swap
Call = RoleCall | PolicyCall | AttachmentCall | GrantCall | BindingCall
