"""Credentials, found when a call needs them and never kept anywhere but in memory.

In order: the profile a resource names, keys in the stack's configuration, a profile of the configuration, keys in the
environment, then the default chain of alibabacloud-credentials
(https://www.alibabacloud.com/help/en/sdk/developer-reference/v2-manage-python-access-credentials): OIDC, command line
profile, INI file, instance role, URI. The chain's own environment step freezes the variables when its package is
imported, so the variables are read here, at call time. A role to assume comes on top; its credentials are renewed
before they end. So are the roles of a profile of the command line, which are assumed here and not by the SDK.

The chain's package brings an HTTP client of its own and takes longer to import than the rest of the SDK together, so it
is imported where the chain is followed and not where keys are at hand.

Where ``INSTANCE_ROLE_ENDPOINT`` sends every call to one address, nothing else is called: what would sign in elsewhere
(OIDC, CloudSSO) is refused, and the metadata service is asked only through a proxy that is that address.
"""

from __future__ import annotations

import configparser
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pulumi_instance_role.clouds.alibaba import profiles
from pulumi_instance_role.clouds.alibaba.settings import Place, environment_keys
from pulumi_instance_role.clouds.credentials import Credential, Credentials, metadata_allowed, of_keys, ruled_out
from pulumi_instance_role.clouds.port import CloudError, ErrorKind
from pulumi_instance_role.clouds.settings import is_loopback
from pulumi_instance_role.transport.redact import redact

_OIDC = ("ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE")
_ELSEWHERE = frozenset({"EcsRamRole", "OIDC", "CloudSSO", "OAuth"})
"""Modes of profiles that sign in by a call to an address of their own."""


class AlibabaCredentials(Credentials[Place]):
    """Finds the credential of a place. Safe to use from several threads."""

    def _given(self, answer: Mapping[str, Any], source: str) -> tuple[Credential, float]:
        given = answer["Credentials"]
        credential = Credential(
            str(given["AccessKeyId"]), str(given["AccessKeySecret"]), str(given["SecurityToken"]), source
        )
        end = datetime.strptime(str(given["Expiration"]), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        return credential, end.timestamp()

    def _base(self) -> Credential:
        place = self._place
        if place.keys:
            return of_keys(place.keys)
        if not place.profile:
            keys = environment_keys(os.environ)
            if keys:
                return of_keys(keys)
        self._provider = self._provider or self._find()
        found: Credential = self._provider()
        return found

    def _find(self) -> Callable[[], Credential]:
        """How to get credentials that are no keys at hand."""
        place = self._place
        if place.profile:
            return self._of_profile(place.profile, place.profile_file, f"profile {place.profile}")
        by_oidc = all(os.environ.get(name) for name in _OIDC)
        if place.only and by_oidc:
            raise ruled_out("signing in by OIDC (ALIBABA_CLOUD_OIDC_TOKEN_FILE)")
        # The chain tries OIDC first, where it is set up, and the current profile of the command line next.
        current = "" if by_oidc or _hidden() else _current()
        login = profiles.sign_in(current, "") if current else None
        # A profile without keys is left to the rest of the chain, which goes on where it is an empty one.
        if login is not None and (login.keys or (place.only and login.mode in {*_ELSEWHERE, "External"})):
            return self._of_profile(current, "", f"default chain (default/cli_profile {current})")
        return self._of_sdk(self._rest_of_the_chain(), "")

    def _of_profile(self, name: str, file: str, source: str) -> Callable[[], Credential]:
        login = profiles.sign_in(name, file)
        if login is not None and login.keys:
            keys = replace(login.keys, source=source)
            return self.through(login.roles, lambda: of_keys(keys))
        if login is not None and login.mode in profiles.WITH_KEYS:
            # The SDK would take the missing half from the environment, and so sign in as somebody else.
            raise self._missing(f'"{login.leaf}" (mode {login.mode}) lacks access_key_id or access_key_secret')
        only = self._place.only
        leaves = login is not None and bool(only) and login.mode in _ELSEWHERE
        if login is not None and leaves and not (login.mode == "EcsRamRole" and metadata_allowed(only)):
            raise ruled_out(f'profile "{login.leaf}" (mode {login.mode})')
        leaf, roles = (login.leaf, login.roles) if login is not None else (name, ())
        provider = _chain().CLIProfileCredentialsProvider(
            profile_name=leaf, profile_file=file or None, allow_config_force_rewrite=False
        )
        return self.through(roles, self._of_sdk(provider, source))

    def _rest_of_the_chain(self) -> Any:
        chain, only = _chain(), self._place.only
        if not only:
            return chain.DefaultCredentialsProvider()
        steps = [chain.ProfileCredentialsProvider()] if _plain_file() else []
        if metadata_allowed(only) and os.environ.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "").lower() != "true":
            steps.append(chain.EcsRamRoleCredentialsProvider())
        uri = os.environ.get("ALIBABA_CLOUD_CREDENTIALS_URI", "")
        if uri and is_loopback(urlsplit(uri).hostname or ""):
            steps.append(chain.URLCredentialsProvider())
        return _Steps(steps)

    def _of_sdk(self, provider: Any, source: str) -> Callable[[], Credential]:
        def found() -> Credential:
            try:
                given = provider.get_credentials()
            except _failures() as error:
                raise self._missing(error) from None
            return Credential(
                given.get_access_key_id(),
                given.get_access_key_secret(),
                given.get_security_token() or "",
                source or f"default chain ({given.get_provider_name()})",
            )

        return found

    def _missing(self, error: Exception | str) -> CloudError:
        why = " ".join(redact(str(error)).split())
        if self._place.profile:
            return CloudError(
                ErrorKind.CREDENTIALS,
                f'no credentials from profile "{self._place.profile}": {why.rstrip(".")}.',
                code="NoCredentials",
                hint="Create it with: aliyun configure --profile, or name another profile.",
            )
        return CloudError(
            ErrorKind.CREDENTIALS,
            "no credentials for Alibaba Cloud were found.",
            code="NoCredentials",
            hint="Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, run: aliyun configure, "
            "or run on an instance with a role.",
        )


