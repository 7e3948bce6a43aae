"""One program with more than twenty faults: each is told at one preview, with its resource, property and remedy."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lifecycle.resources.test_binding import attach
from tests.support.program import Preview, preview
from tests.support.sandbox import Sandbox

PROGRAM = """
    import pulumi
    import pulumi_instance_role as ir

    made = ir.InstanceRole("made", name="made")  # by this update, so that its ARN is not known yet
    ir.InstanceRole("long", name=$long)
    ir.InstanceRole("spelt", name=$spelt, max_session_duration=$duration, description=$description, tags=$tags)
    ir.InstanceRole("trust", trust_policy=$trust)
    ir.InstanceRole("services", trusted_services=pulumi.Output.from_input($services))
    ir.InstanceRole("foreign", name="foreign", adopt=$adopt)
    ir.RolePolicy("grammar", $grammar)
    ir.RolePolicy("big", $big)
    ir.RolePolicy("secret", pulumi.Output.secret($secret), name=pulumi.Output.secret($secret_name))
    ir.RolePolicy("partly", $partly)
    ir.RolePolicyAttachment("type", made, "$system", pulumi.Output.from_input($type))
    ir.RolePolicyAttachment("no-role", $role, "$system", "System")
    ir.RolePolicyAttachment("no-policy", made, $policy, "System")
    ir.InstanceRoleBinding("ids", made, $ids, on_conflict=pulumi.Output.from_input($conflict))
    ir.InstanceRoleBinding("untrusting", $trusting, ["$other"])
    ir.InstanceRoleBinding("far", made, [], region=$region)
