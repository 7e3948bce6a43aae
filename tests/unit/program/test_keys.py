"""Settings that nothing reads: each is told with what may be meant, and the known ones are those of the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pulumi_instance_role
from pulumi_instance_role.program.keys import KEYS, unread

PACKAGE = Path(pulumi_instance_role.__file__).parent
ROOT = PACKAGE.parents[1]
MARKS = {"project", "stack", "resource", "organization"}
"""What tags of this namespace are named, which are no settings."""

UNREAD = [
    ("preflght", "is instance-role:preflight meant?"),
    ("Cloud", "is instance-role:cloud meant?"),
    ("calls_per_second", "is instance-role:callsPerSecond meant?"),
    ("timeout", "is instance-role:bindTimeout meant?"),
    ("skipRegion", "is instance-role:skipRegionValidation meant?"),
    ("region", "is alicloud:region or tencentcloud:region meant?"),
    ("secretId", "is tencentcloud:secretId meant?"),
    ("log", f"known ones are {', '.join(KEYS)}; take it out"),
]


@pytest.mark.parametrize(("key", "words"), UNREAD)
def test_a_setting_that_nothing_reads_is_told_with_what_may_be_meant(key: str, words: str) -> None:
    config = {f"instance-role:{key}": "off", "shop:preflght": "", "alicloud:colour": "", "instance-role:preflight": ""}
    assert list(unread(config, "shop")) == [f"no resource reads the setting instance-role:{key}; {words}"]


def test_a_project_of_the_same_name_has_settings_of_its_own() -> None:
    config = [f"instance-role:{key}" for key, _ in UNREAD]
    told = [line.rpartition("setting instance-role:")[2].partition(";")[0] for line in unread(config, "instance-role")]
    assert told == ["Cloud", "calls_per_second", "preflght", "skipRegion", "timeout"]


def test_no_setting_that_is_read_is_told() -> None:
    assert list(unread([f"instance-role:{key}" for key in KEYS], "shop")) == []


@pytest.mark.parametrize("page", ["docs/settings.md", "docs/zh/settings.md"])
def test_the_known_settings_are_those_of_the_page(page: str) -> None:
    assert set(re.findall(r"instance-role:(\w+)", (ROOT / page).read_text("utf-8"))) == {*KEYS}


def test_the_known_settings_are_those_that_the_code_reads() -> None:
    """However they are read: by their whole name, or by the SDK from this namespace."""
    code = "".join(one.read_text("utf-8") for one in [*PACKAGE.rglob("*.py"), ROOT / "__main__.py"])
    whole = set(re.findall(r'"instance-role:(\w+)"', code)) - MARKS
    inside = set(re.findall(r'Config\((?:"instance-role"|PACKAGE)\)\s*\.\w+\("(\w+)"\)', code))
    assert inside and whole | inside == {*KEYS}
