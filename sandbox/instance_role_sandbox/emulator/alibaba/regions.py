"""Regions and their zones: enough of the real ones for stacks to be portable. Any other region is unknown here."""

from __future__ import annotations

REGIONS: dict[str, tuple[str, ...]] = {
    "cn-qingdao": ("b", "c"),
    "cn-beijing": ("a", "c", "f", "g", "h", "i", "j", "k", "l"),
    "cn-zhangjiakou": ("a", "b", "c"),
    "cn-huhehaote": ("a", "b"),
    "cn-wulanchabu": ("a", "b", "c"),
    "cn-hangzhou": ("b", "g", "h", "i", "j", "k"),
    "cn-shanghai": ("b", "e", "f", "g", "l", "m", "n"),
    "cn-shenzhen": ("a", "c", "d", "e", "f"),
    "cn-heyuan": ("a", "b"),
    "cn-guangzhou": ("a", "b"),
    "cn-chengdu": ("a", "b"),
    "cn-hongkong": ("b", "c", "d"),
    "ap-northeast-1": ("a", "b", "c"),
    "ap-northeast-2": ("a", "b"),
    "ap-southeast-1": ("a", "b", "c"),
    "ap-southeast-3": ("a", "b"),
    "ap-southeast-5": ("a", "b", "c"),
    "ap-southeast-6": ("a",),
    "ap-southeast-7": ("a",),
    "us-east-1": ("a", "b"),
    "us-west-1": ("a", "b"),
    "eu-west-1": ("a", "b"),
    "eu-central-1": ("a", "b", "c"),
    "me-east-1": ("a",),
}
"""Region id -> the last letters of its zones."""


def zones(region: str) -> list[str]:
    """Zone ids of a region: ``cn-hangzhou-h``, and ``ap-southeast-1a`` outside China."""
    dash = "-" if region.startswith("cn-") else ""
    return [f"{region}{dash}{letter}" for letter in REGIONS.get(region, ())]
