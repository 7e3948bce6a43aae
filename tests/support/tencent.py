"""The Tencent Cloud side of a test's account, reached through the official SDK.

``sandbox.tencent`` is one: credentials, environment, calls by name with plain values, and helpers that make the things
most tests begin with.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

if TYPE_CHECKING:
    from tests.support.sandbox import JsonData, Sandbox

MODULES = {"cam": "v20190116", "cvm": "v20170312", "vpc": "v20170312", "sts": "v20180813"}
VERSIONS = {"api": "2020-11-06", "cbs": "2017-03-12", "tag": "2018-08-13"}
"""Products whose SDK packages are not installed."""
SERVICE = "cvm.qcloud.com"
IMAGE = "img-eb30mz89"


@dataclass(frozen=True)
class TencentKeys:
    """Credentials to call with."""

    secret_id: str
    secret_key: str
    token: str = ""
    uin: str = ""


@dataclass(frozen=True)
class Tencent:
    """One account's Tencent Cloud side."""

    sandbox: Sandbox

    @property
    def secret_id(self) -> str:
        """The root key's id."""
        return str(self._account["secret_id"])

    @property
    def secret_key(self) -> str:
        """The root key's secret."""
        return str(self._account["secret_key"])

    @property
    def account_id(self) -> str:
        """The root account's uin."""
        return str(self._account["account_id"])

    @property
    def region(self) -> str:
        """The region that calls go to unless they say otherwise."""
        return str(self._account["region"])

    @property
    def zone(self) -> str:
        """A zone of that region."""
        return f"{self.region}-3"

    @property
    def keys(self) -> TencentKeys:
        """The root account's credentials."""
        return TencentKeys(self.secret_id, self.secret_key)

    @property
    def _account(self) -> JsonData:
        found: JsonData = self.sandbox.account["tencent"]
        return found

    def env(self, keys: TencentKeys | None = None) -> dict[str, str]:
        """Variables of a process that is to talk to this account, as the root account or with ``keys``."""
        used = keys or self.keys
        environment = {
            "TENCENTCLOUD_SECRET_ID": used.secret_id,
            "TENCENTCLOUD_SECRET_KEY": used.secret_key,
            "TENCENTCLOUD_REGION": self.region,
        }
        return {**environment, "TENCENTCLOUD_TOKEN": used.token} if used.token else environment

    def client(
        self,
        product: str,
        keys: TencentKeys | None = None,
        region: str | None = None,
        method: str = "POST",
        timeout: float = 30.0,
    ) -> Any:
        """The official SDK's client of a product."""
        used = keys or self.keys
        profile = ClientProfile(
            httpProfile=HttpProfile(
                endpoint=self.sandbox.endpoint, protocol="http", reqMethod=method, reqTimeout=timeout
            )
        )
        module = importlib.import_module(f"tencentcloud.{product}.{MODULES[product]}.{product}_client")
        credential = Credential(used.secret_id, used.secret_key, used.token or None)
        where = self.region if region is None else region
        return getattr(module, f"{product.capitalize()}Client")(credential, where, profile)

    def call(
        self,
        product: str,
        action: str,
        keys: TencentKeys | None = None,
        region: str | None = None,
        method: str = "POST",
        timeout: float = 30.0,
        **params: Any,
    ) -> JsonData:
        """One call through the SDK's typed request and answer; the answer as a dict without RequestId.

        The SDK gives up after ``timeout`` seconds without an answer.
        """
        models = importlib.import_module(f"tencentcloud.{product}.{MODULES[product]}.models")
        request = getattr(models, f"{action}Request")()
        request._deserialize(params)
        client = self.client(product, keys, region, method, timeout)
        answer = getattr(client, action)(request)
        found: JsonData = json.loads(answer.to_json_string())
        assert found.pop("RequestId")
        return found

    def raw(self, product: str, action: str, keys: TencentKeys | None = None, **params: Any) -> JsonData:
        """One call as it is on the wire, of any product; the answer with every field that came."""
        used = keys or self.keys
        profile = ClientProfile(httpProfile=HttpProfile(endpoint=self.sandbox.endpoint, protocol="http", reqTimeout=30))
        credential = Credential(used.secret_id, used.secret_key, used.token or None)
        client = CommonClient(product, VERSIONS[product], credential, self.region, profile)
        found: JsonData = client.call_json(action, params)["Response"]
        assert found.pop("RequestId")
        return found

    def code(self, product: str, action: str, **params: Any) -> str:
        """The code that a call fails with."""
        try:
            answer = (
                self.raw(product, action, **params) if product in VERSIONS else self.call(product, action, **params)
            )
        except TencentCloudSDKException as error:
            assert error.requestId or error.code.startswith(("Client", "Server"))
            return str(error.code)
        raise AssertionError(f"{action} succeeded: {answer}")

    def user(self, name: str, *policies: Mapping[str, Any] | str) -> TencentKeys:
        """A sub-account with these policies, and its key."""
        data = {"cloud": "tencent", "user": name, "policies": list(policies)}
        return TencentKeys(**self.sandbox.control("POST", "principals", data))

    def group(
        self, name: str, *policies: Mapping[str, Any] | str, members: Sequence[str] = ()
    ) -> dict[str, TencentKeys]:
        """A group with these policies and sub-accounts; a key of each by its name."""
        data = {"cloud": "tencent", "group": name, "policies": list(policies), "members": list(members)}
        made = self.sandbox.control("POST", "principals", data)
        return {member: TencentKeys(**keys) for member, keys in made["members"].items()}

    def state(self) -> JsonData:
        """Everything that exists on this side of the account."""
        found: JsonData = self.sandbox.state()["tencent"]
        return found

    # -- what most tests begin with ----------------------------------------------------------------------------
    def make_role(self, name: str = "app", services: Sequence[str] = (SERVICE,), **params: Any) -> str:
        """A role that the services may assume; its id."""
        statement = {"action": "name/sts:AssumeRole", "effect": "allow", "principal": {"service": list(services)}}
        trust = json.dumps({"version": "2.0", "statement": [statement]})
        return str(self.call("cam", "CreateRole", RoleName=name, PolicyDocument=trust, **params)["RoleId"])

    def make_policy(self, name: str = "read", *actions: str, resource: str = "*") -> int:
        """A custom policy that allows ``actions``; its id."""
        statement = {"effect": "allow", "action": list(actions or ("cvm:Describe*",)), "resource": [resource]}
        document = json.dumps({"version": "2.0", "statement": [statement]})
        return int(self.call("cam", "CreatePolicy", PolicyName=name, PolicyDocument=document)["PolicyId"])

    def make_vpc(self, region: str | None = None) -> JsonData:
        """A VPC with a subnet and a security group: their ids."""
        where = region or self.region
        zone = self.call("cvm", "DescribeZones", region=where)["ZoneSet"][0]["Zone"]
        vpc = self.call("vpc", "CreateVpc", region=where, VpcName="test", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.call(
            "vpc", "CreateSubnet", region=where, VpcId=vpc, SubnetName="test", Zone=zone, CidrBlock="10.0.1.0/24"
        )["Subnet"]["SubnetId"]
        group = self.call("vpc", "CreateSecurityGroup", region=where, GroupName="test", GroupDescription="test")
        return {
            "region": where,
            "zone": zone,
            "vpc": vpc,
            "subnet": subnet,
            "group": group["SecurityGroup"]["SecurityGroupId"],
        }

    def make_vpc_instance(self, count: int = 1, vpc: JsonData | None = None, **params: Any) -> list[str]:
        """Running instances in a VPC (a new one, unless one of :meth:`make_vpc` is given): their ids."""
        where = vpc or self.make_vpc()
        wanted = {
            "Placement": {"Zone": where["zone"]},
            "ImageId": IMAGE,
            "VirtualPrivateCloud": {"VpcId": where["vpc"], "SubnetId": where["subnet"]},
            "SecurityGroupIds": [where["group"]],
            "InstanceCount": count,
            **params,
        }
        made: list[str] = self.call("cvm", "RunInstances", region=where["region"], **wanted)["InstanceIdSet"]
        self.settle()
        return made

    def instance(self, instance_id: str, region: str | None = None) -> JsonData:
        """One instance as DescribeInstances shows it."""
        found = self.call("cvm", "DescribeInstances", region=region, InstanceIds=[instance_id])
        only: JsonData = found["InstanceSet"][0]
        return only

    def settle(self, seconds: float = 5.0) -> None:
        """Let time pass, so that what is under way ends."""
        self.sandbox.advance(seconds)
