"""The public host names that the server certificate has to cover."""

from __future__ import annotations

from .regions import REGIONS

PUBLIC_HOSTS: tuple[str, ...] = ("*.aliyuncs.com", *(f"*.{region}.aliyuncs.com" for region in REGIONS))
"""One wildcard covers one label, so each region has its own."""
