"""docs/migrate.md, typed: every command of the page, in its order, for each cloud, against one account of the emulator.

The application is served from first to last: with its key until the page takes the key away, and by the role from then
on. `pulumi` is the embedded engine. `aliyun` and `tccli` are the same API call by the cloud's SDK: both command lines
take a product, an action and its parameters, and no more is used on the page.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from tests.lifecycle.inventory.test_inventory import hold
from tests.support.deployed import let_time_pass
from tests.support.forks import Forked
from tests.support.pulumi import parsed
from tests.support.sandbox import Keys, Sandbox
from tests.support.tencent import TencentKeys

PAGE = (Path(__file__).parents[3] / "docs" / "migrate.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+) (\w+) ?(\S*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
USER = "shop-app"
MAY = {"alibaba": "ecs:DescribeRegions", "tencent": "cvm:DescribeRegions"}


@dataclass
class Shop:
    """An account as the page finds it: an application on two instances with the key of a user, and one role in use."""

    sandbox: Sandbox
    cloud: str
    uin: int = 0
    instances: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        side: Any = self.sandbox if self.cloud == "alibaba" else self.sandbox.tencent
        vpc = side.make_vpc()
        self.instances = [side.make_vpc_instance(1, vpc, InstanceName=f"web-{number}")[0] for number in (1, 2)]
        side.make_role("batch")
        hold(self.sandbox, self.cloud, "batch", side.make_vpc_instance(1, vpc, InstanceName="batch-1"))
        self.key: Any = self._alibaba_user() if self.cloud == "alibaba" else self._tencent_user()

    def _alibaba_user(self) -> Keys:
        def ram(action: str, **params: Any) -> Any:
            return self.sandbox.call("Ram", action, UserName=USER, **params)

        statement = {"Effect": "Allow", "Action": [MAY["alibaba"]], "Resource": ["*"]}
        document = json.dumps({"Version": "1", "Statement": [statement]})
        self.sandbox.call("Ram", "CreatePolicy", PolicyName=USER, PolicyDocument=document)
        ram("CreateUser")
        ram("AttachPolicyToUser", PolicyType="Custom", PolicyName=USER)
        made = ram("CreateAccessKey")["AccessKey"]
        return Keys(made["AccessKeyId"], made["AccessKeySecret"])

    def _tencent_user(self) -> TencentKeys:
        tencent = self.sandbox.tencent
        policy = tencent.make_policy(USER, MAY["tencent"])
        self.uin = int(tencent.call("cam", "AddUser", Name=USER)["Uin"])
        tencent.call("cam", "AttachUserPolicy", PolicyId=policy, AttachUin=self.uin)
        made = tencent.call("cam", "CreateAccessKey", TargetUin=self.uin)["AccessKey"]
        return TencentKeys(made["AccessKeyId"], made["SecretAccessKey"], "")

    @property
    def key_id(self) -> str:
        return str(self.key.access_key_id if self.cloud == "alibaba" else self.key.secret_id)

    def by_key(self) -> str:
        """What the application's call with its key ends with: "" or the error's code."""
        try:
            if self.cloud == "alibaba":
                self.sandbox.call("Ecs", "DescribeRegions", keys=self.key)
            else:
                self.sandbox.tencent.call("cvm", "DescribeRegions", keys=self.key)
        except ServerException as error:
            return str(error.get_error_code())
        except TencentCloudSDKException as error:
            return str(error.code)
        return ""

    def held(self) -> set[str]:
        """The roles that the instances of the application hold."""
        state, name = self.sandbox.state(), "RamRoleName"
        if self.cloud == "tencent":
            state, name = state["tencent"], "CamRoleName"
        return {one[name] for one in state["instances"] if one["InstanceId"] in self.instances}


@dataclass
class Reader:
    """Somebody who types what the page says."""

    shop: Shop
    folder: Path

    def __post_init__(self) -> None:
        self.home = self.folder

    def typed(self, line: str) -> str:
        """What a command says; it has to succeed."""
        line = re.sub(r"(LTAI|AKID)\*+", self.shop.key_id, line)
        program, *words = shlex.split(re.sub(r"\b1000\d+\*+", str(self.shop.uin), line))
        if program == "cd":
            self.folder = self.folder / words[0]
            return ""
        if program == "pulumi":
            return self._pulumi(words)
        if program in ("aliyun", "tccli"):
            return json.dumps(self._asked(words))
        assert program == "instance-role", line
        return self._run(*words)

    def on_the_instance(self, line: str) -> str:
        """What a command says on an instance of the application."""
        command = [sys.executable, *shlex.split(line)[1:]] if line.startswith("python ") else shlex.split(line)
        state = str(self.shop.sandbox.server.folder)
        return self._run("sandbox", "exec", "--state", state, self.shop.instances[0], "--", *command)

    def _pulumi(self, words: list[str]) -> str:
        given = parsed(words)
        assert given.stack == "prod" and (self.folder / "Pulumi.yaml").exists()
        if given.command == "stack":
            return ""
        said = self._run("sandbox", given.command, "--stack", given.stack)
        let_time_pass(self.folder)
        return said

    def _asked(self, words: list[str]) -> Any:
        product, action, *rest = words
        names, values = rest[::2], rest[1::2]
        assert all(name.startswith("--") for name in names)
        params: dict[str, Any] = {name[2:]: value for name, value in zip(names, values, strict=True)}
        if self.shop.cloud == "alibaba":
            return self.shop.sandbox.call(product.capitalize(), action, **params)
        numbers: dict[str, Any] = {name: int(one) if one.isdigit() else one for name, one in params.items()}
        return self.shop.sandbox.tencent.call(product, action, **numbers)

    def _run(self, *words: str) -> str:
        environment = {
            **self.shop.sandbox.env(),
            "PULUMI_CONFIG_PASSPHRASE": "correct horse",
            "HOME": str(self.home),
        }
        process = Forked("pulumi_instance_role.cli", *words, env=environment, cwd=self.folder)
        output, errors = process.communicate(timeout=170)
        assert process.wait() == 0, f"{words}: {output}{errors}"
        return output


def followed(reader: Reader, cloud: str) -> Iterator[tuple[str, list[str]]]:
    """Each block of the page for a cloud, done: its first line, and what each of its commands said."""
    for language, of, where, text in BLOCKS:
        if of != cloud:
            continue
        if language == "sh":
            type_it = reader.on_the_instance if where == "instance" else reader.typed
            yield text.splitlines()[0], [type_it(line) for line in text.splitlines()]
        elif where:
            (reader.folder / where).write_text(text, encoding="utf-8")
            yield where, []
        else:
            with (reader.folder / "__main__.py").open("a", encoding="utf-8") as file:
                file.write(f"\n{text}")
            yield "a program", []


def test_both_clouds_are_told_the_same() -> None:
    """Step for step: a block of one cloud has its twin of the other, and no block of the page is left out here."""
    told = {cloud: [(kind, where) for kind, of, where, _ in BLOCKS if of == cloud] for cloud in MAY}
    assert told["alibaba"] == told["tencent"] and len(told["alibaba"]) > 12
    assert len(re.findall(r"^```\w", PAGE, re.MULTILINE)) == sum(map(len, told.values()))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("cloud", list(MAY))
def test_the_page(cloud: str, sandbox: Sandbox, tmp_path: Path) -> None:
    shop = Shop(sandbox, cloud)
    mark = sandbox.mark()
    said: list[str] = []
    on_instance = ""
    for _, answers in followed(Reader(shop, tmp_path), cloud):
        said += answers
        last = answers[-1] if answers else ""
        on_instance = last.strip() if "assumed-role" in last else on_instance
        # Served at every moment: by the key, until the role does.
        assert on_instance or shop.by_key() == ""
    everything = "\n".join(said)

    assert "3 instances: 1 holds a role, 2 hold none" in said[0] and "3 instances: 3 hold a role" in everything
    assert '"PolicyName": "shop-app"' in said[1] + said[2]
    assert shop.held() == {"shop-web"}
    account = sandbox.account_id if cloud == "alibaba" else sandbox.tencent.account_id
    assert re.search(rf"{account}:assumed-role/(shop-web|\d+)", on_instance)
    assert shop.by_key() in ("InvalidAccessKeyId.NotFound", "AuthFailure.SecretIdNotFound")
    assert shop.key_id not in everything.replace(json.dumps(shop.key_id), "")  # but in the answer of ListAccessKeys
    assert "disabled" in everything and "in_sync" in everything

    writes = [call["action"] for call in sandbox.calls(mark) if call["write"]]
    bind = "AttachInstanceRamRole" if cloud == "alibaba" else "ModifyInstancesAttribute"
    attach = "AttachPolicyToRole" if cloud == "alibaba" else "AttachRolePolicy"
    ends = ["DetachPolicyFromUser"] if cloud == "alibaba" else []
    assert writes == ["CreateRole", attach, bind, "UpdateAccessKey", "DeleteAccessKey", *ends, "DeleteUser"]
    callers = [call["caller"] for call in sandbox.calls(mark) if call["action"] == "GetCallerIdentity"]
    assert any("assumed-role/" in caller for caller in callers)
