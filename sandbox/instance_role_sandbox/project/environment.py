"""The environment of everything that runs in the sandbox: the caller's, without any cloud, with the emulator's.

Removed first: every variable that a cloud's SDK, plugin or credential chain reads, and every proxy (the SDKs ignore
NO_PROXY and would send loopback calls, signed, to the proxy). Only then are the sandbox's own added, of every cloud:
which of them a program uses is the program's affair.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from instance_role_sandbox.project.clouds import CLOUDS
from instance_role_sandbox.project.emulator import Emulator

_PREFIXES = (*(prefix for cloud in CLOUDS for prefix in cloud.prefixes), "INSTANCE_ROLE_", "TF_")
_OTHERS = {
    *(name for cloud in CLOUDS for name in cloud.names),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
}


def cleared(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without clouds and proxies."""
    return {
        name: value for name, value in environment.items() if not name.startswith(_PREFIXES) and name not in _OTHERS
    }


def sandboxed(
    emulator: Emulator, regions: Mapping[str, str], environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The environment for a program, an engine or a plugin that should find this emulator.

    ``regions`` are the stack's own, by cloud; the emulator's stands in where there is none.
    """
    found = {
        **cleared(environment),
        "INSTANCE_ROLE_ENDPOINT": f"http://{emulator.endpoint}",
        "SSL_CERT_FILE": str(emulator.ca_file),
    }
    for cloud in CLOUDS:
        account = emulator.accounts[cloud.name]
        found.update(cloud.variables(emulator.endpoint, account, regions.get(cloud.name) or account.region))
    return found
