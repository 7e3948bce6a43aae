"""How long a review takes, and how that grows: previews of N resources with five statements in each.

Made up, but shaped as real ones are: for every twenty resources two roles, six policies, six attachments, five
instances and a binding. A third of the policies change.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pulumi_instance_role.review.forms import FORMS, form
from pulumi_instance_role.review.judge import failing_rules, judge
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import read

SIZES = (500, 1000, 2000)
_OURS = "pulumi-python:dynamic/instance-role"
_TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["ecs.aliyuncs.com"]}},
        ],
    }
)


@dataclass(frozen=True)
class Row:
    """One size. Seconds of the processor for reading, picture (with its differences), rules, and each form."""

    resources: int
    statements: int
    read: float
    picture: float
    judge: float
    forms: dict[str, float]

    @property
    def total(self) -> float:
        """From text to the terminal's form."""
        return self.read + self.picture + self.judge + self.forms["terminal"]

    def data(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "total": self.total}


def run(sizes: Sequence[int], say: Callable[[str], None]) -> Iterator[Row]:
    """A row for each number of resources."""
    for size in sizes:
        text, statements = preview(size)
        say(f"review of {size} resources, {statements} statements, {len(text) / 1e6:.1f} MB ...")
        began = time.process_time()
        found = read(text)
        parsed = time.process_time()
        picture = Picture(found).review()
        drawn = time.process_time()
        review = judge(picture, found, fail_on=failing_rules(["high"]), today=date(2026, 1, 1))
        judged = time.process_time()
        forms = {}
        for name in sorted(FORMS):
            start = time.process_time()
            form(name)(review)
            forms[name] = time.process_time() - start
        yield Row(size, statements, parsed - began, drawn - parsed, judged - drawn, forms)


def preview(size: int) -> tuple[str, int]:
    """A preview of ``size`` resources, and how many statements there are in its policies, each side counted once."""
    steps: list[dict[str, Any]] = []
    statements = 0
    group = 0
    while len(steps) < size:
        roles = [f"role-{group}-{number}" for number in range(2)]
        steps += [_step("same", "InstanceRole", one, {"name": one, "trust_policy": _TRUST}) for one in roles]
        for number in range(6):
            name = f"policy-{group}-{number}"
            changes = number % 3 == 0
            old, new = _document(group, number, 0), _document(group, number, int(changes))
            statements += 17
            op = "update" if changes else "same"
            steps.append(
                _step(op, "RolePolicy", name, {"name": name, "document": new}, {"name": name, "document": old})
            )
            tie = {"role": roles[number % 2], "policy": name, "policy_type": "Custom"}
            steps.append(_step("same", "RolePolicyAttachment", name, tie))
        ids = [f"i-{group:06d}{number}" for number in range(5)]
        for one in ids:
            machine = {"instanceName": one}
            steps.append(_step("same", "", one, machine, kind="alicloud:ecs/instance:Instance", id_=one))
        bound = {"role": roles[0], "instance_ids": ids, "region": "cn-hangzhou", "roles": dict.fromkeys(ids, roles[0])}
        steps.append(_step("same", "InstanceRoleBinding", f"binding-{group}", bound))
        group += 1
    return json.dumps({"steps": steps[:size]}), statements


def _step(
    op: str,
    declared: str,
    name: str,
    new: dict[str, Any],
    old: dict[str, Any] | None = None,
    *,
    kind: str = "",
    id_: str | None = None,
) -> dict[str, Any]:
    kind = kind or f"{_OURS}:{declared}"
    more = {} if id_ else {"cloud": "alibaba"}
    sides = ({**(old or new), **more}, {**new, **more})
    states = [{"id": id_ or name, "inputs": side, "outputs": side} for side in sides]
    return {"op": op, "urn": f"urn:pulumi:bench::shop::{kind}::{name}", "oldState": states[0], "newState": states[1]}


def _document(group: int, number: int, turn: int) -> str:
    services = ("oss", "ecs", "rds", "log", "kms", "vpc", "mns", "ots")
    listed = []
    for index in range(17):
        service = services[(group + number + index) % len(services)]
        listed.append(
            {
                "Effect": "Deny" if index == 16 else "Allow",
                "Action": [f"{service}:Get*", f"{service}:List{index}*", f"{service}:Put{index + turn}"],
                "Resource": f"acs:{service}:*:*:app-{group}-{index}/*",
            }
        )
    return json.dumps({"Version": "1", "Statement": listed})
