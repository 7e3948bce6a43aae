"""An inventory as JSON (docs/inventory.schema.json), as CSV (an instance a line), and for the terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from pulumi_instance_role.clouds.port import Instance
from pulumi_instance_role.inventory.model import Found, RoleFound, figures
from pulumi_instance_role.lines import PIPED, fitted, table
from pulumi_instance_role.plan.faults import some

VERSION = 1
"""Of the JSON form: raised where a reader of an older one would be misled."""

_NAMED = 3
"""Instances that a line names."""


def as_json(found: Sequence[Found]) -> str:
    """The whole inventory as one JSON document."""
    return json.dumps(plain(found), indent=2, ensure_ascii=False)


def plain(found: Sequence[Found]) -> dict[str, Any]:
    """The whole inventory as plain values."""
    return {"version": VERSION, "figures": asdict(figures(found)), "accounts": [_account(one) for one in found]}


def as_csv(found: Sequence[Found]) -> str:
    """An instance a line, for a spreadsheet."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("cloud", "account", "region", "instance", "name", "vpc", "role", "policies", "stack"))
    for one in found:
        for each in one.instances:
            role = one.role_of(each)
            line = (one.cloud, one.account_id, each.region, each.instance_id, each.name, each.vpc_id or "")
            told = (_held(one, each), *((_policies(role), _stack(role)) if each.role else ("", "")))
            rows.writerow([_cell(value) for value in (*line, *told)])
    return out.getvalue()


def for_terminal(found: Sequence[Found], width: int = PIPED) -> Group:
    """Figures first, then roles with their instances, what nobody holds, keys, and what could not be read.

    Print it with ``soft_wrap``: it is fitted to ``width``, but for words that are wider.
    """
    parts: list[RenderableType] = []
    for one in found:
        parts.append(Text(_title(one), style="bold"))
        parts += [Text(line) for told in _figures(one) for line in fitted(told, width)]
        parts += map(Text, _roles(one, width))
        if one.keys:
            parts += map(Text, _keys(one, width))
        if one.unread:
            parts.append(Text(f"Not read ({len(one.unread)}):", style="yellow"))
            parts += [Text(line) for each in one.unread for line in fitted(f"{each.what}: {each.why}", width, 2, 2)]
    return Group(*parts)


def text(found: Sequence[Found]) -> str:
    """The terminal's form without a terminal: no colours, 80 columns."""
    out = io.StringIO()
    Console(file=out, no_color=True, highlight=False).print(for_terminal(found), soft_wrap=True)
    return out.getvalue().rstrip()


def _account(one: Found) -> dict[str, Any]:
    return {
        "cloud": one.cloud,
        "account": one.account_id,
        "profile": one.profile,
        "regions": list(one.regions),
        "instances": [
            {
                "id": each.instance_id,
                "name": each.name,
                "region": each.region,
                "vpc": each.vpc_id,
                "role": each.role,
                "role_known": each.region not in one.blind_regions,
                "tags": dict(each.tags),
            }
            for each in one.instances
        ],
        "roles": [
            {
                "name": each.role.name,
                "id": each.role.role_id,
                "trusts_instances": each.trusts,
                "policies": None
                if each.policies is None
                else [{"type": p.policy_type, "name": p.policy} for p in each.policies],
                "instances": len(one.holders().get(each.role.name, ())),
                "stack": _stack(each) if each.owner else None,
            }
            for each in one.roles.values()
        ],
        "keys": None
        if one.keys is None
        else [
            {"id": each.shown, "user": each.key.user, "active": each.key.active, "last_used": each.last_used}
            for each in one.keys
        ],
        "unread": [asdict(each) for each in one.unread],
    }


def _title(one: Found) -> str:
    profile = f", profile {one.profile}" if one.profile else ""
    return f"{one.cloud}, account {one.account_id}{profile}, {_count(len(one.regions), 'region')}"


def _figures(one: Found) -> Iterable[str]:
    counted = figures([one])
    yield (
        f"{_count(counted.instances, 'instance')}: {counted.with_role} hold a role, {counted.without_role} hold none"
        + (" (not read everywhere)" if one.blind_regions else "")
    )
    idle = f", {counted.roles_idle} that instances may hold and nobody does" if one.roles_known else ""
    yield f"{_count(counted.roles_held, 'role')} held{idle or '; the list of roles was not read'}"
    if one.keys is not None:
        active = sum(1 for key in one.keys if key.key.active)
        yield f"{_count(len(one.keys), 'AccessKey')} read, {active} active, {counted.keys_idle} never used"
    without = one.without_role()
    if without:
        yield f"Without a role: {some([each.instance_id for each in without], _NAMED)}"


def _roles(one: Found, width: int) -> Iterable[str]:
    held = {name.lower(): instances for name, instances in one.holders().items()}
    rows = []
    for name in sorted({*held, *(role.role.name.lower() for role in one.idle_roles())}):
        role = one.roles.get(name)
        shown = role.role.name if role else held[name][0].role or name
        rows.append((shown, str(len(held.get(name, ()))), _policies(role), _stack(role)))
    return table(("role", "instances", "policies", "stack"), rows, width)


def _keys(one: Found, width: int) -> Iterable[str]:
    rows = []
    for each in one.keys or ():
        used = {"": "never", None: "not known"}.get(each.last_used, each.last_used)
        state = "active" if each.key.active else "disabled"
        rows.append((each.shown, each.key.user or "(the account)", state, used or ""))
    return table(("key", "user", "state", "last used"), rows, width)


def _held(one: Found, each: Instance) -> str:
    return each.role or ("not known" if each.region in one.blind_regions else "")


def _policies(role: RoleFound | None) -> str:
    if role is None or role.policies is None:
        return "not known"
    return ", ".join(sorted(one.policy for one in role.policies)) or "none"


def _stack(role: RoleFound | None) -> str:
    """The stack that made a role, by its tags; what nobody marked is no stack's of this project."""
    if role is None:
        return "not known"
    return f"{role.owner.project}/{role.owner.stack}" if role.owner else "none"


def _cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _count(number: int, one: str) -> str:
    return f"{number} {one}{'' if number == 1 else 's'}"
