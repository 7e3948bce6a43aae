"""Alibaba Cloud behind the port."""

from __future__ import annotations

import threading

from aliyunsdksts.request.v20150401.GetCallerIdentityRequest import GetCallerIdentityRequest

from pulumi_instance_role.clouds.alibaba.binding import Binding
from pulumi_instance_role.clouds.alibaba.client import Api
from pulumi_instance_role.clouds.alibaba.limits import LIMITS
from pulumi_instance_role.clouds.alibaba.settings import Place, resolve
from pulumi_instance_role.clouds.alibaba.survey import Survey
from pulumi_instance_role.clouds.port import Identity, Settings
from pulumi_instance_role.transport.wait import Waiter

_KINDS = {"Account": "account", "RAMUser": "user", "AssumedRoleUser": "role"}
_connections: dict[Place, AlibabaCloud] = {}
_lock = threading.Lock()


class AlibabaCloud(Binding, Survey):
    """One account of Alibaba Cloud in one region. Implements :class:`~pulumi_instance_role.clouds.port.Cloud`."""

    name = "alibaba"
    limits = LIMITS

    def __init__(self, api: Api, waiter: Waiter | None = None) -> None:
        super().__init__(api, waiter)
        self.region = api.place.region
        self._identity: Identity | None = None

    def identity(self) -> Identity:
        """GetCallerIdentity (https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-getcalleridentity).

        Asked once: it is throttled when every resource asks.
        """
        if self._identity is None:
            answer = self.api.call(GetCallerIdentityRequest, {}, needs="AccountId")
            kind = _KINDS.get(answer.get("IdentityType", ""), "user")
            self._identity = Identity(str(answer["AccountId"]), str(answer.get("Arn", "")), kind)
        return self._identity

    def credential_source(self) -> str:
        """Where the credentials in use come from, in words that hold nothing secret."""
        return self.api.credentials.get().source


def connect(settings: Settings) -> AlibabaCloud:
    """The shared connection for these settings, as the stack's configuration and the environment complete them."""
    place = resolve(settings)
    with _lock:
        if place not in _connections:
            _connections[place] = AlibabaCloud(Api(place))
        return _connections[place]
