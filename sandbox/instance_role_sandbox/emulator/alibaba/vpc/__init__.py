"""Virtual Private Cloud, 2016-04-28: VPCs, vSwitches and the route table that each VPC comes with.

Importing the package registers the actions of the modules below on :data:`VPC`.
"""

from __future__ import annotations

from . import networks, places, routes, tagging, vswitches
from .product import VPC

__all__ = ["VPC", "networks", "places", "routes", "tagging", "vswitches"]
