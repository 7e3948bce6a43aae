"""RAM (2015-05-01): roles, policies, users and what is attached to whom. Global: one for all regions of an account."""

from __future__ import annotations

from . import attachments, policies, principals, roles, tags
from .product import RAM

__all__ = ["RAM", "attachments", "policies", "principals", "roles", "tags"]
