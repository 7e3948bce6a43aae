"""Where to call and as whom on Tencent Cloud: a resource's own settings, then the stack's, then the environment's.

The keys and variables are those of Tencent Cloud's own Pulumi package (``tencentcloud_iac_pulumi``; its settings are
those of https://registry.terraform.io/providers/tencentcloudstack/tencentcloud/latest/docs), so a stack that uses both
is set up once. One thing differs: no region is assumed where none is set. ``INSTANCE_ROLE_ENDPOINT`` sends every call
to one address, whatever else is set.

Nothing here talks to a network, and no SDK is imported.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from pulumi_instance_role.clouds.credentials import AssumedRole, Keys
from pulumi_instance_role.clouds.port import CloudError, ErrorKind, Settings
from pulumi_instance_role.clouds.settings import Endpoint, Reader, endpoint_of, first, invalid
from pulumi_instance_role.clouds.tencent.regions import REGIONS
from pulumi_instance_role.records import dataclass

CA_BUNDLE = "REQUESTS_CA_BUNDLE"
PRODUCTS = ("cvm", "cam", "sts")
DOMAIN = "tencentcloudapi.com"
SDK_FILE = Path("~/.tencentcloud/credentials")
"""Where the SDK's default chain looks before the command line's profiles."""
_SKIP_REGION = "instance-role:skipRegionValidation"
_TOKEN = ("TENCENTCLOUD_SECURITY_TOKEN", "TENCENTCLOUD_TOKEN")
_FURTHER = (
    ("sourceIdentity", "SOURCE_IDENTITY", "SourceIdentity"),
    ("serialNumber", "SERIAL_NUMBER", "SerialNumber"),
    ("tokenCode", "TOKEN_CODE", "TokenCode"),
)
"""Of a role to assume: the key, the end of the variable, and the parameter of AssumeRole."""
_OTHER_IDENTITIES = (
    ("assumeRoleWithSaml", "TENCENTCLOUD_ASSUME_ROLE_SAML_ASSERTION"),
    ("assumeRoleWithWebIdentity", "TENCENTCLOUD_ASSUME_ROLE_WEB_IDENTITY_TOKEN"),
    ("assumeRoleWithWebIdentity", "TENCENTCLOUD_ASSUME_ROLE_WEB_IDENTITY_TOKEN_FILE"),
    ("mfaCertification", "TENCENTCLOUD_MFA_CERTIFICATION_SERIAL_NUMBER"),
)
"""Ways to become somebody that are not followed here. To leave them out would be to act as somebody else."""


@dataclass(frozen=True)
class Place:
    """Everything that tells one connection from another."""

    region: str
    cvm: Endpoint
    cam: Endpoint
    sts: Endpoint
    only: str = ""  # the one address that all calls go to
    profile: str = ""
    profile_folder: str = ""
    keys: Keys | None = None  # from the stack's configuration; the environment is read when a call needs keys
    cam_role: str = ""  # of the instance that this runs on
    assumed: AssumedRole | None = None
    allowed_accounts: frozenset[str] = frozenset()  # empty: any
    forbidden_accounts: frozenset[str] = frozenset()
    ca_bundle: str = ""
    calls_per_second: float | None = None  # for operations whose rate is not published
    bind_timeout: float | None = None  # seconds
    notices: tuple[str, ...] = field(default=(), compare=False)


def resolve(settings: Settings, environment: Mapping[str, str] | None = None) -> Place:
    """The place that ``settings`` mean, with the stack's configuration in them and the environment."""
    return _Resolver(settings, os.environ if environment is None else environment).place()


def environment_keys(environment: Mapping[str, str]) -> Keys | None:
    """The key in the environment. A token belongs to it under the Pulumi package's name or the command line's."""
    key_id, secret = (environment.get(f"TENCENTCLOUD_SECRET_{half}", "") for half in ("ID", "KEY"))
    if not (key_id and secret):
        return None
    return Keys(key_id, secret, first(environment, _TOKEN), "environment (TENCENTCLOUD_SECRET_ID)")


