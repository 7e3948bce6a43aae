"""A stack as a release left it: its program, its state, and the calls that made its world, with holes for the ids.

A fixture holds no id of a cloud: what a call answers with (role and policy ids) and what the test makes (instances,
accounts) fills the holes. So the world is made anew, over the wire, in whatever emulator there is by then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.deployed import Deployed
from tests.support.sandbox import Sandbox

HERE = Path(__file__).parent
INSTANCES = 5
PROGRAM = """
import json
from pulumi_instance_role import (
    InstanceIdentity, InstanceRole, InstanceRoleBinding, PassRoleGrant, RolePolicy, RolePolicyAttachment
)

world = json.load(open("world.json"))
cloud, ids, document = world["cloud"], world["instances"], world["document"]
web = InstanceRole("web", cloud=cloud, description="web servers", tags={"team": "shop"}, max_session_duration=7200)
legacy = InstanceRole("legacy", cloud=cloud, name="legacy", adopt=True)
read = RolePolicy("read", document, cloud=cloud, description="reads reports")
old = RolePolicy("old", document, cloud=cloud, name="old", adopt=True)
RolePolicyAttachment("own", web, read)
RolePolicyAttachment("adopted", legacy, old)
RolePolicyAttachment("system", web, world["system"], "System", cloud=cloud)
InstanceRoleBinding("web", web, ids[:3])
InstanceRoleBinding("legacy", legacy, ids[3:4])
PassRoleGrant("ops", [web], user="ops", cloud=cloud)
InstanceIdentity("worker", policies=[document], instance_ids=ids[4:], cloud=cloud)
"""
"""Every resource, an adopted role with its policy and instance, and what others change below."""

MADE = {"alibaba": ("Ram", "Ecs"), "tencent": ("cam", "cvm")}
"""The products whose calls make the world."""

NOT_OURS = frozenset({"RunInstances", "CreateSecurityGroup"})
"""What a test does by itself."""

DOCUMENTS: Mapping[str, dict[str, Any]] = {
    "alibaba": {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": ["oss:GetObject"], "Resource": ["acs:oss:*:*:reports/*"]}],
    },
    "tencent": {
        "version": "2.0",
        "statement": [{"effect": "allow", "action": ["name/cos:GetObject"], "resource": ["qcs::cos:::reports/*"]}],
    },
}
WIDER: Mapping[str, dict[str, Any]] = {
    "alibaba": {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:*", "Resource": "*"}]},
    "tencent": {"version": "2.0", "statement": [{"effect": "allow", "action": ["cos:*"], "resource": ["*"]}]},
}
SYSTEM = {"alibaba": "AliyunOSSReadOnlyAccess", "tencent": "QcloudCOSReadOnlyAccess"}


@dataclass
class Side:
    """One cloud's side of an account: its calls by name, and what it shows."""

    cloud: str
    sandbox: Sandbox

    def call(self, product: str, action: str, **params: Any) -> dict[str, Any]:
        """One call as the official SDK makes it."""
        caller: Callable[..., dict[str, Any]] = (
            self.sandbox.call if self.cloud == "alibaba" else self.sandbox.tencent.call
        )
        return caller(product, action, **params)

    def instances(self) -> list[str]:
        """New instances in a VPC."""
        side = self.sandbox if self.cloud == "alibaba" else self.sandbox.tencent
        return side.make_vpc_instance(INSTANCES)

    def holds(self, ids: list[str]) -> list[str]:
        """The role that each instance holds, "" for none."""
        if self.cloud == "alibaba":
            found = {one["InstanceId"]: one["RamRoleName"] for one in self.sandbox.state()["instances"]}
        else:
            found = {one: self.sandbox.tencent.instance(one).get("CamRoleName") for one in ids}
        return [found[one] or "" for one in ids]

    def names(self) -> dict[str, list[str]]:
        """The roles and custom policies that exist."""
        state = self.sandbox.state() if self.cloud == "alibaba" else self.sandbox.tencent.state()
        keys = {"roles": "RoleName", "policies": "PolicyName"}
        return {kind: sorted(one[key] for one in state[kind]) for kind, key in keys.items()}

    def attached(self, role: str) -> list[str]:
        """The policies on a role."""
        if self.cloud == "alibaba":
            found = self.call("Ram", "ListPoliciesForRole", RoleName=role)["Policies"]["Policy"]
        else:
            found = self.call("cam", "ListAttachedRolePolicies", RoleName=role, Page=1, Rp=100)["List"]
        return sorted(one["PolicyName"] for one in found)

    def accounts(self) -> dict[str, str]:
        """The account's ids, by hole."""
        return {"account": self.sandbox.account_id, "uin": self.sandbox.tencent.account_id}

    def presets(self) -> dict[str, str]:
        """The number of the system policy, by hole, where the cloud goes by numbers."""
        if self.cloud == "alibaba":
            return {}
        found = self.call("cam", "ListPolicies", Scope="QCS", Keyword=SYSTEM[self.cloud])["List"]
        return {f"policy {one['PolicyName']}": str(one["PolicyId"]) for one in found}

    def ids(self, action: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The ids that an answer brings, by hole."""
        if action == "CreateRole":
            yield f"role {params['RoleName']}", str(answer.get("RoleId") or answer["Role"]["RoleId"])
        elif action == "CreatePolicy" and "PolicyId" in answer:
            yield f"policy {params['PolicyName']}", str(answer["PolicyId"])
        elif action == "AddUser":
            yield f"user {params['Name']}", str(answer["Uin"])

    def project(self, folder: Path, instances: list[str]) -> Deployed:
        """The program, in a folder, about these instances."""
        project = Deployed(folder, self.sandbox)
        project.program(PROGRAM)
        about = {
            "cloud": self.cloud,
            "instances": instances,
            "document": DOCUMENTS[self.cloud],
            "system": SYSTEM[self.cloud],
        }
        (folder / "world.json").write_text(json.dumps(about), encoding="utf-8")
        return project


def hole(name: str) -> str:
    """What stands in a fixture for an id."""
    return f"{{{{{name}}}}}"


def dug(text: str, holes: Mapping[str, str]) -> str:
    """The text with a hole in place of each id."""
    for name, found in sorted(holes.items(), key=lambda item: -len(item[1])):
        text = text.replace(found, hole(name))
    return text


def filled(value: Any, holes: Mapping[str, str]) -> Any:
    """A value of a fixture with the ids of this world."""
    text = json.dumps(value)
    for name, found in holes.items():
        text = text.replace(hole(name), found)
    assert "{{" not in text, text
    return json.loads(text)


def fixtures() -> list[Path]:
    """What the releases so far left, oldest first."""
    return sorted(HERE.glob("*.json"))
