"""The account as it is: all roles, the regions, and the long-lived keys with their last use. Reads only.

https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-listroles, ``-listusers``,
``-listaccesskeys`` and ``-getaccesskeylastused`` beside it, and
https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-describeregions.

What is answered of a key that was never used is published nowhere: an empty text and ``N/A`` are taken for that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from aliyunsdkecs.request.v20140526.DescribeRegionsRequest import DescribeRegionsRequest
from aliyunsdkram.request.v20150501.GetAccessKeyLastUsedRequest import GetAccessKeyLastUsedRequest
from aliyunsdkram.request.v20150501.ListAccessKeysRequest import ListAccessKeysRequest
from aliyunsdkram.request.v20150501.ListRolesRequest import ListRolesRequest
from aliyunsdkram.request.v20150501.ListUsersRequest import ListUsersRequest

from pulumi_instance_role.clouds.alibaba.base import rows
from pulumi_instance_role.clouds.alibaba.grants import Grants
from pulumi_instance_role.clouds.alibaba.roles import Roles, role_of
from pulumi_instance_role.clouds.port import AccessKey, CloudError, ErrorKind, Role, User

_NEVER = frozenset({"", "N/A"})


class Survey(Roles, Grants):
    """The port's operations on the account as a whole."""

    def list_roles(self, tagged: Collection[str] | None = None) -> Sequence[Role]:
        """ListRoles, which leaves the trust documents out, and ListTagResources for fifty roles at a time."""
        found = [role_of(row) for row in self.listed(ListRolesRequest, {}, ("Roles", "Role"))]
        names = [role.name for role in found if tagged is None or role.name in tagged]
        tags = self.tags_in_batches("role", names)
        return tuple(replace(role, tags=tags.get(role.name, {})) for role in found)

    def whole_role(self, listed: Role) -> Role | None:
        """GetRole."""
        role = self.bare_role(listed.name)
        return None if role is None else replace(role, tags=listed.tags)

    def regions(self) -> Sequence[str]:
        """DescribeRegions."""
        answer = self.api.call(DescribeRegionsRequest, {}, needs="Regions")
        return tuple(sorted(row["RegionId"] for row in rows(answer, "Regions", "Region")))

    def users(self) -> Sequence[User]:
        """ListUsers."""
        return tuple(User(row["UserName"]) for row in self.listed(ListUsersRequest, {}, ("Users", "User")))

    def access_keys(self, user: User | None) -> Sequence[AccessKey]:
        """ListAccessKeys. Without a user's name it lists the caller's: the account's own only where that calls."""
        if user is None and self.identity().kind != "account":
            raise CloudError(
                ErrorKind.UNSUPPORTED,
                "only the account itself can list its own keys.",
                operation="ListAccessKeys",
                hint="See them in the console, signed in as the account.",
            )
        name = None if user is None else user.name
        answer = self.api.call(ListAccessKeysRequest, {"UserName": name}, of=name or "", needs="AccessKeys")
        return tuple(
            AccessKey(row["AccessKeyId"], name or "", row.get("Status") == "Active", row.get("CreateDate") or "")
            for row in rows(answer, "AccessKeys", "AccessKey")
        )

    def keys_last_used(self, user: User | None, keys: Sequence[AccessKey]) -> Mapping[str, str]:
        """GetAccessKeyLastUsed, key by key."""
        found: dict[str, str] = {}
        for key in keys:
            parameters = {"UserAccessKeyId": key.key_id, "UserName": None if user is None else user.name}
            answer = self.api.call(GetAccessKeyLastUsedRequest, parameters, needs="AccessKeyLastUsed")
            told = answer["AccessKeyLastUsed"].get("LastUsedDate")
            if told is not None:
                found[key.key_id] = "" if told in _NEVER else told
        return found
