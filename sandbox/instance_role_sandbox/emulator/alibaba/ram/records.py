"""What RAM holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...state import Kind


@dataclass(frozen=True)
class Role:
    """A role. ``previous_trust`` was in force until ``changed``, for the switch ``role-propagation-seconds``."""

    role_id: str
    name: str
    trust: str  # the trust document's text, as it was given
    created: float
    changed: float
    description: str = ""
    max_session: int = 3600  # seconds
    previous_trust: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    console_login: bool = False


@dataclass(frozen=True)
class Version:
    """One version of a custom policy."""

    version_id: str
    document: str
    created: float


@dataclass(frozen=True)
class Policy:
    """A custom policy. Its versions are records of their own, under ``name:version``."""

    name: str
    created: float
    changed: float
    default_version: str
    last_version: int  # the number of the newest version ever made
    description: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Principal:
    """A RAM user or group."""

    entity_id: str
    name: str
    created: float
    display_name: str = ""
    comments: str = ""


@dataclass(frozen=True)
class Attachment:
    """One policy on one role, user or group. ``detached`` is set while only lists still show it."""

    holder_kind: str  # "role", "user" or "group"
    holder: str
    policy: str
    policy_type: str  # "Custom" or "System"
    attached: float
    detached: float | None = None


@dataclass(frozen=True)
class Member:
    """One user in one group."""

    group: str
    user: str
    joined: float


ROLE = Kind("ram-role", Role)
POLICY = Kind("ram-policy", Policy)
VERSION = Kind("ram-policy-version", Version)
USER = Kind("ram-user", Principal)
GROUP = Kind("ram-group", Principal)
MEMBER = Kind("ram-member", Member)
ATTACHMENT = Kind("ram-attachment", Attachment)

KINDS: tuple[Kind[Any], ...] = (ROLE, POLICY, VERSION, USER, GROUP, MEMBER, ATTACHMENT)
