"""The profiles of Alibaba Cloud's command line, ``~/.aliyun/config.json``, as far as they name keys and roles.

A profile that assumes a role is followed here, not in the SDK, so that the role is assumed where STS is called, is
renewed, and is told like any other. What else a profile may be (an instance's role, OIDC, CloudSSO, a command), the
SDK signs in with (https://www.alibabacloud.com/help/en/cli/configure-credentials).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pulumi_instance_role.clouds.credentials import AssumedRole, Keys
from pulumi_instance_role.clouds.port import CloudError, ErrorKind
from pulumi_instance_role.records import dataclass

_CHAINED = "ChainableRamRoleArn"
WITH_KEYS = {"AK": "", "StsToken": "sts_token", "RamRoleArn": ""}
"""Modes that hold keys, and where they hold a token."""


@dataclass(frozen=True)
class SignIn:
    """How a profile signs in: by keys, or by what the SDK makes of ``leaf``; then through ``roles``, in order."""

    leaf: str
    mode: str
    keys: Keys | None
    roles: tuple[AssumedRole, ...]


def read(file: str) -> dict[str, Any]:
    """The whole file, by default that of the command line; empty where there is none or it cannot be read."""
    path = Path(file) if file else Path.home() / ".aliyun" / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def profile(name: str, file: str) -> dict[str, Any] | None:
    """A profile by its name, if there is one."""
    listed = read(file).get("profiles")
    named = (one for one in listed or [] if isinstance(one, dict) and one.get("name") == name)
    return next(named, None)


def sign_in(name: str, file: str) -> SignIn | None:
    """How the profile signs in; ``None`` where a profile is missing. Raises :class:`CloudError` for one that loops."""
    names, roles = [name], list[AssumedRole]()
    found = profile(name, file)
    while found is not None and found.get("mode") == _CHAINED:
        roles.append(_role(names[-1], found))
        source = str(found.get("source_profile") or "")
        if source in names:
            way = " -> ".join([*names, source])
            raise CloudError(
                ErrorKind.CREDENTIALS,
                f'profile "{name}" refers to itself through source_profile ({way});',
                code="NoCredentials",
                hint="name a profile there that holds keys.",
            )
        names.append(source)
        found = profile(source, file)
    if found is None:
        return None
    mode = str(found.get("mode") or "")
    if mode == "RamRoleArn":
        roles.append(_role(names[-1], found))
    return SignIn(names[-1], mode, _keys(name, mode, found), tuple(reversed(roles)))


def _keys(name: str, mode: str, found: Mapping[str, Any]) -> Keys | None:
    key_id, secret = (str(found.get(key) or "") for key in ("access_key_id", "access_key_secret"))
    if mode not in WITH_KEYS or not (key_id and secret):
        return None
    return Keys(key_id, secret, str(found.get(WITH_KEYS[mode]) or ""), f"profile {name}")


def _role(name: str, found: Mapping[str, Any]) -> AssumedRole:
    arn = str(found.get("ram_role_arn") or "")
    if not arn:
        raise CloudError(
            ErrorKind.CREDENTIALS,
            f'profile "{name}" assumes a role and names none;',
            code="NoCredentials",
            hint="set its ram_role_arn with: aliyun configure --profile",
        )
    return AssumedRole(
        arn,
        str(found.get("ram_session_name") or AssumedRole.session),
        _seconds(name, found.get("expired_seconds")),
        str(found.get("policy") or ""),
        str(found.get("external_id") or ""),
    )


def _seconds(name: str, given: object) -> int | None:
    if not given:
        return None
    if not str(given).isdecimal():
        raise CloudError(
            ErrorKind.CREDENTIALS,
            f'profile "{name}": expired_seconds must be a whole number of seconds, not "{given}";',
            code="NoCredentials",
            hint="correct it in the file of the profile, or leave it out.",
        )
    return int(str(given))
