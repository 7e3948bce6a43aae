"""The product that CAM's actions belong to."""

from __future__ import annotations

from ..call import Product

CAM = Product("cam", "2019-01-16", regional=False)
