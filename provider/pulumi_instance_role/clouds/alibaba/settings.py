"""Where to call and as whom: a noun's own settings, then the stack's, then the environment's.

The keys and variables are those of Alibaba Cloud's own Pulumi package
(https://www.pulumi.com/registry/packages/alicloud/installation-configuration/), so a stack that uses both is set up
once. ``INSTANCE_ROLE_ENDPOINT`` sends every call to one address, whatever else is set.

Nothing here talks to a network, and no SDK is imported.
"""

from __future__ import annotations

import difflib
import ipaddress
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pulumi_instance_role.clouds.alibaba.regions import REGIONS, public_host
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Settings

PRODUCTS = ("ecs", "ram", "sts")
ENDPOINT = "INSTANCE_ROLE_ENDPOINT"
_REGION = ("ALICLOUD_REGION", "ALIBABA_CLOUD_REGION", "ALIBABA_CLOUD_REGION_ID")
_KEY_ID = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY")
_SECRET = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALICLOUD_ACCESS_KEY_SECRET", "ALICLOUD_SECRET_KEY")
_TOKEN = ("ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_SECURITY_TOKEN")
_BUNDLES = ("ALIBABA_CLOUD_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
_RATE = "instance-role:callsPerSecond"


@dataclass(frozen=True)
class Endpoint:
    """An address: ``host`` or ``host:port``, and whether it is spoken to with TLS."""

    address: str
    secure: bool = True

    def __str__(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.address}"


@dataclass(frozen=True)
class Keys:
    """An access key that stands in the stack's configuration or the environment."""

    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    source: str = ""  # shown in place of the values


@dataclass(frozen=True)
class AssumedRole:
    """A role to assume on top of the credentials found. ``duration`` in seconds."""

    arn: str
    session: str = "pulumi-instance-role"
    duration: int | None = None
    policy: str = ""
    external_id: str = ""


@dataclass(frozen=True)
class Place:
    """Everything that tells one connection from another."""

    region: str
    ecs: Endpoint
    ram: Endpoint
    sts: Endpoint
    profile: str = ""
    profile_file: str = ""
    keys: Keys | None = None  # from the stack's configuration; the environment is read when a call needs keys
    assumed: AssumedRole | None = None
    ca_bundle: str = ""
    calls_per_second: float | None = None  # for operations whose rate is not published
    notices: tuple[str, ...] = field(default=(), compare=False)


def resolve(settings: Settings, environment: Mapping[str, str] | None = None) -> Place:
    """The place that ``settings`` mean, with the stack's configuration in them and the environment."""
    return _Resolver(settings, os.environ if environment is None else environment).place()


def environment_keys(environment: Mapping[str, str]) -> Keys | None:
    """The access key in the environment, under the names of the SDKs, then under those of the Pulumi package."""
    for id_name, secret_name in zip(_KEY_ID, _SECRET, strict=True):
        # The package mixes its two generations of names, so any secret goes with any key id.
        key_id = environment.get(id_name, "")
        secret = environment.get(secret_name, "") or _first(environment, _SECRET)
        if key_id and secret:
            return Keys(key_id, secret, _first(environment, _TOKEN), f"environment ({id_name})")
    return None


def _first(environment: Mapping[str, str], names: Sequence[str]) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")


def _invalid(message: str, hint: str) -> CloudError:
    return CloudError(ErrorKind.INVALID, message, hint=hint)


class _Resolver:
    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self.settings = settings
        self.environment = environment
        self.notices: list[str] = []

    def config(self, key: str) -> str:
        value = self.settings.config.get(f"alicloud:{key}")
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)

    def structure(self, key: str) -> dict[str, Any]:
        """A structured setting: one object, or a list of objects that are read as one."""
        text = self.config(key)
        if not text:
            return {}
        try:
            value = json.loads(text)
        except ValueError:
            raise _invalid(f"alicloud:{key}: not JSON;", "set it with: pulumi config set --path") from None
        merged: dict[str, Any] = {}
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, dict):
                raise _invalid(f"alicloud:{key}: must be an object;", "set it with: pulumi config set --path")
            merged.update(part)
        return merged

    def place(self) -> Place:
        keys = self.keys()
        profile = self.settings.profile or ("" if keys else self.config("profile"))
        if not profile and not keys and not environment_keys(self.environment):
            profile = _first(self.environment, ("ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE"))
        file = self.config("sharedCredentialsFile") or self.environment.get("ALICLOUD_SHARED_CREDENTIALS_FILE", "")
        file = str(Path(file).expanduser()) if file else ""
        region = self.region(profile, file)
        return Place(
            region=region,
            **{product: self.endpoint(product, region) for product in PRODUCTS},
            profile=profile,
            profile_file=file,
            keys=None if self.settings.profile else keys,
            assumed=self.assumed(),
            ca_bundle=self.ca_bundle(),
            calls_per_second=self.calls_per_second(),
            notices=tuple(dict.fromkeys(self.notices)),
        )

    def region(self, profile: str, file: str) -> str:
        region = (
            self.settings.region
            or self.config("region")
            or _first(self.environment, _REGION)
            or (_profile_region(profile, file) if profile else "")
        )
        if not region:
            raise _invalid(
                "region: not set;", "give region=, run: pulumi config set alicloud:region, or set ALICLOUD_REGION."
            )
        if region not in REGIONS and self.config("skipRegionValidation").lower() != "true":
            near = difflib.get_close_matches(region, sorted(REGIONS), 1)
            meant = f'is "{near[0]}" meant?' if near else "known ones are such as cn-hangzhou and ap-southeast-1."
            raise _invalid(
                f'region: "{region}" is not a region of Alibaba Cloud;',
                f"{meant} For a region newer than this program: pulumi config set alicloud:skipRegionValidation true",
            )
        if not re.fullmatch(r"[A-Za-z0-9-]+", region):
            raise _invalid(f'region: "{region}" cannot be a region;', "use letters, digits and dashes.")
        return region

    def endpoint(self, product: str, region: str) -> Endpoint:
        everything = self.environment.get(ENDPOINT, "")
        if everything:
            self.notices.append(f"every call goes to {everything} ({ENDPOINT})")
            return _endpoint(ENDPOINT, everything, secure=True, scheme_needed=True)
        protocol = self.config("protocol") or "HTTPS"
        if protocol.upper() not in ("HTTP", "HTTPS"):
            raise _invalid(f'alicloud:protocol: must be HTTP or HTTPS, not "{protocol}";', "correct it.")
        secure = protocol.upper() == "HTTPS"
        sources = {
            f"alicloud:endpoints ({product})": str(self.structure("endpoints").get(product) or ""),
            f"ALIBABA_CLOUD_ENDPOINT_{product.upper()}": "",
            f"{product.upper()}_ENDPOINT": "",
        }
        for name, value in sources.items():
            address = value or self.environment.get(name, "")
            if address:
                return _endpoint(name, address, secure=secure)
        return _endpoint("alicloud:protocol", public_host(product, region), secure=secure)

    def keys(self) -> Keys | None:
        key_id, secret = self.config("accessKey"), self.config("secretKey")
        if not key_id and not secret:
            return None
        if not (key_id and secret):
            missing = "secretKey" if key_id else "accessKey"
            raise CloudError(
                ErrorKind.CREDENTIALS,
                f"alicloud:{missing}: not set, while its other half is;",
                hint="set both, or better neither: use the environment or a profile.",
            )
        self.notices.append(
            "alicloud:accessKey and alicloud:secretKey are used; they also lie, encrypted, in the stack's state. "
            "The environment, a profile or an instance role keeps them out of it"
        )
        return Keys(key_id, secret, self.config("securityToken"), "stack configuration (alicloud:accessKey)")

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
            raise _invalid(f'assume_role_arn: "{arn}" is not a role;', "write it as acs:ram::<account id>:role/<name>.")
        session = block.get("sessionName") or _first(
            self.environment, ("ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALIBABA_CLOUD_ROLE_SESSION_NAME")
        )
        duration = block.get("sessionExpiration")
        return AssumedRole(
            arn,
            session or AssumedRole.session,
            int(duration) if duration else None,
            str(block.get("policy") or ""),
            str(block.get("externalId") or ""),
        )

    def ca_bundle(self) -> str:
        for name in _BUNDLES:
            bundle = self.environment.get(name, "")
            if bundle:
                if not Path(bundle).exists():
                    raise _invalid(
                        f"{name}: there is no file {bundle};", "name a file of CA certificates, or unset it."
                    )
                return bundle
        return ""

    def calls_per_second(self) -> float | None:
        text = self.settings.config.get(_RATE) or self.environment.get("INSTANCE_ROLE_CALLS_PER_SECOND", "")
        if not text:
            return None
        try:
            rate = float(text)
        except ValueError:
            rate = 0.0
        if not 0 < rate < 10_000:
            raise _invalid(f'{_RATE}: must be a number above 0, not "{text}";', "correct it, or leave it out.")
        return rate


