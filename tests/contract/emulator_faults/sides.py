"""The two clouds as the tests of faults see them: a write, a read of it, and what each fault ends in there."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from tests.contract.emulator_tencent.documents import allowing, trust
from tests.support.sandbox import Keys, Sandbox
from tests.support.tencent import TencentKeys


@dataclass
class Side(ABC):
    """One cloud of a test's account."""

    sandbox: Sandbox
    name: ClassVar[str]
    codes: ClassVar[dict[str, tuple[str, ...]]]  # fault -> the codes that the SDK may end in
    create = "CreateRole"
    get = "GetRole"

    @abstractmethod
    def make(self, name: str = "app", keys: Any = None, timeout: float = 30.0) -> None:
        """A role; the SDK gives up after ``timeout`` seconds."""

    @abstractmethod
    def there(self, name: str = "app", keys: Any = None) -> bool:
        """Whether a reader sees that role. An error other than that it does not is raised."""

    @abstractmethod
    def code(self, error: Exception) -> str:
        """The code of an error of the SDK."""

    @abstractmethod
    def session(self) -> Any:
        """Temporary credentials of a role that may do all."""

    @abstractmethod
    def instances(self, count: int) -> list[str]:
        """New instances that run, and a role ``app`` for them."""

    @abstractmethod
    def bind(self, ids: list[str]) -> Any:
        """Bind the role ``app``: the answer."""

    @abstractmethod
    def held(self, ids: list[str]) -> list[str]:
        """The role of each instance, "" for none."""

    def fault(self, kind: str, action: str, **rest: Any) -> None:
        """Order a fault on this cloud."""
        self.sandbox.fault(kind, action, cloud=self.name, **rest)

    def failing(self, make: Any) -> str:
        """The code that a call ends in; "" if it does not fail."""
        try:
            make()
        except (ClientException, ServerException, TencentCloudSDKException, ValueError) as error:
            return self.code(error)
        return ""


class Alibaba(Side):
    """RAM and ECS through the classic SDK."""

    name: ClassVar[str] = "alibaba"
    codes: ClassVar[dict[str, tuple[str, ...]]] = {
        "throttle": ("Throttling.User",),
        "unavailable": ("ServiceUnavailable",),
        "internal": ("InternalError",),
        "deny": ("NoPermission",),
        "code": ("InvalidParameter.NotToday",),
        "hollow": ("",),
        "drop_before": ("SDK.HttpError",),
        "timeout": ("SDK.HttpError",),
        "expire": ("InvalidSecurityToken.Expired",),
        "drop_after": ("SDK.HttpError",),
        "empty": ("unreadable",),
        "garbage": ("unreadable",),
    }

    def make(self, name: str = "app", keys: Any = None, timeout: float = 30.0) -> None:
        statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": ["ecs.aliyuncs.com"]}}
        document = json.dumps({"Version": "1", "Statement": [statement]})
        self.sandbox.call("Ram", "CreateRole", keys, timeout=timeout, RoleName=name, AssumeRolePolicyDocument=document)

    def there(self, name: str = "app", keys: Any = None) -> bool:
        try:
            self.sandbox.call("Ram", "GetRole", keys, RoleName=name)
        except ServerException as error:
            if error.get_error_code() != "EntityNotExist.Role":
                raise
            return False
        return True

    def code(self, error: Exception) -> str:
        return "unreadable" if isinstance(error, ValueError) else str(error.get_error_code())  # type: ignore[attr-defined]  # the SDK's own

    def session(self) -> Any:
        document = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        ann = self.sandbox.user("ann", document)
        account = self.sandbox.account_id
        statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"RAM": [f"acs:ram::{account}:root"]}}
        text = json.dumps({"Version": "1", "Statement": [statement]})
        self.sandbox.call("Ram", "CreateRole", RoleName="ops", AssumeRolePolicyDocument=text)
        admin: dict[str, Any] = {"PolicyType": "System", "PolicyName": "AdministratorAccess"}
        self.sandbox.call("Ram", "AttachPolicyToRole", RoleName="ops", **admin)
        desired: dict[str, Any] = {"RoleArn": f"acs:ram::{account}:role/ops", "RoleSessionName": "me"}
        found = self.sandbox.call("Sts", "AssumeRole", ann, **desired)["Credentials"]
        return Keys(found["AccessKeyId"], found["AccessKeySecret"], found["SecurityToken"])

    def instances(self, count: int) -> list[str]:
        self.make()
        return self.sandbox.make_vpc_instance(count)

    def bind(self, ids: list[str]) -> Any:
        return self.sandbox.call("Ecs", "AttachInstanceRamRole", RamRoleName="app", InstanceIds=json.dumps(ids))

    def held(self, ids: list[str]) -> list[str]:
        found = self.sandbox.call("Ecs", "DescribeInstanceRamRole", InstanceIds=json.dumps(ids))
        roles = {row["InstanceId"]: row["RamRoleName"] for row in found["InstanceRamRoleSets"]["InstanceRamRoleSet"]}
        return [roles.get(one, "") for one in ids]


