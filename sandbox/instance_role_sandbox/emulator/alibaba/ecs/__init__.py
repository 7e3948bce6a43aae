"""Elastic Compute Service, 2014-05-26: instances, the roles they hold, security groups, and what ECS sells.

Importing the package registers the actions of the modules below on :data:`ECS`.
"""

from __future__ import annotations

from . import attributes, authorizations, groups, interfaces, launch, lifecycle, listing, offers, roles, tagging
from .product import ECS

__all__ = [
    "ECS",
    "attributes",
    "authorizations",
    "groups",
    "interfaces",
    "launch",
    "lifecycle",
    "listing",
    "offers",
    "roles",
    "tagging",
]