def _chain() -> Any:
    """The chain's package, silenced.

    It writes what went wrong to the standard error, three times, with its traceback and the answer it got, which may
    hold a key. All of it comes as an error, too, and leaves here as one line. Its import sets the level of its log, so
    that comes first.
    """
    from alibabacloud_credentials import provider

    logging.getLogger("credentials").setLevel(logging.CRITICAL + 1)
    return provider


def _failures() -> tuple[type[Exception], ...]:
    """What the chain's steps raise."""
    from alibabacloud_credentials.exceptions import CredentialException
    from Tea.exceptions import RetryError, TeaException, UnretryableException

    return CredentialException, TeaException, RetryError, UnretryableException, ValueError, KeyError, OSError


class _Steps:
    """The steps of the default chain that call nothing but the address that all calls go to."""

    def __init__(self, steps: Sequence[Any]) -> None:
        self._steps = steps

    def get_credentials(self) -> Any:
        reasons = []
        for step in self._steps:
            try:
                return step.get_credentials()
            except _failures() as error:
                reasons.append(str(error))
        raise ValueError("; ".join(reasons) or "nothing is set up")


def _hidden() -> bool:
    return os.environ.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() == "true"


def _current() -> str:
    return str(profiles.read("").get("current") or "")


def _plain_file() -> bool:
    """Whether the SDK's own file of credentials holds keys where the chain looks."""
    name = os.environ.get("ALIBABA_CLOUD_CREDENTIALS_FILE") or str(Path.home() / ".alibabacloud" / "credentials.ini")
    file = configparser.ConfigParser(interpolation=None)
    try:
        file.read(name, encoding="utf-8")
    except (configparser.Error, OSError, ValueError):
        return False
    section = os.environ.get("ALIBABA_CLOUD_PROFILE") or "default"
    return file.get(section, "type", fallback="").partition("#")[0].strip() == "access_key"
