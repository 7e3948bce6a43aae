"""Credentials, found when a call needs them and never kept anywhere but in memory.

In order: the profile a resource names, keys in the stack's configuration, a profile of the configuration, keys in the
environment, then the default chain of alibabacloud-credentials
(https://www.alibabacloud.com/help/en/sdk/developer-reference/v2-manage-python-access-credentials): OIDC, command line
profile, INI file, instance role, URI. The chain's own environment step freezes the variables when its package is
imported, so the variables are read here, at call time. A role to assume comes on top; its credentials are renewed
before they end.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider import CLIProfileCredentialsProvider, DefaultCredentialsProvider
from Tea.exceptions import RetryError, TeaException, UnretryableException

from pulumi_instance_role.clouds.alibaba.settings import Place, environment_keys
from pulumi_instance_role.clouds.credentials import Credential, Credentials, of_keys
from pulumi_instance_role.clouds.port import CloudError, ErrorKind
from pulumi_instance_role.transport.redact import redact

_FAILURES = (CredentialException, TeaException, RetryError, UnretryableException, ValueError, KeyError, OSError)

# The chain writes what went wrong to the standard error, three times, with its traceback and the answer it got, which
# may hold a key. All of it comes as an error, too, and leaves here as one line.
logging.getLogger("credentials").setLevel(logging.CRITICAL + 1)


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
        provider = self._provider = self._provider or self._find_provider()
        try:
            found = provider.get_credentials()
        except _FAILURES as error:
            raise self._missing(error) from None
        return Credential(
            found.get_access_key_id(),
            found.get_access_key_secret(),
            found.get_security_token() or "",
            f"profile {place.profile}" if place.profile else f"default chain ({found.get_provider_name()})",
        )

    def _find_provider(self) -> Any:
        place = self._place
        if place.profile:
            return CLIProfileCredentialsProvider(
                profile_name=place.profile, profile_file=place.profile_file or None, allow_config_force_rewrite=False
            )
        return DefaultCredentialsProvider()

    def _missing(self, error: Exception) -> CloudError:
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
