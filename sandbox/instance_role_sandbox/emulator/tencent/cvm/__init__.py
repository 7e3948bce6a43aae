"""CVM (2017-03-12): instances, the roles they hold, and what is on sale. Regional."""

from __future__ import annotations

from . import attributes, catalogue, launch, lifecycle, listing
from .product import CVM

__all__ = ["CVM", "attributes", "catalogue", "launch", "lifecycle", "listing"]
