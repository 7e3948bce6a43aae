"""What CAM holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...state import Kind


@dataclass(frozen=True)
class Role:
    """A role, under its name. ``previous_document`` was in force until ``changed``, for CVM's view of it."""

    role_id: str
    name: str
    document: str  # the trust document
    added: float
    updated: float
    changed: float  # when the trust document was
    description: str = ""
    console_login: int = 0
    session: int = 7200  # seconds
    type: str = "user"  # or "system", "service_linked"
    previous_document: str = ""
    deletion_task: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """A custom policy, under its id as text."""

    policy_id: int
    name: str
    added: float
    updated: float
    default_version: int = 1
    last_version: int = 1  # the newest version ever made
    description: str = ""
    alias: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Version:
    """One version of a custom policy, under ``policy:version``."""

    policy_id: int
    version_id: int
    document: str
    created: float


@dataclass(frozen=True)
class Group:
    """A user group, under its id as text."""

    group_id: int
    name: str
    created: float
    remark: str = ""


@dataclass(frozen=True)
class Member:
    """One sub-account (by its uin) in one group, under ``group:uin``."""

    group_id: int
    uin: str
    joined: float


@dataclass(frozen=True)
class Attachment:
    """One policy on one role, group (by their ids) or sub-account (by its uin)."""

    holder_kind: str  # "role", "user" or "group"
    holder: str
    policy_id: int
    added: float


@dataclass(frozen=True)
class Deletion:
    """A service-linked role on its way out."""

    task_id: str
    role: str
    done: float  # when it is


ROLE = Kind("cam-role", Role)
POLICY = Kind("cam-policy", Policy)
VERSION = Kind("cam-policy-version", Version)
ATTACHMENT = Kind("cam-attachment", Attachment)
GROUP = Kind("cam-group", Group)
MEMBER = Kind("cam-member", Member)
DELETION = Kind("cam-deletion", Deletion)

KINDS: tuple[Kind[Any], ...] = (ROLE, POLICY, VERSION, ATTACHMENT, GROUP, MEMBER, DELETION)
