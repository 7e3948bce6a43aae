"""VPC (2017-03-12): networks, subnets, route tables, security groups. Regional."""

from __future__ import annotations

from . import groups, networks, routes, rules, subnets
from .product import VPC

__all__ = ["VPC", "groups", "networks", "routes", "rules", "subnets"]
