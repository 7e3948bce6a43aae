"""CAM (2019-01-16): roles, policies and what connects them. Global: it has no regions."""

from __future__ import annotations

from . import attachments, linked, policies, roles, versions
from .product import CAM

__all__ = ["CAM", "attachments", "linked", "policies", "roles", "versions"]
