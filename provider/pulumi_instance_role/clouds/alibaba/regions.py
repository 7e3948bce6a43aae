"""The regions of ECS and where each answers.

From https://www.alibabacloud.com/help/en/ecs/user-guide/regions-and-zones and
https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-endpoint. A region newer than this
table is refused with a word about how to use it all the same (``alicloud:skipRegionValidation``, the key that Alibaba
Cloud's own Pulumi package has for it).
"""

from __future__ import annotations

REGIONS = frozenset(
    (
        "cn-qingdao",
        "cn-beijing",
        "cn-zhangjiakou",
        "cn-huhehaote",
        "cn-wulanchabu",
        "cn-hangzhou",
        "cn-shanghai",
        "cn-nanjing",
        "cn-fuzhou",
        "cn-shenzhen",
        "cn-heyuan",
        "cn-guangzhou",
        "cn-chengdu",
        "cn-hongkong",
        "cn-wuhan-lr",
        "cn-zhengzhou-jva",
        "cn-zhongwei",
        "cn-hangzhou-finance",
        "cn-shanghai-finance-1",
        "cn-shenzhen-finance-1",
        "cn-beijing-finance-1",
        "cn-north-2-gov-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ap-south-1",
        "us-east-1",
        "us-west-1",
        "us-southeast-1",
        "na-south-1",
        "eu-west-1",
        "eu-central-1",
        "me-east-1",
        "me-central-1",
    )
)

# Regions whose ECS endpoint does not follow ecs.<region>.aliyuncs.com.
_ECS_HOSTS = {
    "cn-hangzhou": "ecs-cn-hangzhou.aliyuncs.com",
    "cn-hangzhou-finance": "ecs.aliyuncs.com",
    "cn-shanghai-finance-1": "ecs-cn-hangzhou.aliyuncs.com",
    "cn-shenzhen-finance-1": "ecs-cn-hangzhou.aliyuncs.com",
    "cn-north-2-gov-1": "ecs.aliyuncs.com",
}


def public_host(product: str, region: str) -> str:
    """The public endpoint of ``ecs``, ``ram`` or ``sts`` for a region."""
    if product == "ram":
        return "ram.aliyuncs.com"
    if product == "ecs" and region in _ECS_HOSTS:
        return _ECS_HOSTS[region]
    return f"{product}.{region}.aliyuncs.com"
