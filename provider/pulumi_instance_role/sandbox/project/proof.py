"""The proof from inside: what an instance's own credentials can do, asked on the instance.

For each instance that holds a role: the official client fetches the temporary credentials there, STS says whom they
stand for, one call is made that the role's policies allow and one that they do not. The policies are evaluated here,
the calls are judged by the cloud; the proof holds when both say the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pulumi_instance_role.policy.evaluate import Request, evaluate
from pulumi_instance_role.sandbox.project.emulator import EMULATOR, Emulator
from pulumi_instance_role.sandbox.project.inventory import Instance, Inventory, Role
from pulumi_instance_role.sandbox.standin.schema import pick

_SCRIPT = Path(__file__).parent / "inside" / "probe.py"
_TIMEOUT = 60  # seconds for one instance
_AT_ONCE = 4


@dataclass(frozen=True)
class Probe:
    """A harmless call, what its permission is called, and where its answer lists what it found."""

    permission: str
    product: str
    version: str
    host: str
    resource: str  # as its permission names it, with {region} and {account}
    items: str
    hides: bool = False  # answers an empty list, not an error, to who may not

    @property
    def action(self) -> str:
        """The call's name."""
        return self.permission.partition(":")[2]

    def as_call(self) -> dict[str, str]:
        """What the script inside needs to make it."""
        return {"product": self.product, "version": self.version, "host": self.host, "action": self.action}


# In this order: those whose refusal is an error come first.
PROBES = (
    Probe("ram:ListRoles", "Ram", "2015-05-01", "ram.aliyuncs.com", "acs:ram:*:{account}:role/*", "Roles.Role"),
    Probe("vpc:DescribeVpcs", "Vpc", "2016-04-28", "vpc.aliyuncs.com", "acs:vpc:{region}:{account}:vpc/*", "Vpcs.Vpc"),
    Probe(
        "vpc:DescribeVSwitches",
        "Vpc",
        "2016-04-28",
        "vpc.aliyuncs.com",
        "acs:vpc:{region}:{account}:vswitch/*",
        "VSwitches.VSwitch",
    ),
    Probe(
        "ram:ListPolicies", "Ram", "2015-05-01", "ram.aliyuncs.com", "acs:ram:*:{account}:policy/*", "Policies.Policy"
    ),
    Probe(
        "ecs:DescribeInstances",
        "Ecs",
        "2014-05-26",
        "ecs.aliyuncs.com",
        "acs:ecs:{region}:{account}:instance/*",
        "Instances.Instance",
        hides=True,
    ),
)
_WHO = {"product": "Sts", "version": "2015-04-01", "host": "sts.aliyuncs.com", "action": "GetCallerIdentity"}


@dataclass(frozen=True)
class Seen:
    """What was seen from inside one instance. ``faults`` is empty when everything is as the policies say."""

    instance: Instance
    key: str = ""
    expires: str = ""
    arn: str = ""
    may: str = ""
    may_not: str = ""
    faults: tuple[str, ...] = ()


def prove(
    emulator: Emulator, state: Path, region: str | None, inventory: Inventory, environment: Mapping[str, str]
) -> list[Seen]:
    """Ask every instance that holds a role, a few at a time; those that should hold one are among the answers too."""
    places = {"region": region or emulator.region, "account": emulator.account_id}

    def ask(item: Instance) -> Seen:
        role = inventory.role(item.role)
        if role is not None:
            return _ask(state, item, role, places, environment)
        held = f"holds role {item.role}, which does not exist" if item.role else f"holds no role, not {item.declared}"
        return Seen(item, faults=(held,))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(ask, (item for item in inventory.instances if item.role or item.declared)))


def _ask(state: Path, item: Instance, role: Role, places: Mapping[str, str], environment: Mapping[str, str]) -> Seen:
    allowed, refused = choose_probes(role, places)
    chosen = [probe for probe in (allowed, refused) if probe is not None]
    try:
        report = _inside(state, item.instance_id, [_WHO, *(probe.as_call() for probe in chosen)], environment)
    except subprocess.TimeoutExpired:
        return Seen(item, faults=(f"no answer from inside within {_TIMEOUT} s",))
    except ValueError as failed:
        return Seen(item, faults=(f"no credentials could be had inside: {failed}",))
    who, *answers = report["answers"]
    arn = str(pick(who, "answer.Arn") or who.get("code"))
    faults = []
    if item.declared not in (None, role.name):
        faults.append(f"holds role {role.name}, and not {item.declared} as the stack's state says")
    if report["role"] != role.name:
        faults.append(f"its metadata names role {report['role']}, it holds {role.name}")
    if f":assumed-role/{role.name}/".lower() not in arn.lower():
        faults.append(f"STS says {arn}, not a session of role {role.name}")
    said = dict(zip(chosen, answers, strict=True))
    texts = {probe: _said(probe, answer) for probe, answer in said.items()}
    if allowed and not _succeeded(allowed, said[allowed]):
        faults.append(f"the role's policies allow {allowed.permission}, the cloud says {texts[allowed]}")
    if refused and _succeeded(refused, said[refused]):
        faults.append(f"no policy of the role allows {refused.permission}, the cloud says {texts[refused]}")
    return Seen(
        item,
        key=str(report["key"]),
        expires=str(report["expires"]),
        arn=arn,
        may=f"{allowed.permission}: {texts[allowed]}" if allowed else "none of the calls that the sandbox knows",
        may_not=f"{refused.permission}: {texts[refused]}" if refused else "none of the calls that the sandbox knows",
        faults=tuple(faults),
    )


def choose_probes(role: Role, places: Mapping[str, str]) -> tuple[Probe | None, Probe | None]:
    """The first call that the role's policies allow, and the first that they do not."""
    documents = [policy.document for policy in role.policies]
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    context = {"acs:SourceIp": "127.0.0.1", "acs:SecureTransport": "true", "acs:CurrentTime": now}
    verdicts = [
        (probe, evaluate(documents, Request(probe.permission, probe.resource.format(**places), context)).allowed)
        for probe in PROBES
    ]
    return (
        next((probe for probe, allowed in verdicts if allowed), None),
        next((probe for probe, allowed in verdicts if not allowed), None),
    )


def _inside(
    state: Path, instance_id: str, calls: Sequence[Mapping[str, str]], environment: Mapping[str, str]
) -> dict[str, Any]:
    command = [*EMULATOR, "exec", "--state", str(state), instance_id, "--"]
    done = subprocess.run(
        [*command, sys.executable, str(_SCRIPT), json.dumps(calls)],
        env=dict(environment),
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
