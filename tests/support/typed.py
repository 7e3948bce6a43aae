"""The new generation of Alibaba Cloud's SDK as a test client, addressed by action and the API's own field names.

What a call sends and returns has been through the SDK's models: a field that the SDK does not know, or a list where
it expects an object, does not come out again. So a test that reads a field here also tests its place and spelling.
(:meth:`tests.support.sandbox.Sandbox.call` is the same through the classic generation, without models.)
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from alibabacloud_tea_openapi.models import Config
from darabonba.exceptions import DaraException

from tests.support.sandbox import Keys, Sandbox

_PACKAGES = {"ecs": "alibabacloud_ecs20140526", "vpc": "alibabacloud_vpc20160428"}


class Refused(Exception):
    """An error answer: its code, HTTP status and message."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.code = code
        self.status = status
        self.message = message


@contextmanager
def refuses(code: str, status: int) -> Iterator[None]:
    """The call inside is refused with exactly this code and HTTP status."""
    with pytest.raises(Refused) as caught:
        yield
    assert (caught.value.code, caught.value.status) == (code, status), str(caught.value)


@cache
def _module(name: str) -> ModuleType:
    return importlib.import_module(name)


@cache
def _methods(product: str) -> dict[str, str]:
    """Action in lower case -> the client's method."""
    client = _module(f"{_PACKAGES[product]}.client").Client
    return {name.replace("_", ""): name for name in dir(client) if not name.endswith(("_async", "_with_options"))}


class Typed:
    """The calls of one account (or of ``keys``) in one region."""

    def __init__(self, sandbox: Sandbox, keys: Keys | None = None, region: str | None = None) -> None:
        self.sandbox = sandbox
        self.region = region or sandbox.region
        used = keys or sandbox.keys
        config = Config(
            access_key_id=used.access_key_id,
            access_key_secret=used.access_key_secret,
            security_token=used.security_token or None,
            endpoint=sandbox.endpoint,
            protocol="HTTP",
        )
        self._clients = {name: _module(f"{package}.client").Client(config) for name, package in _PACKAGES.items()}

    def ecs(self, action: str, /, **fields: Any) -> dict[str, Any]:
        """The answer of a call to ECS."""
        return self._call("ecs", action, fields)

    def vpc(self, action: str, /, **fields: Any) -> dict[str, Any]:
        """The answer of a call to VPC."""
        return self._call("vpc", action, fields)

    def _call(self, product: str, action: str, fields: dict[str, Any]) -> dict[str, Any]:
        request = getattr(_module(f"{_PACKAGES[product]}.models"), f"{action}Request")()
        if hasattr(request, "region_id"):
            fields = {"RegionId": self.region, **fields}
        request.from_map(fields)
        unknown = set(fields) - set(request.to_map())
        assert not unknown, f"{action} of the SDK does not take {unknown}"
        try:
            answer = getattr(self._clients[product], _methods(product)[action.lower()])(request)
        except DaraException as error:
            raise Refused(str(error.code), int(error.status_code), str(error.message)) from None
        found: dict[str, Any] = answer.body.to_map()
        assert found.pop("RequestId")
        return found
