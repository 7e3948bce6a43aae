"""Where the stand-in talks to and with which key: read as the real plugin reads it, then held to loopback.

Configuration keys and environment variables are those of ``tencentcloud_iac_pulumi``, whose settings are those of
https://registry.terraform.io/providers/tencentcloudstack/tencentcloud/latest/docs. The real plugin calls
``<product>.<domain>``; with the domain ``localhost:PORT`` that is a name of this machine (RFC 6761), and the stand-in
goes to the machine without asking anybody for the name. Anything but a loopback address is refused before a single
byte is sent, so that no real key can leave the machine through the stand-in.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from instance_role_sandbox.standin.errors import SettingsError
from instance_role_sandbox.standin.loopback import is_loopback

REAL = (
    "install the real plugin for a real account: "
    "pulumi plugin install resource tencentcloud --server github://api.github.com/tencentcloudstack"
)
REGION = "ap-guangzhou"  # the real plugin's own default


@dataclass(frozen=True)
class Settings:
    """One region, one key, one loopback endpoint (host:port) for every product.

    ``ca_file``: trusted as well. ``security_token`` belongs to a temporary key.
    """

    region: str
    secret_id: str
    secret_key: str = field(repr=False)
    endpoint: str = ""
    protocol: str = "HTTPS"
    ca_file: str = ""
    security_token: str = field(default="", repr=False)


def settings(config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a provider's configuration over the environment."""

    def said(name: str, variable: str) -> str:
        return str(config.get(name) or environment.get(f"TENCENTCLOUD_{variable}") or "")

    secret_id, secret_key = said("secretId", "SECRET_ID"), said("secretKey", "SECRET_KEY")
    if not secret_id or not secret_key:
        raise SettingsError(
            "no key: set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY to the sandbox's own Tencent Cloud key"
        )
    protocol = (said("protocol", "PROTOCOL") or "HTTPS").upper()
    if protocol not in {"HTTP", "HTTPS"}:
        raise SettingsError(f"tencentcloud:protocol is {protocol!r}: it is HTTP or HTTPS")
    domain = said("domain", "DOMAIN")
    if not domain:
        raise SettingsError(
            f"the stand-in for tencentcloud needs TENCENTCLOUD_DOMAIN=localhost:PORT of a sandbox; {REAL}"
        )
    if not is_loopback(domain):
        raise SettingsError(f"the stand-in for tencentcloud talks to loopback only, not to {domain!r}; {REAL}")
    return Settings(
        region=said("region", "REGION") or REGION,
        secret_id=secret_id,
        secret_key=secret_key,
        endpoint=domain,
        protocol=protocol,
        ca_file=environment.get("SSL_CERT_FILE", ""),
        security_token=said("securityToken", "SECURITY_TOKEN"),
    )
