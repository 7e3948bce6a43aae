"""API calls, through Tencent Cloud's own SDK (tencentcloud-sdk-python-common), which signs them with TC3.

One class, one method: :meth:`Api.call`; what comes back is a dictionary or an :class:`ApiError` on one line. The SDK
would take a proxy from the environment even for loopback; here it takes none.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import local
from typing import Any

from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from instance_role_sandbox.standin.errors import ApiError
from instance_role_sandbox.standin.tencent.settings import Settings

VERSIONS = {
    "api": "2020-11-06",
    "cam": "2019-01-16",
    "cvm": "2017-03-12",
    "tag": "2018-08-13",
    "vpc": "2017-03-12",
}
# RunInstances answers slowly on a loaded machine; the others in milliseconds.
_TIMEOUT = 60
_NO_ANSWER = ("ClientNetworkError", "ServerNetworkError")


class Api:
    """Calls of one account in one region. Safe to use from several threads: each has clients of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._mine = local()

    @property
    def region(self) -> str:
        """The region that every call names."""
        return self._settings.region

    def close(self) -> None:
        """Give the connections of this thread back."""
        for client in self._mine.__dict__.values():
            client.request.conn._session.close()

    def call(self, product: str, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make one call and return its answer. Dotted names among ``params`` become structures."""
        try:
            answer = self._client(product).call_json(action, _nested(params))["Response"]
        except TencentCloudSDKException as refused:
            code, said = str(refused.code), str(refused.message)
            if code in _NO_ANSWER:
                said = f"{said} (is the sandbox running at {self._settings.endpoint}?)"
            raise ApiError(action, code, said, refused.requestId or "") from None
        return dict(answer)

    def _client(self, product: str) -> CommonClient:
        clients = self._mine.__dict__
        if product not in clients:
            settings = self._settings
            http = HttpProfile(endpoint=settings.endpoint, protocol=settings.protocol.lower(), reqTimeout=_TIMEOUT)
            if settings.ca_file:
                http.certification = settings.ca_file
            made = CommonClient(
                product,
                VERSIONS[product],
                Credential(settings.secret_id, settings.secret_key, settings.security_token or None),
                settings.region,
                ClientProfile(httpProfile=http, language="en-US"),
            )
            made.request.conn.proxy = None
            made.request.conn._session.trust_env = False
            clients[product] = made
        client: CommonClient = clients[product]
        return client


def _nested(params: Mapping[str, Any]) -> dict[str, Any]:
    """``{"SystemDisk.DiskSize": 50}`` as ``{"SystemDisk": {"DiskSize": 50}}``."""
    found: dict[str, Any] = {}
    for name, value in params.items():
        *path, last = name.split(".")
        place = found
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return found
