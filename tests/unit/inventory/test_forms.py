"""The inventory for people: it fits when piped, and names and ids stay whole."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.clouds.port import AccessKey, Attachment, Instance, Lifecycle, Role
from pulumi_instance_role.inventory.model import Found, KeyFound, RoleFound, Unread
from pulumi_instance_role.inventory.terminal import text
from pulumi_instance_role.lines import PIPED
from tests.unit.inventory.build import judged
from tests.unit.test_lines import unfit

NAMES = st.text("abcXYZ0-", min_size=1, max_size=64)


@settings(deadline=None)
@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=8), max_size=4), st.integers(0, 40), NAMES, st.text(max_size=90))
def test_every_line_fits_when_piped(policies: dict[str, list[str]], many: int, user: str, why: str) -> None:
    by_name = {name.lower(): name for name in policies}
    names = list(by_name.values())
    held: list[str | None] = [*names, None]
    instances = tuple(
        Instance(f"i-bp1{at:017}", f"web-{at}", "cn-hangzhou", "vpc-1", Lifecycle.RUNNING, held[at % len(held)])
        for at in range(many)
    )
    roles = {
        low: RoleFound(
            Role(name, "", "", "1", ""), tuple(Attachment(name, one, "Custom") for one in policies[name]), True
        )
        for low, name in by_name.items()
    }
    keys = (KeyFound(AccessKey("LTAI5t" + "x" * 18, user, True), None),)
    found = Found(
        "alibaba", "1" * 16, None, ("cn-hangzhou",), instances, roles, {}, keys, (Unread("keys", "users", why),)
    )
    lines = text(judged(found)).splitlines()
    assert unfit(lines, PIPED) == []
    shown = {word.strip(",:") for line in lines for word in line.split()}
    assert set(names) | {one for name in names for one in policies[name]} <= shown
