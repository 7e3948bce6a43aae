"""The public host names: what the server certificate has to cover, and which product one of them means."""

from __future__ import annotations

from .regions import REGIONS

DOMAIN = ".tencentcloudapi.com"
METADATA_HOST = "metadata.tencentyun.com"
PUBLIC_HOSTS: tuple[str, ...] = (
    f"*{DOMAIN}",
    f"*.intl{DOMAIN}",
    *(f"*.{region}{DOMAIN}" for region in REGIONS),
    METADATA_HOST,
)
"""One wildcard covers one label, so each region has its own."""


def product_of(host: str) -> str:
    """The product a public host name stands for; "" for any other host."""
    return host.split(".")[0] if host.endswith(DOMAIN) else ""
