"""Where the stand-in talks to and with which key: read as the real plugin reads it, then held to loopback.

Configuration keys and environment variables are those of pulumi-alicloud
(https://www.pulumi.com/registry/packages/alicloud/installation-configuration/). Anything but a loopback address is
refused before a single byte is sent, so that no real key can leave the machine through the stand-in.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from instance_role_sandbox.standin.errors import SettingsError
from instance_role_sandbox.standin.loopback import first, is_loopback

REAL = "install the real plugin for a real account: pulumi plugin install resource alicloud"
PRODUCTS = {"Ecs": "ecs", "Vpc": "vpc"}

_REGION = ("ALICLOUD_REGION", "ALIBABA_CLOUD_REGION")
_KEY = ("ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID")
_SECRET = ("ALICLOUD_SECRET_KEY", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
_TOKEN = ("ALICLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_SECURITY_TOKEN")


@dataclass(frozen=True)
class Settings:
    """One region, one key, one loopback endpoint for each product.

    ``security_token`` belongs to a temporary key. ``ca_file`` is trusted beside the system's own.
    """

    region: str
    access_key: str
    secret_key: str = field(repr=False)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    protocol: str = "HTTPS"
    ca_file: str = ""
    security_token: str = field(default="", repr=False)


def settings(config: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a provider's configuration over the environment."""
    region = _text(config, "region") or first(environment, _REGION)
    if not region:
        raise SettingsError("alicloud:region is not set: pulumi config set alicloud:region cn-hangzhou")
    key = _text(config, "accessKey") or first(environment, _KEY)
    secret = _text(config, "secretKey") or first(environment, _SECRET)
    if not key or not secret:
        raise SettingsError("no access key: set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY to the sandbox's own key")
    protocol = (_text(config, "protocol") or "HTTPS").upper()
    if protocol not in {"HTTP", "HTTPS"}:
        raise SettingsError(f"alicloud:protocol is {protocol!r}: it is HTTP or HTTPS")
    return Settings(
        region=region,
        access_key=key,
        secret_key=secret,
        endpoints={product: _endpoint(name, config, environment) for product, name in PRODUCTS.items()},
        protocol=protocol,
        ca_file=environment.get("SSL_CERT_FILE", ""),
        security_token=_text(config, "securityToken") or first(environment, _TOKEN),
    )


def _endpoint(name: str, config: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    blocks = config.get("endpoints") or []
    if isinstance(blocks, str):
        try:
            blocks = json.loads(blocks)
        except json.JSONDecodeError as broken:
            raise SettingsError(f"alicloud:endpoints is not a JSON list of maps: {broken}") from None
    declared = next((block[name] for block in blocks if isinstance(block, Mapping) and block.get(name)), "")
    upper = name.upper()
    endpoint = str(declared or first(environment, (f"ALIBABA_CLOUD_ENDPOINT_{upper}", f"{upper}_ENDPOINT")))
    variable = f"ALIBABA_CLOUD_ENDPOINT_{upper}"
    if not endpoint:
        raise SettingsError(f"the stand-in for pulumi-alicloud needs {variable}=127.0.0.1:PORT of a sandbox; {REAL}")
    if not is_loopback(endpoint):
        raise SettingsError(f"the stand-in for pulumi-alicloud talks to loopback only, not to {endpoint!r}; {REAL}")
    return endpoint


def _text(config: Mapping[str, Any], name: str) -> str:
    return str(config.get(name) or "")
