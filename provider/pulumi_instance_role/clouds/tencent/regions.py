"""The regions of CVM (https://www.tencentcloud.com/document/product/213/6091).

A region newer than this table is refused with a word about how to use it all the same
(``instance-role:skipRegionValidation``).
"""

from __future__ import annotations

REGIONS = frozenset(
    (
        "ap-bangkok",
        "ap-beijing",
        "ap-beijing-fsi",
        "ap-chengdu",
        "ap-chongqing",
        "ap-guangzhou",
        "ap-hangzhou-ec",
        "ap-hongkong",
        "ap-jakarta",
        "ap-mumbai",
        "ap-nanjing",
        "ap-seoul",
        "ap-shanghai",
        "ap-shanghai-fsi",
        "ap-shenzhen-fsi",
        "ap-singapore",
        "ap-taipei",
        "ap-tokyo",
        "ap-zhongwei",
        "eu-frankfurt",
        "me-saudi-arabia",
        "na-ashburn",
        "na-siliconvalley",
        "na-toronto",
        "sa-saopaulo",
    )
)
