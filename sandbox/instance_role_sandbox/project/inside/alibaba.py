"""Run on an instance: who am I here, and what may I do?

A script of its own that imports nothing of this package: the metadata service by plain HTTP as documented, the
official alibabacloud-credentials client and the official SDK, with their public host names. Prints one JSON object;
of the credentials only the beginning of the key's id and the time they end.
https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from typing import Any

from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

METADATA = "http://100.100.100.200/latest"
ROLES = "/meta-data/ram/security-credentials/"
TOKEN = "X-aliyun-ecs-metadata-token"  # noqa: S105 - a header's name
SHOWN = 12  # characters of the key's id
TIMEOUT = 10  # seconds


def metadata(path: str, method: str = "GET", headers: dict[str, str] | None = None) -> str:
    """One page of the metadata service, as text."""
    request = urllib.request.Request(METADATA + path, method=method, headers=headers or {})  # noqa: S310 - always http
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - always http
        return str(answer.read().decode())


def call(client: AcsClient, wanted: dict[str, Any]) -> dict[str, Any]:
    """Make one call: its answer, or the code it was refused with."""
    request = CommonRequest(wanted["host"], wanted["version"], wanted["action"], product=wanted["product"])
    request.set_method("POST")
    request.set_protocol_type("https")
    request.set_endpoint(wanted["host"])
    for name, value in (wanted.get("params") or {}).items():
        request.add_query_param(name, value)
    try:
        return {"ok": True, "answer": json.loads(client.do_action_with_exception(request))}
    except (ServerException, ClientException) as refused:
        return {"ok": False, "code": refused.get_error_code(), "status": getattr(refused, "http_status", None)}


def main() -> None:
    """Find the credentials and make the calls given as a JSON list."""
    from alibabacloud_credentials.client import Client  # slow to import: not before it is needed
    from alibabacloud_credentials.models import Config

    # The hardened way, good whether the instance demands it or not.
    token = {TOKEN: metadata("/api/token", "PUT", {f"{TOKEN}-ttl-seconds": "60"})}
    role = metadata(ROLES, headers=token).strip()
    document = json.loads(metadata(ROLES + role, headers=token))
    credential = Client(Config(type="ecs_ram_role")).get_credential()
    client = AcsClient(
        region_id=os.environ["ALICLOUD_REGION"],
        credential=StsTokenCredential(
            credential.access_key_id, credential.access_key_secret, credential.security_token
        ),
    )
    report = {
        "role": role,
        "key": f"{credential.access_key_id[:SHOWN]}...",
        "expires": document["Expiration"],
        "answers": [call(client, wanted) for wanted in json.loads(sys.argv[1])],
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
