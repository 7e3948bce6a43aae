"""RAM as a product: what its modules register their actions with."""

from __future__ import annotations

from ..call import Product

RAM = Product(
    "Ram",
    "2015-05-01",
    prefix="ram",
    regional=False,
    denied=("NoPermission", 403, "You are not authorized to do this action. You should be authorized by RAM."),
)