class TencentSide(Side):
    """CAM and CVM through the official SDK."""

    name: ClassVar[str] = "tencent"
    codes: ClassVar[dict[str, tuple[str, ...]]] = {
        "throttle": ("RequestLimitExceeded",),
        "unavailable": ("ServerNetworkError",),
        "internal": ("InternalError",),
        "deny": ("AuthFailure.UnauthorizedOperation",),
        "code": ("InvalidParameter.NotToday",),
        "hollow": ("",),
        "drop_before": ("ClientNetworkError",),
        "timeout": ("ClientNetworkError",),
        "expire": ("AuthFailure.TokenFailure",),
        "drop_after": ("ClientNetworkError",),
        "empty": ("JSONDecodeError", "ClientParamsError", "ServerNetworkError"),
        "garbage": ("JSONDecodeError", "ClientParamsError", "ServerNetworkError"),
    }

    def make(self, name: str = "app", keys: Any = None, timeout: float = 30.0) -> None:
        self.sandbox.tencent.call("cam", "CreateRole", keys, timeout=timeout, RoleName=name, PolicyDocument=trust())

    def there(self, name: str = "app", keys: Any = None) -> bool:
        try:
            self.sandbox.tencent.call("cam", "GetRole", keys, RoleName=name)
        except TencentCloudSDKException as error:
            if error.code != "InvalidParameter.RoleNotExist":
                raise
            return False
        return True

    def code(self, error: Exception) -> str:
        return str(error.code)  # type: ignore[attr-defined]  # the SDK's own

    def session(self) -> Any:
        tencent = self.sandbox.tencent
        principal = {"qcs": [f"qcs::cam::uin/{tencent.account_id}:root"]}
        tencent.call("cam", "CreateRole", RoleName="ops", PolicyDocument=trust(principal=principal))
        tencent.call("cam", "AttachRolePolicy", AttachRoleName="ops", PolicyName="AdministratorAccess")
        ann = tencent.user("ann", allowing("*"))
        arn = f"qcs::cam::uin/{tencent.account_id}:roleName/ops"
        found = tencent.call("sts", "AssumeRole", ann, RoleArn=arn, RoleSessionName="me")["Credentials"]
        return TencentKeys(found["TmpSecretId"], found["TmpSecretKey"], found["Token"])

    def instances(self, count: int) -> list[str]:
        self.make()
        return self.sandbox.tencent.make_vpc_instance(count)

    def bind(self, ids: list[str]) -> Any:
        desired: dict[str, Any] = {"InstanceIds": ids, "CamRoleName": "app"}
        return self.sandbox.tencent.call("cvm", "ModifyInstancesAttribute", **desired)

    def held(self, ids: list[str]) -> list[str]:
        found = self.sandbox.tencent.call("cvm", "DescribeInstances", InstanceIds=ids)["InstanceSet"]
        roles = {row["InstanceId"]: row["CamRoleName"] or "" for row in found}
        return [roles[one] for one in ids]
