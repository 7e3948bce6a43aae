"""Tencent Cloud behind the port."""

from __future__ import annotations

import threading

from pulumi_instance_role.clouds.port import Settings
from pulumi_instance_role.clouds.tencent.binding import Binding
from pulumi_instance_role.clouds.tencent.client import Api
from pulumi_instance_role.clouds.tencent.grants import Grants
from pulumi_instance_role.clouds.tencent.limits import LIMITS
from pulumi_instance_role.clouds.tencent.settings import Place, resolve
from pulumi_instance_role.clouds.tencent.survey import Survey
from pulumi_instance_role.transport.wait import Waiter

_connections: dict[Place, TencentCloud] = {}
_lock = threading.Lock()


class TencentCloud(Binding, Grants, Survey):
    """One account of Tencent Cloud in one region. Implements :class:`~pulumi_instance_role.clouds.port.Cloud`."""

    name = "tencent"
    limits = LIMITS

    def __init__(self, api: Api, waiter: Waiter | None = None) -> None:
        super().__init__(api, waiter)
        self.region = api.place.region

    def credential_source(self) -> str:
        """Where the credentials in use come from, in words that hold nothing secret."""
        return self.api.credentials.get().source


def connect(settings: Settings) -> TencentCloud:
    """The shared connection for these settings, as the stack's configuration and the environment complete them."""
    place = resolve(settings)
    with _lock:
        if place not in _connections:
            _connections[place] = TencentCloud(Api(place))
        return _connections[place]