"""


@dataclass(frozen=True)
class Words:
    """How one cloud says it."""

    cloud: str
    key: Callable[[str], str]  # an element of a policy document
    version: str
    service: str
    action: str
    resource: str
    system: str
    instance: str
    bad_role: str
    longest: tuple[int, int]  # name of a role, description

    def document(self, *statements: Mapping[str, Any]) -> dict[str, Any]:
        """A permission document; each statement is what differs from a good one."""
        good = {"Effect": self.key("Allow"), "Action": self.action, "Resource": "*"}
        return self._document({**good, **one} for one in statements)

    def trust(self, *statements: Mapping[str, Any]) -> dict[str, Any]:
        """A trust document, likewise."""
        principal = {self.key("Service"): [self.service]}
        good = {"Effect": self.key("Allow"), "Action": "sts:AssumeRole", "Principal": principal}
        return self._document({**good, **one} for one in statements)

    def _document(self, statements: Any) -> dict[str, Any]:
        listed = [{self.key(name): value for name, value in one.items()} for one in statements]
        return {self.key("Version"): self.version, self.key("Statement"): listed}


CLOUDS = {
    "alibaba": Words(
        "alibaba",
        str,
        "1",
        "ecs.aliyuncs.com",
        "oss:GetObject",
        "acs:oss:*:*:",
        "AliyunOSSReadOnlyAccess",
        "i-",
        "under_score",
        (64, 1024),
    ),
    "tencent": Words(
        "tencent",
        str.lower,
        "2.0",
        "cvm.qcloud.com",
        "name/cos:GetObject",
        "qcs::cos:::",
        "QcloudCOSReadOnlyAccess",
        "ins-",
        "sla/sh",
        (128, 300),
    ),
}


def values(words: Words, free: str, taken: str) -> dict[str, tuple[Any, Any]]:
    """Each argument of the program: what is wrong, and what is right."""
    service, missing = words.key("Service"), f"{words.instance}zzzzzzzz"
    conditions = {words.key("IpAddress") if words.cloud == "alibaba" else "ip_equal": {"acs:SourceIp": ["10.0.0.0/40"]}}
    many = {"Resource": [f"{words.resource}b{number}/*" for number in range(600)]}
    return {
        "long": ("x" * (words.longest[0] + 1), "x" * words.longest[0]),
        "spelt": (words.bad_role, "spelt"),
        "duration": (43201, 43200),
        "description": ("d" * (words.longest[1] + 1), "d" * words.longest[1]),
        "tags": ({"instance-role:x": "y"}, {"team": "a"}),
        "trust": (
            words.trust({"Principal": {service: ["a.b", 3]}}, {"Effect": "Perhaps"}),
            words.trust({"Principal": {service: ["a.b"]}}, {}),
        ),
        "services": ([], [words.service]),
        "adopt": (False, True),
        "grammar": (
            words.document({"Action": "cos Get:x"}, {}, {"Action": [words.action, "Get"], "Condition": conditions}),
            words.document({}, {"Action": [words.action, words.action.replace("Get", "Put")]}),
        ),
        "big": (words.document(many), words.document({})),
        "secret": (json.dumps(words.document({"Effect": "hush-hush"})), json.dumps(words.document({}))),
        "secret_name": ("hush/name", "hush-name"),
        "partly": (words.document({"Resource": ["@arn@", "bucket"]}), words.document({"Resource": ["*", "*"]})),
        "type": ("Wrong", "System"),
        "role": ("nobody", "free"),
        "policy": ("nothing", words.system),
        "ids": (["web-1", free, missing, taken], [free]),
        "conflict": ("maybe", "fail"),
        "trusting": ("distrustful", "free"),
        "region": ("xx-nowhere", None),
    }


def expected(words: Words, taken: str) -> list[tuple[str, str]]:
    """How each message begins, and what it says besides."""
    k, name, description = words.key, *words.longest
    missing, secret = f"{words.instance}zzzzzzzz", "[secret]"
    return [
        ('InstanceRole "long" name: ', f"has {name + 1} characters; the cloud allows {name} for a role"),
        ('InstanceRole "spelt" name: ', "is not a role name: the cloud does not allow the characters"),
        ('InstanceRole "spelt" description: ', f"the cloud allows {description}; shorten it"),
        (
            'InstanceRole "spelt" tags: ',
            'the key "instance-role:x" begins with "instance-role:", which marks the owner',
        ),
        ('InstanceRole "spelt" max_session_duration: ', "43200 whole seconds, not 43201"),
        (f'InstanceRole "trust" trust_policy: {k("Statement[0].Principal.Service[1]")}: ', "must be a text, not 3"),
        (f'InstanceRole "trust" trust_policy: {k("Statement[1].Effect")}: ', 'not "Perhaps"'),
        ('InstanceRole "services" trusted_services: ', f'such as ["{words.service}"]'),
        ('InstanceRole "foreign" name: ', "exists already and was not made by this stack"),
        (f'RolePolicy "grammar" document: {k("Statement[0].Action")}: ', "has a space in it"),
        (f'RolePolicy "grammar" document: {k("Statement[2].Action[1]")}: ', 'not "Get"'),
        ('RolePolicy "big" document: ', "the cloud allows 6144; split it"),
        ('RolePolicy "secret" name: ', f"{secret} is not a policy name: the cloud does not allow this form"),
        (f'RolePolicy "secret" document: {k("Statement[0].Effect")}: ', f"not {secret}"),
        (f'RolePolicy "partly" document: {k("Statement[0].Resource[1]")}: ', 'not "bucket"'),
        ('RolePolicyAttachment "type" policy_type: ', "must be 'Custom' or 'System', not 'Wrong'"),
        ('RolePolicyAttachment "no-role" role: ', "role nobody does not exist; declare it as an InstanceRole"),
        ('RolePolicyAttachment "no-policy" policy: ', "the System policy nothing does not exist; declare it"),
        ('InstanceRoleBinding "ids" on_conflict: ', "must be 'fail' or 'replace', not 'maybe'"),
        ('InstanceRoleBinding "ids" instance_ids: ', "web-1: not an instance id of this cloud; give ids, not names"),
        ('InstanceRoleBinding "ids" instance_ids: ', f"instance {missing} does not exist in region "),
        ('InstanceRoleBinding "ids" instance_ids: ', f'instance {taken} holds the role "holder"'),
        ('InstanceRoleBinding "untrusting" role: ', f"does not let {words.service} assume it; add"),
        ('InstanceRoleBinding "far" region: ', "xx-nowhere"),
    ]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_fault_is_told_at_once_and_nothing_changes(sandbox: Sandbox, tmp_path: Path, cloud: str) -> None:
    words = CLOUDS[cloud]
    free, taken, other = _world(sandbox, words)
    given = values(words, free, taken)
    mark = sandbox.mark()
    done = _preview(sandbox, tmp_path, words, {key: bad for key, (bad, _) in given.items()}, other)
    listed = done.faults()
    wanted = expected(words, taken)
    for start, phrase in wanted:
        assert len([one for one in listed if one.startswith(start) and phrase in one]) == 1, (start, phrase, listed)
    assert len(listed) == len(wanted) >= 20, listed
    assert f"preflight found {len(wanted)} faults; nothing was changed" in done.said
    resources = [" ".join(line.split()[:2]) for line in (*listed, *(start for start, _ in wanted))]
    assert resources[: len(listed)] == resources[len(listed) :]  # resource by resource, as they are declared
    assert "hush" not in done.said + "".join(done.warnings + done.infos)
    assert not any(call["write"] for call in sandbox.calls(mark))

    fixed = _preview(sandbox, tmp_path, words, {key: good for key, (_, good) in given.items()}, other)
    assert (fixed.code, fixed.said, fixed.warnings) == (0, "", [])
    assert not any(call["write"] for call in sandbox.calls(mark))


@pytest.mark.parametrize("cloud", CLOUDS)
def test_who_may_not_look_and_what_cannot_be_reached_is_a_warning(sandbox: Sandbox, tmp_path: Path, cloud: str) -> None:
    words = CLOUDS[cloud]
    instance = f"{words.instance}aaaaaaaa"
    good = {key: one for key, (_, one) in values(words, instance, instance).items()}
    reader = _reader(sandbox, words)
    denied = _preview(sandbox, tmp_path, words, good, instance + "b", **reader)
    lost = _preview(sandbox, tmp_path, words, good, instance + "b", INSTANCE_ROLE_ENDPOINT="http://127.0.0.1:9")
    for done, phrase in ((denied, "could not look at everything"), (lost, "could not reach the cloud")):
        assert (done.code, done.said) == (0, "")
        assert done.warnings and all(phrase in one for one in done.warnings), done.warnings
        assert len(set(done.warnings)) == len(done.warnings)
    bad = {**good, "long": values(words, instance, instance)["long"][0]}
    blind = _preview(sandbox, tmp_path, words, bad, instance + "b", **reader)
    assert "preflight found 1 fault; nothing was changed" in blind.said and blind.warnings


def _reader(sandbox: Sandbox, words: Words) -> dict[str, str]:
    """The environment of a user who may do nothing of what preflight does."""
    document = words.document({})
    if words.cloud == "tencent":
        return sandbox.tencent.env(sandbox.tencent.user("reader", document))
    return sandbox.env(sandbox.user("reader", document))


def _world(sandbox: Sandbox, words: Words) -> Sequence[str]:
    """Roles that exist, and three instances: the second holds a role."""
    if words.cloud == "tencent":
        tencent = sandbox.tencent
        for name in ("foreign", "free", "holder"):
            tencent.make_role(name)
        tencent.make_role("distrustful", ["scf.qcloud.com"])
        free, taken, other = tencent.make_vpc_instance(3)
        tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=[taken], CamRoleName="holder")
        tencent.settle()
        return free, taken, other
    for name in ("foreign", "free", "holder"):
        sandbox.make_role(name)
    sandbox.make_role("distrustful", ["fc.aliyuncs.com"])
    free, taken, other = sandbox.make_vpc_instance(3)
    attach(sandbox, "holder", taken)
    return free, taken, other


def _preview(sandbox: Sandbox, folder: Path, words: Words, given: Mapping[str, Any], other: str, **env: str) -> Preview:
    written = {key: repr(one).replace("'@arn@'", "made.arn") for key, one in given.items()}
    program = string.Template(PROGRAM).substitute(written, system=words.system, other=other)
    return preview(program, folder, {**sandbox.env(), **env}, config={"instance-role:cloud": words.cloud})
