"""Run on an instance: who am I here, and what may I do?

A script of its own that imports nothing of this package: the metadata service by plain HTTP as documented, the
official SDK's CVMRoleCredential as it comes, and calls to the public host names. Prints one JSON object; of the
credentials only the beginning of the key's id and the time they end.
https://www.tencentcloud.com/document/product/213/4934
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from typing import Any

from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import CVMRoleCredential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

ROLES = "http://metadata.tencentyun.com/latest/meta-data/cam/security-credentials/"
SHOWN = 12  # characters of the key's id
TIMEOUT = 10  # seconds


def metadata(path: str) -> str:
    """One page of the metadata service, as text."""
    with urllib.request.urlopen(path, timeout=TIMEOUT) as answer:  # noqa: S310 - always http
        return str(answer.read().decode())


def call(credential: CVMRoleCredential, wanted: dict[str, Any]) -> dict[str, Any]:
    """Make one call: its answer, or the code it was refused with."""
    http = HttpProfile(endpoint=wanted["host"], reqTimeout=TIMEOUT)
    # The SDK trusts a list of its own and looks at no variable; a private authority has to be named.
    http.certification = os.environ.get("REQUESTS_CA_BUNDLE")
    profile = ClientProfile(httpProfile=http, language="en-US")
    region = os.environ["TENCENTCLOUD_REGION"]
    client = CommonClient(wanted["product"], wanted["version"], credential, region, profile)
    try:
        return {"ok": True, "answer": client.call_json(wanted["action"], wanted.get("params") or {})["Response"]}
    except TencentCloudSDKException as refused:
        return {"ok": False, "code": refused.code}


def main() -> None:
    """Find the credentials and make the calls given as a JSON list."""
    role = metadata(ROLES).strip()
    document = json.loads(metadata(ROLES + role))
    credential = CVMRoleCredential().get_credential()
    if credential is None:
        raise SystemExit("CVMRoleCredential found no credentials")
    report = {
        "role": role,
        "key": f"{credential.secret_id[:SHOWN]}...",
        "expires": document["Expiration"],
        "answers": [call(credential, wanted) for wanted in json.loads(sys.argv[1])],
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
