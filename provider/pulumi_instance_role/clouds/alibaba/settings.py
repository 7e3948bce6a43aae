"""Where to call and as whom: a resource's own settings, then the stack's, then the environment's.

The keys and variables are those of Alibaba Cloud's own Pulumi package
(https://www.pulumi.com/registry/packages/alicloud/installation-configuration/), so a stack that uses both is set up
once. ``INSTANCE_ROLE_ENDPOINT`` sends every call to one address, whatever else is set.

Nothing here talks to a network, and no SDK is imported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from pulumi_instance_role.clouds.alibaba import profiles
from pulumi_instance_role.clouds.alibaba.regions import REGIONS, public_host
from pulumi_instance_role.clouds.credentials import AssumedRole, Keys
from pulumi_instance_role.clouds.port import Settings
from pulumi_instance_role.clouds.settings import Endpoint, Reader, endpoint_of, first, invalid
from pulumi_instance_role.records import dataclass

CA_BUNDLE = "ALIBABA_CLOUD_CA_BUNDLE"
PRODUCTS = ("ecs", "ram", "sts")
REGION = ("ALICLOUD_REGION", "ALIBABA_CLOUD_REGION", "ALIBABA_CLOUD_REGION_ID")
KEY_ID = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY")
_SECRET = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY")
_TOKEN = ("ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_SECURITY_TOKEN")


@dataclass(frozen=True)
class Place:
    """Everything that tells one connection from another."""

    region: str
    ecs: Endpoint
    ram: Endpoint
    sts: Endpoint
    only: str = ""  # the one address that all calls go to
    profile: str = ""
    profile_file: str = ""
    keys: Keys | None = None  # from the stack's configuration; the environment is read when a call needs keys
    assumed: AssumedRole | None = None
    ca_bundle: str = ""
    calls_per_second: float | None = None  # for operations whose rate is not published
    bind_timeout: float | None = None  # seconds
    notices: tuple[str, ...] = field(default=(), compare=False)


def resolve(settings: Settings, environment: Mapping[str, str] | None = None) -> Place:
    """The place that ``settings`` mean, with the stack's configuration in them and the environment."""
    return _Resolver(settings, os.environ if environment is None else environment).place()


def environment_keys(environment: Mapping[str, str]) -> Keys | None:
    """The access key in the environment, under the names of the SDKs, then under those of the Pulumi package."""
    for id_name, secret_name in zip(KEY_ID, _SECRET, strict=True):
        # The package mixes its two generations of names, so any secret goes with any key id.
        key_id = environment.get(id_name, "")
        secret = environment.get(secret_name, "") or first(environment, _SECRET)
        if key_id and secret:
            return Keys(key_id, secret, first(environment, _TOKEN), f"environment ({id_name})")
    return None


class _Resolver(Reader):
    cloud_name = "Alibaba Cloud"
    namespace = "alicloud"
    bundles = (CA_BUNDLE, "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")

    def place(self) -> Place:
        keys = self.keys()
        profile = self.settings.profile or ("" if keys else self.config("profile"))
        if not profile and not keys and not environment_keys(self.environment):
            profile = self.variable("ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE")
        file = self.config("sharedCredentialsFile") or self.environment.get("ALICLOUD_SHARED_CREDENTIALS_FILE", "")
        file = str(Path(file).expanduser()) if file else ""
        region = self.region(profile, file)
        only = self.everywhere()
        named = profiles.profile(profile, file) if profile else None
        return Place(
            region=region,
            **{product: only or self.endpoint(product, region, named or {}) for product in PRODUCTS},
            only=only.address if only else "",
            profile=profile,
            profile_file=file,
            keys=None if self.settings.profile else keys,
            assumed=self.assumed(),
            ca_bundle=self.ca_bundle(),
            calls_per_second=self.calls_per_second(),
            bind_timeout=self.bind_timeout(),
            notices=tuple(dict.fromkeys(self.notices)),
        )

    def region(self, profile: str, file: str) -> str:
        region = (
            self.settings.region
            or self.config("region")
            or self.variable(*REGION)
            or str((profiles.profile(profile, file) or {}).get("region_id") or "" if profile else "")
        )
        return self.known_region(
            region,
            REGIONS,
            "ALICLOUD_REGION",
            "alicloud:skipRegionValidation",
            skipped=self.config("skipRegionValidation").lower() == "true",
        )

    def endpoint(self, product: str, region: str, profile: Mapping[str, Any]) -> Endpoint:
        secure = self.secure(self.config("protocol"))
        sources = {
            f"alicloud:endpoints ({product})": str(self.structure("endpoints").get(product) or ""),
            f"ALIBABA_CLOUD_ENDPOINT_{product.upper()}": "",
            f"{product.upper()}_ENDPOINT": "",
        }
        for name, value in sources.items():
            address = value or self.environment.get(name, "")
            if address:
                return endpoint_of(name, address, secure=secure)
        host = public_host(product, region)
        if product == "sts" and profile.get("sts_region"):
            host = f"sts{'-vpc' if profile.get('enable_vpc') else ''}.{profile['sts_region']}.aliyuncs.com"
        return endpoint_of("alicloud:protocol", host, secure=secure)

    def keys(self) -> Keys | None:
        return self.stack_keys("accessKey", "secretKey", "securityToken")

    def assumed(self) -> AssumedRole | None:
        block = self.structure("assumeRole")
        arn = (
            self.settings.assume_role_arn
            or block.get("roleArn")
            or self.environment.get("ALICLOUD_ASSUME_ROLE_ARN", "")
        )
        if not arn and not self.environment.get("ALIBABA_CLOUD_OIDC_TOKEN_FILE"):
            # With a token file the same variable names the role of the OIDC step of the default chain.
            arn = self.environment.get("ALIBABA_CLOUD_ROLE_ARN", "")
        if not arn:
            return None
        if not re.fullmatch(r"acs:ram::\d*:role/\S+", arn):
            raise invalid(f'assume_role_arn: "{arn}" is not a role;', "write it as acs:ram::<account id>:role/<name>.")
        session = block.get("sessionName") or self.variable(
            "ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME"
        )
        duration = block.get("sessionExpiration")
        return AssumedRole(
            arn,
            session or AssumedRole.session,
            int(duration) if duration else None,
            str(block.get("policy") or ""),
            str(block.get("externalId") or ""),
        )
