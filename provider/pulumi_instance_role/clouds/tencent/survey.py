"""The account as it is: all roles, the regions, and the long-lived keys with their last use. Reads only.

https://www.tencentcloud.com/document/product/598/33560 (DescribeRoleList),
https://www.tencentcloud.com/document/product/213/15708 (DescribeRegions) and, by the SDK's own text, ListUsers,
ListAccessKeys and GetSecurityLastUsed of CAM: the last use is a date, a day late, and ten keys are told in one call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pulumi_instance_role.clouds.port import AccessKey, Role, User
from pulumi_instance_role.clouds.tencent.roles import Roles

LAST_USED = 10
"""Keys in one GetSecurityLastUsed."""


class Survey(Roles):
    """The port's operations on the account as a whole."""

    def list_roles(self, tagged: Collection[str] | None = None) -> Sequence[Role]:
        """DescribeRoleList, which has the tags."""
        return tuple(self._role(row) for row in self.pages("DescribeRoleList", {}))

    def whole_role(self, listed: Role) -> Role | None:
        """The list has all of a role; GetRole where it had no trust document."""
        return listed if listed.trust_policy is not None else self.get_role(listed.name)

    def regions(self) -> Sequence[str]:
        """DescribeRegions of CVM."""
        answer = self.api.call("cvm", "DescribeRegions", {}, needs="RegionSet")
        return tuple(sorted(str(row["Region"]) for row in answer["RegionSet"]))

    def users(self) -> Sequence[User]:
        """ListUsers."""
        answer = self.cam("ListUsers", {}, needs="Data")
        return tuple(User(str(row["Name"]), str(row["Uin"])) for row in answer["Data"])

    def access_keys(self, user: User | None) -> Sequence[AccessKey]:
        """ListAccessKeys of a sub-account or of the root account, by number."""
        number = self.identity().account_id if user is None else user.number
        answer = self.cam("ListAccessKeys", {"TargetUin": int(number)}, of=number, needs="AccessKeys")
        return tuple(
            AccessKey(
                str(row["AccessKeyId"]),
                "" if user is None else user.name,
                row.get("Status") == "Active",
                row.get("CreateTime") or "",
            )
            for row in answer["AccessKeys"]
        )

    def keys_last_used(self, user: User | None, keys: Sequence[AccessKey]) -> Mapping[str, str]:
        """GetSecurityLastUsed, ten keys at a time.

        The page says of ``null`` that no value could be had. Whether that is a key that was never used is not said, so
        such a key is left out: its last use is not known.
        """
        found: dict[str, str] = {}
        for start in range(0, len(keys), LAST_USED):
            wanted = [key.key_id for key in keys[start : start + LAST_USED]]
            answer = self.cam("GetSecurityLastUsed", {"SecretIdList": wanted}, needs="SecretIdLastUsedRows")
            for row in answer["SecretIdLastUsedRows"]:
                if row.get("LastUsedDate"):
                    found[str(row["SecretId"])] = row["LastUsedDate"]
        return found
