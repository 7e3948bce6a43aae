"""The same identity in several accounts: one stack, one preview with the faults of all, one state.

Each entry of `shop:accounts` is an account: by the credentials that the deployment runs with, by a role to assume in
the other account (`assumeRoleArn`), or by a profile of the cloud's command line (`profile`). The instances exist
already; they are found by their tag, in each account by itself. docs/accounts.md says how to try it in the sandbox.

Copy it: nothing here is special to this repository. It needs `pip install 'pulumi-instance-role[alibaba,tencent]'` and
the right to assume the roles that are named. Accounts that must not wait for each other want a stack each.
"""

import pulumi

from pulumi_instance_role import InstanceIdentity, allow, find_instances, policy_document

MAY = {
    "alibaba": allow("oss:GetObject", on="acs:oss:*:*:shop-assets/*"),
    "tencent": allow("name/cos:GetObject", on="qcs::cos:::shop-assets-*/*", cloud="tencent"),
}

for account in pulumi.Config("shop").require_object("accounts"):
    where = {
        "cloud": account["cloud"],
        "region": account["region"],
        "profile": account.get("profile"),
        "assume_role_arn": account.get("assumeRoleArn"),
    }
    web = InstanceIdentity(
        f"web-{account['name']}",
        policies=[policy_document(MAY[account["cloud"]])],
        instance_ids=find_instances(tags={"app": "shop"}, at_least=1, **where),
        description="Web servers of the shop",
        **where,
    )
    pulumi.export(account["name"], web.role.arn)
