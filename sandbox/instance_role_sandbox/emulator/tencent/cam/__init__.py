"""CAM (2019-01-16): roles, policies, users, groups and what connects them. Global: it has no regions."""

from __future__ import annotations

from . import attachments, groups, keys, linked, policies, roles, users, versions
from .product import CAM

__all__ = ["CAM", "attachments", "groups", "keys", "linked", "policies", "roles", "users", "versions"]
