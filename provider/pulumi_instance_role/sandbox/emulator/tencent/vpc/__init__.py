"""VPC (2017-03-12): networks, subnets, security groups. Regional."""

from __future__ import annotations

from . import groups, networks, subnets
from .product import VPC

__all__ = ["VPC", "groups", "networks", "subnets"]
