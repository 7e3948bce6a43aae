"""Every resource's read meets everything a cloud may answer: denied, throttled, broken never end a resource."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.lifecycle.resources.conftest import StartHost
from tests.support.host import Host, HostError, Thing
from tests.support.sandbox import Sandbox

PASSING = ("throttle", "unavailable", "internal", "empty", "garbage", "drop_before")
LASTING: Mapping[str, str] = {
    # What meets every call, and what the error says of it.
    "deny": "(NoPermission|Forbidden|UnauthorizedOperation|AuthFailure)",
    "internal": "Internal(Server)?Error",
    "empty": "",
    "garbage": "",
    "drop_before": "gave no answer",
}


def lives(sandbox: Sandbox, host: Host, cloud: str) -> dict[str, Thing]:
    """One resource of each resource."""
    where = {"cloud": cloud}
    ids = (sandbox.tencent if cloud == "tencent" else sandbox).make_vpc_instance(2)
    document: dict[str, Any] = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": "oss:Get", "Resource": "*"}],
    }
    if cloud == "tencent":
        document = {"version": "2.0", "statement": [{"effect": "allow", "action": "cos:Get", "resource": "*"}]}
    wanted: dict[str, dict[str, Any]] = {
        "InstanceRole": {"name": "web", "description": "d"},
        "RolePolicy": {"name": "read", "document": document},
        "RolePolicyAttachment": {"role": "web", "policy": "read", "policy_type": "Custom"},
        "InstanceRoleBinding": {"role": "web", "instance_ids": ids},
    }
    things = {kind: Thing(kind, "web") for kind in wanted}
    for kind, thing in things.items():
        assert host.up(thing, {**where, **wanted[kind]}) == "create"
    return things


def read_all(host: Host, things: Mapping[str, Thing]) -> dict[str, str]:
    """What comes of reading each, four at a time as the host serves them: "there", "gone" or the error."""

    def one(thing: Thing) -> str:
        try:
            return "there" if host.read(thing) else "gone"
        except HostError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(things, pool.map(one, things.values()), strict=True))


def told(answers: Mapping[str, str], phrase: str) -> None:
    """Each read failed with one line that names the resource and the reason."""
    for kind, answer in answers.items():
        assert answer not in ("there", "gone"), (kind, answer)
        assert f'{kind} "web"' in answer and "Traceback" not in answer and "unexpected" not in answer
        assert re.search(phrase, answer), (kind, answer)


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_whatever_a_cloud_answers_a_read_ends_nothing(sandbox: Sandbox, host: Host, cloud: str) -> None:
    things = lives(sandbox, host, cloud)
    everywhere = dict.fromkeys(things, "there")
    assert read_all(host, things) == everywhere
    state = copy.deepcopy(things)
    for fault in PASSING:
        sandbox.fault(fault, "*", times=4)
        assert read_all(host, things) == everywhere, fault
        sandbox.clear_faults()
        assert things == state, fault
    for fault, phrase in LASTING.items():
        sandbox.fault(fault, "*", times=None)
        told(read_all(host, things), phrase)
        sandbox.clear_faults()
        assert things == state, fault
    assert read_all(host, things) == everywhere


@pytest.mark.soak
@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
def test_a_cloud_that_throttles_for_good_ends_nothing(sandbox: Sandbox, host: Host, cloud: str) -> None:
    things = lives(sandbox, host, cloud)
    sandbox.fault("throttle", "*", times=None)
    told(read_all(host, things), "(Throttling|RequestLimitExceeded)")


@pytest.mark.parametrize("cloud", ["alibaba", "tencent"])
@pytest.mark.parametrize("sees", ["nothing", "roles"])
def test_a_reader_without_permission_is_not_told_that_anything_is_gone(
    sandbox: Sandbox, host: Host, start: StartHost, cloud: str, sees: str
) -> None:
    """One who may see no instances gets an empty list of them on Alibaba Cloud, not an error."""
    things = lives(sandbox, host, cloud)
    allowed = {"nothing": "sts:GetCallerIdentity", "roles": "ram:*" if cloud == "alibaba" else "name/cam:*"}[sees]
    if cloud == "alibaba":
        statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
        reader = start(sandbox.user("reader", {"Version": "1", "Statement": [statement]}))
    else:
        statement = {"effect": "allow", "action": allowed, "resource": "*"}
        keys = sandbox.tencent.user("reader", {"version": "2.0", "statement": [statement]})
        reader = start(**sandbox.tencent.env(keys))
    answers = read_all(reader, things)
    assert "gone" not in answers.values(), answers
    assert "InstanceRoleBinding" in answers["InstanceRoleBinding"], answers
    there = {kind for kind, answer in answers.items() if answer == "there"}
    assert there == (set() if sees == "nothing" else set(things) - {"InstanceRoleBinding"})
