"""The proof from inside: what an instance's own credentials can do, asked on the instance.

For each instance that holds a role: the official client fetches the temporary credentials there, STS says whom they
stand for, one call is made that the role's policies allow and one that they do not. The policies are evaluated here,
the calls are judged by the cloud; the proof holds when both say the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click

from instance_role_sandbox.emulator import client
from instance_role_sandbox.emulator.inside import environment_of
from instance_role_sandbox.project.clouds.cloud import Cloud, Held, Probe, Role
from instance_role_sandbox.project.emulator import Emulator
from instance_role_sandbox.project.inventory import Instance, Inventory
from instance_role_sandbox.standin.schema import pick
from pulumi_instance_role.plan.faults import some
from pulumi_instance_role.policy.evaluate import Request, evaluate

_TIMEOUT = 60  # seconds for one instance
_AT_ONCE = 4
NO_CALL = "none of the calls that the sandbox knows"
_MOST = 12  # kinds of faults that an error names


@dataclass(frozen=True)
class Seen:
    """What was seen from inside one instance. ``faults`` is empty when everything is as the policies say."""

    cloud: str
    instance: Instance
    key: str = ""
    expires: str = ""
    arn: str = ""
    may: str = ""
    may_not: str = ""
    faults: tuple[str, ...] = ()


def at_a_glance(inventory: Inventory) -> list[Seen]:
    """The instances that do not hold the role that they should. It takes no look from inside to know that."""
    amiss = [(item, _amiss(inventory, item)) for item in inventory.instances]
    return [Seen(inventory.cloud.name, item, faults=(fault,)) for item, fault in amiss if fault]


def _amiss(inventory: Inventory, item: Instance) -> str | None:
    if item.status == Held().status:
        return "gone"
    if item.role is None:
        return f"no role in place of {item.declared}" if item.declared else None
    role = inventory.role(item.role)
    if role is None:
        return f"role {item.role}, which does not exist"
    if item.declared not in (None, role.name):
        return f"role {role.name} in place of {item.declared}"
    return None


def tried(seen: Sequence[Seen]) -> str:
    """What the calls from inside have shown, and of how many instances, where the sandbox knew no call for some."""
    parts = []
    for what, calls in (
        ("what its policies allow works", [one.may for one in seen]),
        ("what they do not allow is refused", [one.may_not for one in seen]),
    ):
        count = sum(call != NO_CALL for call in calls)
        parts.append(what if count == len(seen) else f"{what} (tried on {count} of {len(seen)})")
    return ", ".join(parts)


def told(seen: Iterable[Seen]) -> str:
    """What is wrong with instances, each thing once, with their number and a few of them."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for item in seen:
        for fault in item.faults:
            alike[fault].append(item.instance.instance_id)
    lines = [
        f"{len(ids)} instance{'s' if len(ids) > 1 else ''} ({some(ids, 3)}): {fault}" for fault, ids in alike.items()
    ]
    more = f"; and {len(lines) - _MOST} other faults" if len(lines) > _MOST else ""
    return "; ".join(lines[:_MOST]) + more


def prove(
    emulator: Emulator,
    state: Path,
    regions: Mapping[str, str],
    inventory: Inventory,
    asked: Sequence[Instance],
    environment: Mapping[str, str],
) -> Iterator[Seen]:
    """Ask instances that hold a role, a few at a time; each answer as it comes, in their order."""
    cloud = inventory.cloud
    account = emulator.accounts[cloud.name]
    own = regions.get(cloud.name) or account.region
    roles = [(item, role) for item in asked if (role := inventory.role(item.role)) is not None]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(
            lambda one: _ask(
                cloud,
                state,
                one[0],
                one[1],
                {"region": one[0].region or own, "account": account.account_id},
                environment,
            ),
            roles,
        )


