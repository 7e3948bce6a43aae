"""The provider of Alibaba Cloud's own Pulumi package, ``pulumi_alicloud``.

https://www.pulumi.com/registry/packages/alicloud/api-docs/provider/
"""

from __future__ import annotations

from pulumi_instance_role.clouds.alibaba.settings import KEY_ID, REGION
from pulumi_instance_role.clouds.package import Package, Setting

PACKAGE = Package(
    name="alicloud",
    region=Setting("region", "alicloud:region", REGION),
    profile=Setting("profile", "alicloud:profile", ("ALICLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE")),
    assume_role=Setting("assume_role", "alicloud:assumeRole", structured=True),
    assume_extras=frozenset({"policy", "external_id"}),
    sign_in=(
        Setting("access_key", "alicloud:accessKey", KEY_ID),
        Setting("ecs_role_name", variables=("ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA")),
        Setting("credentials_uri", variables=("ALIBABA_CLOUD_CREDENTIALS_URI",)),
        Setting("assume_role_with_oidc", structured=True),
    ),
    beside=(
        Setting("shared_credentials_file", "alicloud:sharedCredentialsFile", ("ALICLOUD_SHARED_CREDENTIALS_FILE",)),
    ),
    address=(
        Setting("endpoints", "alicloud:endpoints", structured=True),
        Setting("protocol", "alicloud:protocol", default="HTTPS"),
    ),
)
