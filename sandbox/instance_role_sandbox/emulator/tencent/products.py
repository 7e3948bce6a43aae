"""Every product the gateway serves, and every kind of record they keep. A new product joins here."""

from __future__ import annotations

from typing import Any

from ..state import Kind
from . import accounts
from .api import API
from .call import Product
from .cam import CAM
from .cam import records as cam_records
from .cbs import CBS
from .cvm import CVM
from .cvm import records as cvm_records
from .sts import STS
from .tag import TAG
from .vpc import VPC
from .vpc import records as vpc_records

PRODUCTS: dict[str, Product] = {product.name: product for product in (CAM, CVM, VPC, STS, API, CBS, TAG)}

KINDS: dict[str, Kind[Any]] = {
    kind.name: kind for kind in (*accounts.KINDS, *cam_records.KINDS, *cvm_records.KINDS, *vpc_records.KINDS)
}