def _ask(
    cloud: Cloud,
    state: Path,
    item: Instance,
    role: Role,
    places: Mapping[str, str],
    environment: Mapping[str, str],
) -> Seen:
    allowed, refused = choose_probes(cloud, role, places)
    chosen = [probe for probe in (allowed, refused) if probe is not None]
    try:
        calls = [cloud.who, *(probe.as_call() for probe in chosen)]
        report = _inside(state, item.instance_id, cloud.script, calls, environment)
    except subprocess.TimeoutExpired:
        return Seen(cloud.name, item, faults=(f"no answer from inside within {_TIMEOUT} s",))
    except ValueError as failed:
        return Seen(cloud.name, item, faults=(f"no credentials could be had inside: {failed}",))
    who, *answers = report["answers"]
    arn = str(pick(who, f"answer.{cloud.identity}") or who.get("code"))
    faults = []
    if report["role"] != role.name:
        faults.append(f"its metadata names role {report['role']}, it holds {role.name}")
    if role.session.lower() not in f"{arn}/".lower():
        faults.append(f"STS says {arn}, not a session of role {role.name}")
    said = dict(zip(chosen, answers, strict=True))
    texts = {probe: _said(probe, answer) for probe, answer in said.items()}
    if allowed and not _succeeded(allowed, said[allowed]):
        faults.append(f"the role's policies allow {allowed.permission}, the cloud says {texts[allowed]}")
    if refused and _succeeded(refused, said[refused]):
        faults.append(f"no policy of the role allows {refused.permission}, the cloud says {texts[refused]}")
    return Seen(
        cloud.name,
        item,
        key=str(report["key"]),
        expires=str(report["expires"]),
        arn=arn,
        may=f"{allowed.permission}: {texts[allowed]}" if allowed else NO_CALL,
        may_not=f"{refused.permission}: {texts[refused]}" if refused else NO_CALL,
        faults=tuple(faults),
    )


def choose_probes(cloud: Cloud, role: Role, places: Mapping[str, str]) -> tuple[Probe | None, Probe | None]:
    """The first call that the role's policies allow, and the first that they do not."""
    # A system policy whose document nobody prints is shown without a statement, and grants nothing here.
    shown = (policy.document for policy in role.policies)
    documents = [text for text in shown if json.loads(text).get(cloud.dialect.statement_key)]
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    context = {cloud.address_key: "127.0.0.1", cloud.time_key: now}
    context |= {cloud.secure_key: "true"} if cloud.secure_key else {}

    def may(probe: Probe) -> bool:
        own = (f"uin/{places['account']}",)
        request = Request(probe.permission, probe.resource.format(**places), context, own)
        return evaluate(documents, request, cloud.dialect).allowed

    verdicts = [(probe, may(probe)) for probe in cloud.probes]
    return (
        next((probe for probe, allowed in verdicts if allowed), None),
        next((probe for probe, allowed in verdicts if not allowed), None),
    )


def _inside(
    state: Path, instance_id: str, script: Path, calls: Sequence[Mapping[str, Any]], environment: Mapping[str, str]
) -> dict[str, Any]:
    try:
        inside = environment_of(client.find(None, state), instance_id, environment)
    except click.ClickException as failed:
        raise ValueError(failed.message) from None
    done = subprocess.run(
        [sys.executable, str(script), json.dumps(calls)],
        env=inside,
        check=False,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
    )
    if done.returncode != 0:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise ValueError(lines[-1] if lines else f"the script ended with {done.returncode}")
    report = json.loads(done.stdout)
    return report if isinstance(report, dict) else {}


def _succeeded(probe: Probe, answer: Mapping[str, Any]) -> bool:
    return bool(answer["ok"]) and not (probe.hides and not pick(answer, f"answer.{probe.items}"))


def _said(probe: Probe, answer: Mapping[str, Any]) -> str:
    if not answer["ok"]:
        return " ".join(str(part) for part in (answer.get("status"), answer["code"]) if part)
    count = len(pick(answer, f"answer.{probe.items}") or ())
    return f"ok, {count} found" if count or not probe.hides else "an empty list (a reader who may not sees nothing)"
