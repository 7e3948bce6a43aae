"""STS (2015-04-01)."""

from __future__ import annotations

from .call import Product

STS = Product(
    "Sts",
    "2015-04-01",
    prefix="sts",
    regional=False,
    denied=("NoPermission", 403, "You are not authorized to do this action. You should be authorized by RAM."),
)
