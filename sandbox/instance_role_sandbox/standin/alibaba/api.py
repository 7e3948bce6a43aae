"""API calls, through Alibaba's own classic SDK (aliyun-python-sdk-core).

One class, one method: :meth:`Api.call`. The SDK signs, sends and retries; what comes back is a dictionary or an
:class:`ApiError` on one line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException
from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from instance_role_sandbox.standin.alibaba.settings import Settings
from instance_role_sandbox.standin.errors import ApiError
from instance_role_sandbox.standin.schema import text

VERSIONS = {"Ecs": "2014-05-26", "Vpc": "2016-04-28", "Ram": "2015-05-01"}

# RunInstances answers slowly on a loaded machine; the others in milliseconds.
_READ_TIMEOUT = 60


class Api:
    """Calls of one account in one region. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        key, secret, token = settings.access_key, settings.secret_key, settings.security_token
        self._client = AcsClient(
            None if token else key,
            None if token else secret,
            settings.region,
            credential=StsTokenCredential(key, secret, token) if token else None,
            timeout=_READ_TIMEOUT,
            verify=settings.ca_file or None,
            # None would let the SDK take a proxy from the environment, even for loopback.
            proxy={"http": "", "https": ""},
        )

    @property
    def region(self) -> str:
        """The region that every call names."""
        return self._settings.region

    def close(self) -> None:
        """Give the connections back."""
        self._client.session.close()

    def call(self, product: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make one call and return its answer. Lists and maps among ``params`` become numbered and dotted names."""
        request = CommonRequest(self._settings.endpoints[product], VERSIONS[product], action, product=product)
        request.set_method("POST")
        request.set_protocol_type(self._settings.protocol.lower())
        request.set_endpoint(self._settings.endpoints[product])
        for name, value in _flat({"RegionId": self.region, **params}):
            request.add_query_param(name, value)
        try:
            answer = json.loads(self._client.do_action_with_exception(request))
        except ServerException as refused:
            raise ApiError(
                action, refused.get_error_code(), refused.get_error_msg(), refused.get_request_id() or ""
            ) from None
        except ClientException as failed:
            raise ApiError(
                action,
                failed.get_error_code(),
                f"{failed.get_error_msg()} (is the sandbox running at {self._settings.endpoints[product]}?)",
            ) from None
        except ValueError:
            raise ApiError(action, "InvalidAnswer", "the answer is not JSON") from None
        if not isinstance(answer, dict):
            raise ApiError(action, "InvalidAnswer", "the answer is not a JSON object")
        return answer


def _flat(params: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        if isinstance(value, list):
            yield from _flat({str(place): entry for place, entry in enumerate(value, 1)}, f"{prefix}{name}.")
        elif isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", text(value)
