"""The emulator as tests see it: a real process, reached over the wire, with an account of its own for each test.

:class:`Server` is the process, :class:`Sandbox` one account in it. Tests that kill, restart or misconfigure a server
start their own; all others share one for the whole run of a worker and meet nobody, because state, clock, switches,
faults and the call log are kept by account.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aliyunsdkcore.auth.credentials import StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import RpcRequest

from tests.support.forks import Forked
from tests.support.tencent import Tencent

JsonData = dict[str, Any]
VERSIONS = {"Ecs": "2014-05-26", "Ram": "2015-05-01", "Vpc": "2016-04-28", "Sts": "2015-04-01"}
EMULATOR = "instance_role_sandbox.emulator"
_NOT_FOR_CHILDREN = (
    "proxy",
    "aliyun",
    "alicloud",
    "alibaba_cloud",
    "instance_role",
    "ssl_cert",
    "ca_bundle",
    "pulumi_",
    "tencentcloud",
)


def clean_environment() -> dict[str, str]:
    """This process's environment without proxies, clouds' settings and credentials."""
    return {k: v for k, v in os.environ.items() if not any(word in k.lower() for word in _NOT_FOR_CHILDREN)}


class Server:
    """One emulator process with its state in ``folder``, started at once."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        self.start()

    def start(self) -> None:
        """Start the process and wait for its ready line."""
        arguments = ("serve", "--state", str(self.folder), *self.options)
        self.process = Forked(EMULATOR, *arguments, env=clean_environment(), cwd=Path.cwd())
        line = self.process.stdout.readline()
        if not line:
            _, errors = self.process.communicate(timeout=20)
            raise AssertionError(f"the sandbox did not start: {errors}")
        self.ready: JsonData = json.loads(line)

    @property
    def endpoint(self) -> str:
        """HOST:PORT."""
        return str(self.ready["endpoint"])

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the process by a signal and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=20)
        self.process.close()
        return code

    def restart(self, number: int = signal.SIGTERM) -> None:
        """End the process by a signal and start it again on the same state and port."""
        port = self.endpoint.rsplit(":", 1)[1]
        self.stop(number)
        self.options = ("--port", port, *[o for o in self.options if o not in ("--port", port)])
        self.start()

    @property
    def steering(self) -> dict[str, str]:
        """The headers that the control API wants."""
        return {"Authorization": f"Bearer {Path(self.ready['control_file']).read_text(encoding='utf-8')}"}

    def control(self, method: str, path: str, data: JsonData | None = None) -> JsonData:
        """One call to the control API; ``AssertionError`` with its message when it refuses."""
        request = urllib.request.Request(
            f"http://{self.endpoint}/_sandbox/{path}",
            data=None if data is None else json.dumps(data).encode(),
            headers=self.steering,
            method=method,
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                found: JsonData = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def account(self, region: str | None = None) -> Sandbox:
        """A new account."""
        made = self.control("POST", "accounts", {"region": region} if region else {})
        return Sandbox(self, made)

    def first_account(self) -> Sandbox:
        """The account of the ready line."""
        return Sandbox(self, {**self.ready["alibaba"], "tencent": self.ready["tencent"]})


@dataclass
class Keys:
    """Credentials to call with."""

    access_key_id: str
    access_key_secret: str
    security_token: str = ""


@dataclass
class Sandbox:
    """One account of a running emulator."""

    server: Server
    account: JsonData
    _since: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._since = int(self.control("GET", "calls")["last"])

    @property
    def endpoint(self) -> str:
        """HOST:PORT."""
        return self.server.endpoint

    @property
    def url(self) -> str:
        """http://HOST:PORT."""
        return f"http://{self.endpoint}"

    @property
    def ca_file(self) -> str:
        """The certificate to trust for https://HOST:PORT."""
        return str(self.server.ready["ca_file"])

    @property
    def access_key_id(self) -> str:
        """The account's own key."""
        return str(self.account["access_key_id"])

    @property
    def access_key_secret(self) -> str:
        """The account's own secret."""
        return str(self.account["access_key_secret"])

    @property
    def account_id(self) -> str:
        """The account's id."""
        return str(self.account["account_id"])

    @property
    def region(self) -> str:
        """The region that calls go to unless they say otherwise."""
        return str(self.account["region"])

    @property
    def keys(self) -> Keys:
        """The account's own credentials."""
        return Keys(self.access_key_id, self.access_key_secret)

    def env(self, keys: Keys | None = None) -> dict[str, str]:
        """The environment of a process that is to talk to this account, as the account itself or with ``keys``."""
        used = keys or self.keys
        environment = {
            **clean_environment(),
            "INSTANCE_ROLE_ENDPOINT": self.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": used.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": used.access_key_secret,
            "ALICLOUD_REGION": self.region,
            "ALIBABA_CLOUD_CA_BUNDLE": self.ca_file,
            "SSL_CERT_FILE": self.ca_file,
            **self.tencent.env(),
        }
        if used.security_token:
            environment["ALIBABA_CLOUD_SECURITY_TOKEN"] = used.security_token
        return environment

    @property
    def tencent(self) -> Tencent:
        """The account's Tencent Cloud side."""
        return Tencent(self)

    # -- the control API ---------------------------------------------------------------------------------------
    def control(self, method: str, path: str, data: JsonData | None = None) -> JsonData:
        """One call to the control API, about this account."""
        mark = "&" if "?" in path else "?"
        return self.server.control(method, f"{path}{mark}account={self.account['account_id']}", data)

    def calls(self, since: int | None = None) -> list[JsonData]:
        """The account's calls after number ``since``, or all of this test's."""
        found = self.control("GET", f"calls?since={self._since if since is None else since}")["calls"]
        return [call for call in found if call["account"] == self.account_id]

    def mark(self) -> int:
        """The number of the newest call, for ``calls(since=...)``."""
        return int(self.control("GET", "calls")["last"])

    def fault(self, fault: str, action: str, **rest: Any) -> None:
        """Order a fault: ``fault("throttle", "CreateRole", times=2)``."""
        self.control("POST", "faults", {"fault": fault, "action": action, **rest})

    def clear_faults(self) -> None:
        """Forget all faults."""
        self.control("DELETE", "faults")

    def state(self) -> JsonData:
        """Everything that exists in the account."""
        return self.control("GET", "state")

    def advance(self, seconds: float) -> None:
        """Move the account's clock on."""
        self.control("POST", "clock", {"advance_seconds": seconds})

    def switch(self, **values: object) -> None:
        """Set switches for this account: ``switch(occupied_level="item")``."""
        self.control("POST", "switches", {name.replace("_", "-"): value for name, value in values.items()})

    def user(self, name: str, *policies: Mapping[str, Any] | str) -> Keys:
        """A RAM user with these policies, and its key."""
        made = self.control("POST", "principals", {"user": name, "policies": list(policies)})
        return Keys(**made)

    def group(self, name: str, *policies: Mapping[str, Any] | str, members: Sequence[str] = ()) -> dict[str, Keys]:
        """A RAM group with these policies and users; a key of each by its name."""
        data = {"group": name, "policies": list(policies), "members": list(members)}
        return {member: Keys(**keys) for member, keys in self.control("POST", "principals", data)["members"].items()}

    # -- the process -------------------------------------------------------------------------------------------
    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the process."""
        return self.server.stop(number)

    def restart(self, number: int = signal.SIGTERM) -> None:
        """End the process and start it again on the same state and port."""
        self.server.restart(number)

    # -- official clients --------------------------------------------------------------------------------------
    def client(self, keys: Keys | None = None, region: str | None = None) -> AcsClient:
        """The classic SDK's client."""
        used = keys or self.keys
        where = region or self.region
        proxy = {"http": "", "https": ""}
        if used.security_token:
            token = StsTokenCredential(used.access_key_id, used.access_key_secret, used.security_token)
            return AcsClient(region_id=where, credential=token, proxy=proxy, auto_retry=False)
        return AcsClient(used.access_key_id, used.access_key_secret, where, proxy=proxy, auto_retry=False)

    def call(
        self,
        product: str,
        action: str,
        keys: Keys | None = None,
        region: str | None = None,
        timeout: float = 30.0,
        **params: Any,
    ) -> JsonData:
        """One call through the classic SDK, which gives up after ``timeout`` seconds without an answer.

        Lists and dicts among ``params`` travel as numbered parameters.
        """
        request = RpcRequest(product, VERSIONS[product], action)
        request.set_endpoint(self.endpoint)
        request.set_protocol_type("http")
        request.set_method("POST")
        request.set_read_timeout(timeout)
        for name, value in _flat(params):
            request.add_query_param(name, value)
        client = self.client(keys, region)
        try:
            found: JsonData = json.loads(client.do_action_with_exception(request))
            return found
        finally:
            client.session.close()

    def make_role(self, name: str = "app", services: Sequence[str] = ("ecs.aliyuncs.com",)) -> str:
        """A role that the services may assume; its name."""
        statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": list(services)}}
        trust = json.dumps({"Version": "1", "Statement": [statement]})
        self.call("Ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust)
        return name

    def make_vpc(self, region: str | None = None) -> JsonData:
        """A VPC with a vSwitch and a security group, all settled: their ids."""
        where = region or self.region
        zone = self.call("Ecs", "DescribeZones", region=where, RegionId=where)["Zones"]["Zone"][0]["ZoneId"]
        vpc = self.call("Vpc", "CreateVpc", region=where, RegionId=where, CidrBlock="10.0.0.0/16")["VpcId"]
        self._settle(lambda: self.call("Vpc", "DescribeVpcAttribute", region=where, VpcId=vpc), "Available")
        vswitch = self.call(
            "Vpc", "CreateVSwitch", region=where, RegionId=where, VpcId=vpc, ZoneId=zone, CidrBlock="10.0.1.0/24"
        )["VSwitchId"]
        self._settle(
            lambda: self.call("Vpc", "DescribeVSwitchAttributes", region=where, VSwitchId=vswitch), "Available"
        )
        group = self.call("Ecs", "CreateSecurityGroup", region=where, RegionId=where, VpcId=vpc)["SecurityGroupId"]
        return {"region": where, "zone": zone, "vpc": vpc, "vswitch": vswitch, "group": group}

    def make_vpc_instance(self, count: int = 1, vpc: JsonData | None = None, **params: Any) -> list[str]:
        """Running instances in a VPC (a new one, unless one of :meth:`make_vpc` is given): their ids."""
        where = vpc or self.make_vpc()
        wanted = {
            "ImageId": "aliyun_3_x64_20G_alibase_20240528.vhd",
            "InstanceType": "ecs.g6.large",
            "VSwitchId": where["vswitch"],
            "SecurityGroupId": where["group"],
            "Amount": count,
            **params,
        }
        image = self.call("Ecs", "DescribeImages", region=where["region"], RegionId=where["region"])
        wanted["ImageId"] = image["Images"]["Image"][0]["ImageId"]
        made = self.call("Ecs", "RunInstances", region=where["region"], RegionId=where["region"], **wanted)
        found: list[str] = made["InstanceIdSets"]["InstanceIdSet"]
        for instance_id in found:
            self._settle(partial(self._instance, where["region"], instance_id), "Running")
        return found

    def _instance(self, region: str, instance_id: str) -> JsonData:
        return self.call("Ecs", "DescribeInstanceAttribute", region=region, InstanceId=instance_id)

    def _settle(self, read: Callable[[], JsonData], status: str) -> None:
        """Move the clock on until the thing read has that status."""
        for _ in range(20):
            if read()["Status"] == status:
                return
            self.advance(5)
        raise AssertionError(f"never {status}: {read()}")


def _flat(params: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Parameters as they travel: lists numbered from 1, dicts by key."""
    found: list[tuple[str, str]] = []
    for name, value in params.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{name}.")
        elif isinstance(value, (list, tuple)):
            found += _flat(dict(zip((f"{name}.{n}" for n in itertools.count(1)), value, strict=False)), prefix)
        elif value is not None:
            found.append((prefix + name, str(value)))
    return found


def wait_for(condition: Any, seconds: float = 10.0) -> Any:
    """The first true answer of ``condition()``, asked again and again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it never came true")
