"""The environment of everything that runs in the sandbox: the caller's, without any cloud, with the emulator's.

Removed first: every variable that a cloud's SDK, plugin or credential chain reads, and every proxy (the SDKs ignore
NO_PROXY and would send loopback calls, signed, to the proxy). Only then are the sandbox's own added.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from pulumi_instance_role.sandbox.project.emulator import Emulator

_CLOUDS = ("ALICLOUD_", "ALIBABA_CLOUD_", "ALIBABACLOUD_", "ALIYUN_", "TENCENTCLOUD_", "INSTANCE_ROLE_", "TF_")
_PRODUCTS = ("ECS", "VPC", "RAM", "STS", "LOCATION", "BSSOPENAPI")
_OTHERS = {
    *(f"{product}_ENDPOINT" for product in _PRODUCTS),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
}


def cleared(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without clouds and proxies."""
    return {name: value for name, value in environment.items() if not name.startswith(_CLOUDS) and name not in _OTHERS}


def sandboxed(emulator: Emulator, region: str | None, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for a program, an engine or a plugin that should find this emulator.

    ``region`` is the stack's own; the emulator's stands in where it has none.
    """
    return {
        **cleared(environment),
        "INSTANCE_ROLE_ENDPOINT": f"http://{emulator.endpoint}",
        **{f"ALIBABA_CLOUD_ENDPOINT_{product}": emulator.endpoint for product in _PRODUCTS},
        "SSL_CERT_FILE": str(emulator.ca_file),
        "ALICLOUD_ACCESS_KEY": emulator.access_key_id,
        "ALICLOUD_SECRET_KEY": emulator.access_key_secret,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": emulator.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": emulator.access_key_secret,
        "ALICLOUD_REGION": region or emulator.region,
        "ALIBABA_CLOUD_REGION": region or emulator.region,
        "ALICLOUD_ACCOUNT_ID": emulator.account_id,
        "ALIBABA_CLOUD_ACCOUNT_TYPE": "Domestic",  # else the real plugin asks the billing API at every start
    }