def profile_values(folder: str, profile: str, kind: str) -> dict[str, Any]:
    """What a profile of Tencent Cloud's command line holds: its ``credential`` or its ``configure`` file.

    A file that is not there, or cannot be read, holds nothing.
    """
    path = Path(folder).expanduser() / f"{profile}.{kind}"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class _Resolver(Reader):
    cloud_name = "Tencent Cloud"
    namespace = "tencentcloud"
    bundles = (CA_BUNDLE, "SSL_CERT_FILE")

    def place(self) -> Place:
        self.refuse_other_identities()
        keys = self.stack_keys("secretId", "secretKey", "securityToken")
        profile = self.settings.profile or ("" if keys else self.config("profile"))
        if not profile and not keys and not environment_keys(self.environment):
            profile = self.variable("TENCENTCLOUD_PROFILE")
        folder = self.config("sharedCredentialsDir") or self.variable("TENCENTCLOUD_SHARED_CREDENTIALS_DIR")
        folder = folder or "~/.tccli"
        region = self.region(profile, folder)
        only = self.everywhere()
        cam_role = self.config("camRoleName") or self.variable("TENCENTCLOUD_CAM_ROLE_NAME")
        followed = profile
        if not (profile or keys or cam_role or environment_keys(self.environment) or SDK_FILE.expanduser().exists()):
            followed = "default"  # the default chain comes to it
        return Place(
            region=region,
            **(dict.fromkeys(PRODUCTS, only) if only else self.endpoints()),
            only=only.address if only else "",
            profile=profile,
            profile_folder=folder,
            keys=None if self.settings.profile else keys,
            cam_role=cam_role,
            assumed=self.assumed(profile_values(folder, followed, "credential") if followed else {}),
            allowed_accounts=self.accounts("allowedAccountIds"),
            forbidden_accounts=self.accounts("forbiddenAccountIds"),
            ca_bundle=self.ca_bundle(),
            calls_per_second=self.calls_per_second(),
            bind_timeout=self.bind_timeout(),
            notices=tuple(dict.fromkeys(self.notices)),
        )

    def region(self, profile: str, folder: str) -> str:
        region = self.settings.region or self.config("region") or self.variable("TENCENTCLOUD_REGION")
        if not region and profile:
            parameters = profile_values(folder, profile, "configure").get("_sys_param")
            region = str(parameters.get("region") or "") if isinstance(parameters, dict) else ""
        skipped = str(self.settings.config.get(_SKIP_REGION, "")).lower() == "true"
        return self.known_region(region, REGIONS, "TENCENTCLOUD_REGION", _SKIP_REGION, skipped=skipped)

    def endpoints(self) -> dict[str, Endpoint]:
        secure = self.secure(self.config("protocol") or self.variable("TENCENTCLOUD_PROTOCOL"))
        domain = self.config("domain") or self.variable("TENCENTCLOUD_DOMAIN") or DOMAIN
        source = "tencentcloud:domain" if self.config("domain") else "TENCENTCLOUD_DOMAIN"
        return {one: endpoint_of(source, f"{one}.{domain}", secure=secure) for one in PRODUCTS}

    def assumed(self, profile: Mapping[str, Any]) -> AssumedRole | None:
        """The role to assume; a profile of the command line may name one too."""
        block = self.structure("assumeRole")
        arn = (
            self.settings.assume_role_arn or block.get("roleArn") or self.variable("TENCENTCLOUD_ASSUME_ROLE_ARN") or ""
        )
        if not arn and profile.get("role-arn"):
            arn, block = str(profile["role-arn"]), {"sessionName": profile.get("role-session-name")}
        if not arn:
            return None
        if not re.fullmatch(r"qcs::cam::uin/\d+:role(Name)?/\S+", arn):
            raise invalid(
                f'assume_role_arn: "{arn}" is not a role;', "write it as qcs::cam::uin/<account>:roleName/<name>."
            )
        session = block.get("sessionName") or self.variable("TENCENTCLOUD_ASSUME_ROLE_SESSION_NAME")
        duration = block.get("sessionDuration") or self.variable("TENCENTCLOUD_ASSUME_ROLE_SESSION_DURATION")
        return AssumedRole(
            arn,
            session or AssumedRole.session,
            self.seconds(duration) if duration else None,
            str(block.get("policy") or ""),
            str(block.get("externalId") or self.variable("TENCENTCLOUD_ASSUME_ROLE_EXTERNAL_ID")),
            tuple(
                (parameter, str(value))
                for key, variable, parameter in _FURTHER
                if (value := block.get(key) or self.variable(f"TENCENTCLOUD_ASSUME_ROLE_{variable}"))
            ),
        )

    def refuse_other_identities(self) -> None:
        for key, variable in _OTHER_IDENTITIES:
            said = f"tencentcloud:{key}" if self.config(key) else variable if self.variable(variable) else ""
            if said:
                raise invalid(
                    f"{said}: this way of signing in is not followed here;",
                    "sign in beforehand and leave the keys and the token in the environment, or use assumeRole.",
                )

    def accounts(self, key: str) -> frozenset[str]:
        """A list of account ids."""
        text = self.config(key)
        try:
            found = json.loads(text) if text else []
        except ValueError:
            found = None
        found = found if isinstance(found, list) else [found]
        if not all(str(one).isdigit() for one in found):
            raise invalid(
                f"tencentcloud:{key}: must be a list of account ids;", "set it with: pulumi config set --path"
            )
        return frozenset(map(str, found))

    def seconds(self, duration: object) -> int:
        text = str(duration)
        if not text.isdigit() or not 0 < int(text) <= 43200:
            raise CloudError(
                ErrorKind.INVALID,
                f'tencentcloud:assumeRole (sessionDuration): must be 1 to 43200 seconds, not "{text}";',
                hint="correct it, or leave it out.",
            )
        return int(text)
