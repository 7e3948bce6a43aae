"""Several accounts and regions in one program, on both clouds: by the environment, a role to assume, and a profile."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.deployed import Deployed
from tests.support.sandbox import Sandbox

PROGRAM = """
import json
import pulumi
from pulumi_instance_role import InstanceRole, InstanceRoleBinding, RolePolicy, RolePolicyAttachment

documents = {
    "alibaba": {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:Get*", "Resource": "*"}]},
    "tencent": {"version": "2.0", "statement": [{"effect": "allow", "action": ["name/cos:Get*"], "resource": ["*"]}]},
}
for name, one in json.load(open("places.json")).items():
    where = {key: one[key] for key in ("cloud", "profile", "assume_role_arn") if one[key]}
    role = InstanceRole(name, name="app", **where)
    policy = RolePolicy(name, documents[one["cloud"]], name="read", **where)
    RolePolicyAttachment(name, role, policy)  # lives where the role does
    for region, ids in one["instances"].items():
        InstanceRoleBinding(f"{name}-{region}", role, ids, region=region)
    pulumi.export(name, role.arn)
"""
NOT_RUN = "raise RuntimeError('refresh and destroy run no program')"
REGIONS = {"alibaba": ("cn-hangzhou", "cn-beijing"), "tencent": ("ap-guangzhou", "ap-shanghai")}


@dataclass
class Site:
    """One account of one cloud."""

    cloud: str
    sandbox: Sandbox
    profile: str = ""
    assume_role_arn: str = ""

    def __post_init__(self) -> None:
        self.instances = {region: self._instance(region) for region in REGIONS[self.cloud]}

    @property
    def account(self) -> str:
        return self.sandbox.account_id if self.cloud == "alibaba" else self.sandbox.tencent.account_id

    def _instance(self, region: str) -> list[str]:
        side: Any = self.sandbox if self.cloud == "alibaba" else self.sandbox.tencent
        made: list[str] = side.make_vpc_instance(1, side.make_vpc(region))
        return made

    def place(self) -> dict[str, Any]:
        return {
            "cloud": self.cloud,
            "profile": self.profile,
            "assume_role_arn": self.assume_role_arn,
            "instances": self.instances,
        }

    def arn(self) -> str:
        if self.cloud == "alibaba":
            return f"acs:ram::{self.account}:role/app"
        return f"qcs::cam::uin/{self.account}:roleName/app"

    def held(self) -> dict[str, list[str]]:
        """Region -> what its instances hold."""
        if self.cloud == "alibaba":
            rows = {one["InstanceId"]: one["RamRoleName"] for one in self.sandbox.state()["instances"]}
            return {region: [rows[one] for one in ids] for region, ids in self.instances.items()}
        tencent = self.sandbox.tencent
        return {
            region: [tencent.instance(one, region)["CamRoleName"] for one in ids]
            for region, ids in self.instances.items()
        }

    def counts(self) -> tuple[int, int, int]:
        """Roles named app, policies named read, and attachments of the two."""
        state = self.sandbox.state() if self.cloud == "alibaba" else self.sandbox.tencent.state()
        roles = [one for one in state["roles"] if one["RoleName"] == "app"]
        policies = [one for one in state["policies"] if one["PolicyName"] == "read"]
        attachments = [one for one in state["attachments"] if (one["Holder"], one["PolicyName"]) == ("app", "read")]
        return len(roles), len(policies), len(attachments)


def let_in(other: Sandbox, caller: Sandbox) -> dict[str, str]:
    """Roles of ``other`` that may do everything and that ``caller``'s users may assume: their ARNs by cloud."""
    principal = {"RAM": [f"acs:ram::{caller.account_id}:root"]}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    trust = json.dumps({"Version": "1", "Statement": [statement]})
    other.call("Ram", "CreateRole", RoleName="deployer", AssumeRolePolicyDocument=trust)
    full: dict[str, Any] = {"PolicyName": "AdministratorAccess", "PolicyType": "System"}
    other.call("Ram", "AttachPolicyToRole", RoleName="deployer", **full)
    trusted = {"qcs": [f"qcs::cam::uin/{caller.tencent.account_id}:root"]}
    allowed = {"action": "name/sts:AssumeRole", "effect": "allow", "principal": trusted}
    text = json.dumps({"version": "2.0", "statement": [allowed]})
    other.tencent.call("cam", "CreateRole", RoleName="deployer", PolicyDocument=text)
    other.tencent.call("cam", "AttachRolePolicy", AttachRoleName="deployer", PolicyName="AdministratorAccess")
    return {
        "alibaba": f"acs:ram::{other.account_id}:role/deployer",
        "tencent": f"qcs::cam::uin/{other.tencent.account_id}:roleName/deployer",
    }


def write_profiles(project: Deployed, other: Sandbox) -> None:
    """The profile `third` of both clouds' command lines, with the keys of ``other``."""
    home = project.folder / "home"
    for folder in (".aliyun", ".tccli"):
        (home / folder).mkdir(parents=True)
    profile = {
        "name": "third",
        "mode": "AK",
        "access_key_id": other.access_key_id,
        "access_key_secret": other.access_key_secret,
    }
    (home / ".aliyun/config.json").write_text(json.dumps({"current": "none", "profiles": [profile]}))
    keys = {"secretId": other.tencent.secret_id, "secretKey": other.tencent.secret_key}
    (home / ".tccli/third.credential").write_text(json.dumps(keys))


@pytest.mark.timeout(400)
def test_three_accounts_and_two_regions_on_each_cloud(project: Deployed, sandbox: Sandbox) -> None:
    second, third = sandbox.server.account(), sandbox.server.account()
    arns = let_in(second, sandbox)
    write_profiles(project, third)
    everything = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    user = sandbox.user("deployer", everything)  # the root account itself may not assume roles
    sub = sandbox.tencent.user(
        "deployer", {"version": "2.0", "statement": [{"effect": "allow", "action": ["*"], "resource": ["*"]}]}
    )
    project.environment = {
        **sandbox.env(user),
        **sandbox.tencent.env(sub),
        "HOME": str(project.folder / "home"),
    }
    sites = {}
    for cloud in REGIONS:
        sites[f"{cloud}-own"] = Site(cloud, sandbox)
        sites[f"{cloud}-assumed"] = Site(cloud, second, assume_role_arn=arns[cloud])
        sites[f"{cloud}-profile"] = Site(cloud, third, profile="third")
    (project.folder / "places.json").write_text(json.dumps({name: one.place() for name, one in sites.items()}))
    project.program(PROGRAM)

    project.up()
    for name, site in sites.items():
        assert project.outputs()[name] == site.arn()
        assert site.held() == {region: ["app"] for region in REGIONS[site.cloud]}
        assert site.counts() == (1, 1, 1)
    assert [call for call in sandbox.calls() if call["action"] == "AssumeRole"]  # by a user of the first account

    # By others, in the second account and region only: found there, by a refresh without the program.
    project.program(NOT_RUN)
    drifted = sites["alibaba-assumed"].instances["cn-beijing"]
    where: dict[str, Any] = {"region": "cn-beijing", "RegionId": "cn-beijing"}
    second.call("Ecs", "DetachInstanceRamRole", InstanceIds=json.dumps(drifted), RamRoleName="app", **where)
    project.run("sandbox", "refresh")
    found = {name: one["outputs"]["drift"] for name, one in project.resources().items()}
    assert found.pop("alibaba-assumed-cn-beijing") == {drifted[0]: "unbound"}
    assert all(drift in ("in_sync", {}) for drift in found.values())
    project.program(PROGRAM)
    project.up()
    assert sites["alibaba-assumed"].held() == {region: ["app"] for region in REGIONS["alibaba"]}

    # No key is in the state; region, profile and role are.
    text = json.dumps(project.state())
    given = [user, sub, sandbox.keys, sandbox.tencent.keys, third.keys, third.tencent.keys]
    for one in given:
        assert not [value for value in vars(one).values() if value and len(value) > 15 and value in text]
    assert "LTAI" not in text and "STS." not in text and "AKID" not in text
    inputs = {name: one["inputs"] for name, one in project.resources().items()}
    assert inputs["tencent-assumed-ap-shanghai"]["assume_role_arn"] == arns["tencent"]
    assert inputs["tencent-assumed-ap-shanghai"]["region"] == "ap-shanghai"
    assert inputs["alibaba-profile"]["profile"] == "third"

    project.program(NOT_RUN)
    project.run("sandbox", "destroy")
    for site in sites.values():
        assert site.counts() == (0, 0, 0)
        assert [role or None for roles in site.held().values() for role in roles] == [None, None]
