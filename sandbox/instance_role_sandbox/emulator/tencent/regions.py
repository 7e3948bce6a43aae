"""Regions and their availability zones, as far as the sandbox offers them.

https://www.tencentcloud.com/document/product/213/6091
"""

from __future__ import annotations

REGIONS: dict[str, tuple[str, int, tuple[int, ...]]] = {
    "ap-guangzhou": ("South China (Guangzhou)", 100000, (3, 4, 6, 7)),
    "ap-shanghai": ("East China (Shanghai)", 200000, (2, 4, 5, 8)),
    "ap-nanjing": ("East China (Nanjing)", 330000, (1, 2, 3)),
    "ap-beijing": ("North China (Beijing)", 800000, (3, 5, 6, 7)),
    "ap-chengdu": ("Southwest China (Chengdu)", 160000, (1, 2)),
    "ap-hongkong": ("Hong Kong, Macao and Taiwan (Hong Kong)", 300000, (2, 3)),
    "ap-singapore": ("Southeast Asia (Singapore)", 900000, (1, 2, 3, 4)),
    "ap-tokyo": ("Northeast Asia (Tokyo)", 250000, (1, 2)),
    "na-siliconvalley": ("Western US (Silicon Valley)", 150000, (1, 2)),
    "na-ashburn": ("Eastern US (Virginia)", 220000, (1, 2)),
    "eu-frankfurt": ("Europe (Frankfurt)", 170000, (1, 2)),
}
"""Region -> its name, the number its zones' ids count from, the numbers of its zones."""


def zones_of(region: str) -> tuple[str, ...]:
    """The zones of a region: ``ap-guangzhou-3``, ..."""
    return tuple(f"{region}-{number}" for number in REGIONS[region][2])


def zone_rows(region: str) -> list[dict[str, str]]:
    """The zones of a region as the products ``cvm`` and ``api`` list them."""
    name, base, numbers = REGIONS[region]
    return [
        {
            "Zone": f"{region}-{number}",
            "ZoneName": f"{name} zone {number}",
            "ZoneId": str(base + number),
            "ZoneState": "AVAILABLE",
        }
        for number in numbers
    ]
