"""docs/pipelines/gitlab-ci.yml on Tencent Cloud: the same script signs in, and the same jobs run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lifecycle.pipelines.ci import GitLab, Ran
from tests.lifecycle.pipelines.conftest import PAGE, TENCENT_TRUST, Place
from tests.lifecycle.pipelines.outside import AUDIENCE, BOT, COMMENT_TOKEN, Trust
from tests.support.tencent import Tencent, TencentKeys

PROGRAM = """
from pulumi_instance_role import InstanceRole, InstanceRoleBinding, RolePolicy, RolePolicyAttachment
from pulumi_instance_role import allow, policy_document

role = InstanceRole("web", cloud="tencent", name="shop-web")
document = policy_document(allow("name/cos:GetObject", on="qcs::cos:::shop-assets-1/*", cloud="tencent"))
policy = RolePolicy("assets", cloud="tencent", name="shop-assets", document=document)
RolePolicyAttachment("assets", role=role, policy=policy)
{more}InstanceRoleBinding("web", cloud="tencent", region={region!r}, role=role, instance_ids={ids!r})
"""
RISKY = """RolePolicyAttachment("all", role=role, policy="AdministratorAccess", policy_type="System")
"""
READS = ("name/cam:Get*", "name/cam:List*", "name/cam:Describe*", "name/cvm:Describe*", "name/vpc:Describe*")
REVIEW, MAIN = (
    "project_path:shop/identity:ref_type:branch:ref:change",
    "project_path:shop/identity:ref_type:branch:ref:main",
)


def role(place: Place, tencent: Tencent, name: str, subject: str, actions: tuple[str, ...]) -> str:
    """A role that may these actions and trusts the identity tokens of a subject; its ARN."""
    trusted = {"qcs": [f"qcs::cam::uin/{tencent.account_id}:root"]}
    statement = {"action": "name/sts:AssumeRole", "effect": "allow", "principal": trusted}
    document = json.dumps({"version": "2.0", "statement": [statement]})
    tencent.call("cam", "CreateRole", RoleName=name, PolicyDocument=document)
    policy = tencent.make_policy(f"{name}-may", *actions)
    tencent.call("cam", "AttachRolePolicy", PolicyId=policy, AttachRoleName=name)
    arn = f"qcs::cam::uin/{tencent.account_id}:roleName/{name}"
    assumer: Any = {"effect": "allow", "action": ["name/sts:AssumeRole"], "resource": [arn]}
    keys: TencentKeys = tencent.user(f"sts-for-{name}", {"version": "2.0", "statement": [assumer]})

    def assume(session: str) -> dict[str, Any]:
        return dict(tencent.call("sts", "AssumeRole", keys, RoleArn=arn, RoleSessionName=session))

    place.outside.trusts[arn] = Trust("forge", subject, assume)
    return arn


@pytest.mark.soak  # the page's other pipeline runs the same scripts every time
@pytest.mark.timeout(600)
def test_from_the_first_merge_request_to_drift(place: Place) -> None:
    assert all(f"`{action}`" in PAGE for action in READS)
    (trusted,) = TENCENT_TRUST["statement"]
    assert trusted["condition"]["string_equal"]["oidc:aud"] == [AUDIENCE]
    tencent, outside = place.sandbox.tencent, place.outside
    (instance,) = tencent.make_vpc_instance()
    main = place.project.folder / "__main__.py"
    main.write_text(PROGRAM.format(more="", region=tencent.region, ids=[instance]), encoding="utf-8")
    deploying = ("name/cam:*", "name/cvm:Describe*", "name/cvm:ModifyInstancesAttribute")
    values = {
        "STACK": "tencent",
        "PULUMI_BACKEND_URL": f"file://{place.project.folder}/.sandbox/pulumi",
        "PULUMI_CONFIG_PASSPHRASE": "phrase",
        "SIGN_IN_PROVIDER": "forge",
        "REVIEW_ROLE": role(place, tencent, "review", REVIEW, READS),
        "DEPLOY_ROLE": role(place, tencent, "deploy", MAIN, deploying),
        "COMMENT_TOKEN": COMMENT_TOKEN,
        "TENCENTCLOUD_REGION": tencent.region,
        "CI_API_V4_URL": f"{outside.url}/gitlab",
        "CI_PROJECT_ID": "9",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_PIPELINE_ID": "4711",
    }
    gitlab = GitLab(place.runner, values)

    def run(job: str, subject: str) -> Ran:
        outside.subject = subject
        token = outside.token(AUDIENCE)
        mark = place.sandbox.mark()
        ran = gitlab.run(job, {AUDIENCE: token})
        assert token not in ran.said
        if job != "deploy":
            assert [call["action"] for call in place.sandbox.calls(mark) if call["write"]] == []
        return ran

    ran = run("review", REVIEW)
    assert ran.code == 0, ran.said
    assert "signed in as qcs::cam::" in ran.said and "comment made" in ran.said
    (made,) = outside.comments
    assert made["author"]["username"] == BOT and "shop-web" in made["body"]

    # A preview that fails has its say in the comment; one that never began has none.
    main.write_text(PROGRAM.format(more="raise SystemExit('a slip')\n", region=tencent.region, ids=[instance]))
    ran = run("review", REVIEW)
    assert ran.code == 1 and "comment brought up to date" in ran.said, ran.said
    assert "the preview failed" in made["body"].lower(), made["body"]
    main.unlink()
    said = made["body"]
    ran = run("review", REVIEW)
    assert ran.code == 1 and made["body"] == said and "comment brought" not in ran.said, ran.said

    # The token of a branch does not open the deploy role.
    ran = run("deploy", REVIEW)
    assert ran.code == 1 and "WebIdentityTokenError" in ran.said, ran.said
    assert tencent.instance(instance).get("CamRoleName") in (None, "")

    main.write_text(PROGRAM.format(more="", region=tencent.region, ids=[instance]), encoding="utf-8")
    ran = run("deploy", MAIN)
    assert ran.code == 0, ran.said
    assert tencent.instance(instance)["CamRoleName"] == "shop-web"

    # The next change, to what is deployed: the review sees whom it reaches through what stays as it is.
    main.write_text(PROGRAM.format(more=RISKY, region=tencent.region, ids=[instance]), encoding="utf-8")
    ran = run("review", REVIEW)
    assert ran.code == 2, ran.said
    assert "comment brought up to date" in ran.said and outside.comments == [made]
    assert "administrator-access" in made["body"]
    assert "1 of 1 instance touched" in ran.said, ran.said

    assert run("drift", REVIEW).code == 0
    tencent.call("cvm", "ModifyInstancesAttribute", InstanceIds=[instance], CamRoleName="")
    ran = run("drift", REVIEW)
    assert ran.code == 2 and "unbound" in ran.said, ran.said
