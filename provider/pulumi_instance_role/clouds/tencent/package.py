"""The provider of Tencent Cloud's own Pulumi package, ``tencentcloud_iac_pulumi``.

Its arguments are those of https://registry.terraform.io/providers/tencentcloudstack/tencentcloud/latest/docs.
"""

from __future__ import annotations

from pulumi_instance_role.clouds.package import Package, Setting
from pulumi_instance_role.clouds.tencent.settings import DOMAIN

PACKAGE = Package(
    name="tencentcloud",
    region=Setting("region", "tencentcloud:region", ("TENCENTCLOUD_REGION",)),
    profile=Setting("profile", "tencentcloud:profile", ("TENCENTCLOUD_PROFILE",)),
    assume_role=Setting("assume_role", "tencentcloud:assumeRole", structured=True),
    assume_extras=frozenset({"policy", "external_id", "source_identity", "serial_number", "token_code"}),
    sign_in=(
        Setting("secret_id", "tencentcloud:secretId", ("TENCENTCLOUD_SECRET_ID",)),
        Setting("cam_role_name", "tencentcloud:camRoleName", ("TENCENTCLOUD_CAM_ROLE_NAME",)),
        Setting("assume_role_with_saml", structured=True),
        Setting("assume_role_with_web_identity", structured=True),
        Setting("mfa_certification", structured=True),
        Setting("enable_pod_oidc", structured=True),
    ),
    beside=(
        Setting(
            "shared_credentials_dir", "tencentcloud:sharedCredentialsDir", ("TENCENTCLOUD_SHARED_CREDENTIALS_DIR",)
        ),
        Setting("allowed_account_ids", "tencentcloud:allowedAccountIds", structured=True),
        Setting("forbidden_account_ids", "tencentcloud:forbiddenAccountIds", structured=True),
    ),
    address=(
        Setting("domain", "tencentcloud:domain", ("TENCENTCLOUD_DOMAIN",), default=DOMAIN),
        Setting("protocol", "tencentcloud:protocol", ("TENCENTCLOUD_PROTOCOL",), default="HTTPS"),
    ),
)
