"""Credentials for Tencent Cloud, found when a call needs them and never kept anywhere but in memory.

In order: the profile a resource names, keys in the stack's configuration, a profile of the configuration, keys in the
environment, the role of this instance where it is named (``tencentcloud:camRoleName``), then the official default chain
(``DefaultCredentialProvider``: INI file, instance role, OIDC of TKE), with the command line's default profile where
Tencent Cloud's own Pulumi package looks for it. The chain's own environment step ignores tokens, so the variables are
read here, at call time. A role to assume comes on top.

The chain's instance role step has no time limit of its own: off the cloud the name of the metadata service does not
resolve and it ends at once, unless a network holds the request back. Where ``INSTANCE_ROLE_ENDPOINT`` sends every call
to one address, nothing else is called: OIDC is refused, and the instance is asked only through a proxy that is that
address.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from typing import Any

from tencentcloud.common.credential import CVMRoleCredential, DefaultCredentialProvider, ProfileCredential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from pulumi_instance_role.clouds.credentials import (
    Credential,
    Credentials,
    Keys,
    metadata_allowed,
    of_keys,
    ruled_out,
)
from pulumi_instance_role.clouds.port import CloudError, ErrorKind
from pulumi_instance_role.clouds.tencent.settings import Place, environment_keys, profile_values
from pulumi_instance_role.transport.redact import redact

_FAILURES = (TencentCloudSDKException, configparser.Error, AttributeError, KeyError, TypeError, ValueError, OSError)
"""What the chain's steps raise where there is nothing to find, or half of it."""


class TencentCredentials(Credentials[Place]):
    """Finds the credential of a place. Safe to use from several threads."""

    def _given(self, answer: Mapping[str, Any], source: str) -> tuple[Credential, float]:
        given = answer["Credentials"]
        credential = Credential(str(given["TmpSecretId"]), str(given["TmpSecretKey"]), str(given["Token"]), source)
        return credential, float(answer["ExpiredTime"])

    def _base(self) -> Credential:
        place = self._place
        if place.keys:
            return of_keys(place.keys)
        if place.profile:
            return of_keys(self._profile_keys(place.profile) or self._no_profile())
        keys = environment_keys(os.environ)
        if keys:
            return of_keys(keys)
        provider, source = self._provider = self._provider or self._find_provider()
        try:
            key_id, secret, token = provider.get_credential_info()
        except _FAILURES as error:
            raise _missing(error) from None
        if not (key_id and secret):
            raise _missing(None)
        return Credential(key_id, secret, token or "", source)

    def _find_provider(self) -> tuple[Any, str]:
        """What gives credentials, and how to call it."""
        only, role = self._place.only, self._place.cam_role
        if role and not metadata_allowed(only):
            raise ruled_out(f"asking the instance for its role {role}")
        try:
            if role:
                # The SDK's object remembers a role's name for good, so each search makes a new one.
                return CVMRoleCredential(role).get_credential(), f"instance role {role}"
            found = self._of_file()
            if found is not None:
                return found, "default chain (~/.tencentcloud/credentials)"
            keys = self._profile_keys("default")
            if keys:
                return _Fixed(keys), keys.source
            found = self._rest_of_the_chain() if only else DefaultCredentialProvider().get_credential()
        except _FAILURES as error:
            raise _missing(error) from None
        return found, f"default chain ({type(found).__name__})"

    def _rest_of_the_chain(self) -> Any:
        """What the chain finds that calls nothing but the address that all calls go to."""
        found = CVMRoleCredential().get_credential() if metadata_allowed(self._place.only) else None
        if found is None and os.environ.get("TKE_ROLE_ARN"):
            raise ruled_out("signing in by OIDC (TKE_ROLE_ARN)")
        return found

    def _of_file(self) -> Any:
        try:
            return ProfileCredential().get_credential()
        except AttributeError:
            return None  # a file without a default section

    def _profile_keys(self, profile: str) -> Keys | None:
        values = profile_values(self._place.profile_folder, profile, "credential")
        key_id, secret = str(values.get("secretId") or ""), str(values.get("secretKey") or "")
        return Keys(key_id, secret, str(values.get("token") or ""), f"profile {profile}") if key_id and secret else None

    def _no_profile(self) -> Keys:
        raise CloudError(
            ErrorKind.CREDENTIALS,
            f'no credentials from profile "{self._place.profile}": '
            f"{self._place.profile_folder}/{self._place.profile}.credential has no secretId and secretKey.",
            code="NoCredentials",
            hint="Create it with: tccli configure --profile, or name another profile.",
        )


class _Fixed:
    """Keys in the shape of the SDK's own providers."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def get_credential_info(self) -> tuple[str, str, str]:
        return self._keys.key_id, self._keys.secret, self._keys.token


def _missing(error: Exception | None) -> CloudError:
    why = " ".join(redact(str(error)).split()) if isinstance(error, TencentCloudSDKException) else ""
    return CloudError(
        ErrorKind.CREDENTIALS,
        "no credentials for Tencent Cloud were found" + (f" ({why.rstrip('.')})." if why else "."),
        code="NoCredentials",
        hint="Set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, run: tccli configure, "
        "or run on an instance with a role.",
    )
