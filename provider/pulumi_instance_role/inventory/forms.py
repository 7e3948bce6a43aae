"""An inventory as JSON (docs/inventory.schema.json), as CSV (an instance a line), and as SARIF (the findings alone)."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import Any

from pulumi_instance_role.clouds.port import Instance
from pulumi_instance_role.inventory import words
from pulumi_instance_role.inventory.audit import Audit, scope
from pulumi_instance_role.inventory.model import Found, RoleFound, figures
from pulumi_instance_role.inventory.rules import COMMAND, RULES
from pulumi_instance_role.review import encode
from pulumi_instance_role.review.declared import role_key
from pulumi_instance_role.review.forms import sarif

VERSION = 1
"""Of the JSON form: raised where a reader of an older one would be misled."""


def as_json(audit: Audit) -> str:
    """The whole inventory as one JSON document."""
    return json.dumps(plain(audit), indent=2, ensure_ascii=False)


def plain(audit: Audit) -> dict[str, Any]:
    """The whole inventory as plain values."""
    return {
        "version": VERSION,
        "figures": asdict(figures(audit.found)),
        "accounts": [_account(audit, one) for one in audit.found],
        "verdict": audit.review.verdict,
        "findings": encode.plain(audit.review.findings),
        "baseline": encode.plain(audit.review.baseline),
        "guardrails": encode.plain(audit.review.guardrails),
    }


def as_csv(audit: Audit) -> str:
    """An instance a line, for a spreadsheet."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("cloud", "account", "region", "instance", "name", "vpc", "role", "may", "policies", "stack"))
    for one in audit.found:
        for each in one.instances:
            line = (one.cloud, one.account_id, each.region, each.instance_id, each.name, each.vpc_id or "")
            rows.writerow([_cell(value) for value in (*line, _held(one, each), *_told(audit, one, each))])
    return out.getvalue()


def as_sarif(audit: Audit) -> str:
    """The findings as a SARIF log."""
    about = "/".join(scope(one) for one in audit.found)
    lines = [line for one in audit.found for line in words.figures(one)]
    about = f"instance-role-inventory/{about}/"
    return sarif.text(sarif.log(audit.review, RULES, command=COMMAND, about=about, figures=lines))


def _told(audit: Audit, account: Found, one: Instance) -> tuple[str, str, str]:
    """What an instance may do by its role, the policies of that, and whose it is."""
    if not one.role:
        told = words.NOT_KNOWN if one.region in account.blind_regions else ""
        return told, told, told
    role, may = account.role_of(one), audit.may(account, one.role)
    return "; ".join(may.lines) if may else words.NOT_KNOWN, words.policies(role), words.stack(role)


def _account(audit: Audit, one: Found) -> dict[str, Any]:
    holders = {name.lower(): len(instances) for name, instances in one.holders().items()}
    return {
        "cloud": one.cloud,
        "account": one.account_id,
        "profile": one.profile,
        "same_account": list(one.also),
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
                "instances": holders.get(name, 0),
                "stack": words.stack(each) if each.owner else None,
                **_may(audit, one, each),
            }
            for name, each in one.roles.items()
        ],
        "keys": None
        if one.keys is None
        else [
            {"id": each.shown, "user": each.key.user, "active": each.key.active, "last_used": each.last_used}
            for each in one.keys
        ],
        "unread": [asdict(each) for each in one.unread],
    }


def _may(audit: Audit, account: Found, role: RoleFound) -> dict[str, Any]:
    """What a role allows and who may assume it; ``None`` where nobody looked, since no instance may hold it."""
    seen, may = audit.roles.get(role_key(scope(account), role.role.name)), audit.may(account, role.role.name)
    side = seen.after if seen else None
    return {
        "may": encode.plain(may.size) if may else None,
        "not_known": list(may.unread) if may else None,
        "permissions": encode.plain(seen.gained) if seen else None,
        "trust": encode.plain(side.trust) if side else None,
    }


def _held(one: Found, each: Instance) -> str:
    return each.role or (words.NOT_KNOWN if each.region in one.blind_regions else "")


_FORMULA = frozenset("=+-@\t\r＝＋－＠")  # noqa: RUF001 - the wide ones begin a formula in some spreadsheets
"""What a formula begins with."""


def _cell(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in _FORMULA else value