def _endpoint(source: str, text: str, *, secure: bool, scheme_needed: bool = False) -> Endpoint:
    has_scheme = "://" in text
    parts = urlsplit(text if has_scheme else f"//{text}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    wrong_scheme = parts.scheme not in ("http", "https") if has_scheme else scheme_needed
    if wrong_scheme or not parts.hostname or port == -1 or parts.path not in ("", "/") or parts.query or "@" in text:
        form = "http(s)://host:port" if scheme_needed else "host or host:port"
        raise _invalid(f'{source}: "{text}" is not an address;', f"write it as {form}.")
    if has_scheme:
        secure = parts.scheme == "https"
    if not secure and not _is_loopback(parts.hostname):
        raise _invalid(
            f"{source}: plain http to {parts.hostname} would show requests and tokens to the network;",
            "use https, or an address on this machine.",
        )
    return Endpoint(parts.netloc, secure)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _profile_region(profile: str, file: str) -> str:
    """The region that a profile of Alibaba Cloud's command line names; a file that cannot be read names none."""
    path = Path(file) if file else Path.home() / ".aliyun" / "config.json"
    try:
        profiles = json.loads(path.read_text(encoding="utf-8")).get("profiles") or []
        return next((str(one.get("region_id") or "") for one in profiles if one.get("name") == profile), "")
    except (OSError, ValueError, AttributeError):
        return ""
