"""The public host names: what the server certificate has to cover, and which product one of them means."""

from __future__ import annotations

from .products import PRODUCTS
from .regions import REGIONS

DOMAIN = ".tencentcloudapi.com"
LOCAL = ".localhost"
"""The domain of clients that put the product before ``localhost:PORT``; such names are this machine's (RFC 6761)."""
METADATA_HOST = "metadata.tencentyun.com"
PUBLIC_HOSTS: tuple[str, ...] = (
    f"*{DOMAIN}",
    f"*.intl{DOMAIN}",
    *(f"*.{region}{DOMAIN}" for region in REGIONS),
    *(f"{name}{LOCAL}" for name in PRODUCTS),
    METADATA_HOST,
)
"""One wildcard covers one label, so each region has its own."""


def product_of(host: str) -> str:
    """The product that a host name stands for; "" for a host without a product in its name."""
    return host.split(".")[0] if host.endswith((DOMAIN, LOCAL)) else ""
