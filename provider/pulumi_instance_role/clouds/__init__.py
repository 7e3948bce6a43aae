"""One port, one adapter for each cloud. The only packages that import a cloud SDK.

Adapters are found by name and imported when they are first needed, so that a program that uses one cloud needs the
SDK of that cloud only, and the limits of a cloud need no SDK at all.
"""

from __future__ import annotations

import functools
import importlib
from importlib.machinery import PathFinder
from importlib.util import find_spec
from typing import Any

from pulumi_instance_role.clouds.package import Package
from pulumi_instance_role.clouds.port import Cloud, CloudError, ErrorKind, Limits, Settings
from pulumi_instance_role.policy.dialect import no_cloud
from pulumi_instance_role.policy.needs import Needs
from pulumi_instance_role.wheels import with_extra

NAMES = ("alibaba", "tencent")
"""The clouds there are."""

_SDKS = {
    "alibaba": ("aliyunsdkcore", "aliyunsdkecs", "aliyunsdkram", "aliyunsdksts", "alibabacloud_credentials"),
    "tencent": ("tencentcloud.common",),
}
"""What the adapters import, sooner or later."""


def connect(settings: Settings) -> Cloud:
    """The connection for these settings. Connections are shared: equal settings give the same object.

    Credentials are looked for when a call needs them, not here. Raises ``ValueError`` for an unknown cloud and
    :class:`CloudError` (``INVALID``) for settings that cannot work.
    """
    _check(settings.cloud)
    _require_sdk(settings.cloud)
    try:
        module = _module(settings.cloud, "adapter")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("pulumi_instance_role"):
            raise
        raise _lacks(settings.cloud, error.name or "its SDK") from None
    cloud: Cloud = module.connect(settings)
    return cloud


def region_of(settings: Settings) -> str:
    """The region that calls with these settings go to. Imports no SDK, which takes longer than all else of a check.

    Raises as :func:`connect` does, also where the SDK is not installed.
    """
    _check(settings.cloud)
    _require_sdk(settings.cloud)
    found: str = _module(settings.cloud, "settings").resolve(settings).region
    return found


def limits_of(cloud: str) -> Limits:
    """The documented limits of a cloud, by its name. Needs no credentials and no SDK. ``ValueError`` if unknown."""
    _check(cloud)
    limits: Limits = _module(cloud, "limits").LIMITS
    return limits


def regions_of(cloud: str) -> frozenset[str]:
    """The regions of a cloud that are known here. Needs no SDK. ``ValueError`` if unknown."""
    _check(cloud)
    regions: frozenset[str] = _module(cloud, "regions").REGIONS
    return regions


def needs_of(cloud: str) -> Needs:
    """What a deploying principal needs, by resource type. No credentials, no SDK. ``ValueError`` if unknown."""
    _check(cloud)
    needs: Needs = _module(cloud, "needs").NEEDS
    return needs


def package_of(cloud: str) -> Package:
    """What a provider of the cloud's own Pulumi package can say. Needs no SDK. ``ValueError`` if unknown."""
    _check(cloud)
    package: Package = _module(cloud, "package").PACKAGE
    return package


def notices(settings: Settings) -> tuple[str, ...]:
    """What a user should be told about where calls go and where keys come from, one line each; often nothing.

    Raises as :func:`connect` does.
    """
    _check(settings.cloud)
    found: tuple[str, ...] = _module(settings.cloud, "settings").resolve(settings).notices
    return found


def _check(cloud: str) -> None:
    if cloud not in NAMES:
        raise ValueError(f"cloud: {no_cloud(cloud)}")


def _require_sdk(cloud: str) -> None:
    missing = _missing(cloud)
    if missing:
        raise _lacks(cloud, missing)


@functools.cache
def _missing(cloud: str) -> str:
    """The first package of the cloud's SDK that is not installed, or nothing. Looks for files and imports nothing."""
    for name in _SDKS[cloud]:
        top = name.partition(".")[0]
        spec = find_spec(top)
        if spec is None:
            return top
        if name != top and PathFinder.find_spec(name, spec.submodule_search_locations) is None:
            return name
    return ""


def _lacks(cloud: str, package: str) -> CloudError:
    return CloudError(
        ErrorKind.INVALID,
        f'cloud: "{cloud}" needs the package of "{package}", which is not installed;',
        hint=with_extra(cloud),
    )


def _module(cloud: str, name: str) -> Any:
    return importlib.import_module(f"{__name__}.{cloud}.{name}")
