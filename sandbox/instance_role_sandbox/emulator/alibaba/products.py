"""Every product the gateway serves, and every kind of record they keep. A new product joins here."""

from __future__ import annotations

from typing import Any

from ..state import Kind
from . import accounts
from .bss import BSS
from .call import Product
from .ecs import records as ecs_records
from .ecs.product import ECS
from .location import LOCATION
from .ram import RAM
from .ram import records as ram_records
from .sts import STS
from .tokens import TOKENS
from .vpc import records as vpc_records
from .vpc.product import VPC

PRODUCTS: tuple[Product, ...] = (RAM, STS, ECS, VPC, LOCATION, BSS)

KINDS: dict[str, Kind[Any]] = {
    kind.name: kind for kind in (*accounts.KINDS, *ram_records.KINDS, *ecs_records.KINDS, *vpc_records.KINDS, TOKENS)
}
