"""docs/pipelines/github-actions.yml, job by job, from the first pull request to the morning after."""

from __future__ import annotations

import json
import re

import pytest

from tests.lifecycle.pipelines.ci import GitHub, Ran
from tests.lifecycle.pipelines.conftest import NETWORK, READS, TRUST, Place
from tests.lifecycle.pipelines.outside import BOT, ID_REQUEST_TOKEN, JOB_TOKEN, PAGE

MARKER = "<!-- instance-role-review: instance%2Drole/alibaba -->"
SUBJECT = "repo:shop/identity:environment:"
RISKY = """
RolePolicyAttachment("everything", role=web, policy="AdministratorAccess", policy_type="System")
"""


def pipeline(place: Place, review: str, deploy: str) -> GitHub:
    values = {
        "vars.PULUMI_BACKEND_URL": f"file://{place.project.folder}/.sandbox/pulumi",
        "vars.SIGN_IN_PROVIDER": place.provider,
        "vars.REVIEW_ROLE": review,
        "vars.DEPLOY_ROLE": deploy,
        "secrets.PULUMI_CONFIG_PASSPHRASE": "phrase",
        "github.event.pull_request.number": "7",
        "github.token": JOB_TOKEN,
    }
    place.runner.environment = {
        **place.runner.environment,
        "GITHUB_REPOSITORY": "shop/identity",
        "GITHUB_API_URL": f"{place.outside.url}/github",
        "GITHUB_RUN_ID": "4711",
    }
    token = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{place.outside.url}/token?api-version=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": ID_REQUEST_TOKEN,
    }
    return GitHub(place.runner, values, token)


def run(place: Place, github: GitHub, job: str) -> Ran:
    """Run a job with the identity token that its environment makes it have."""
    place.outside.subject = SUBJECT + github.workflow["jobs"][job]["environment"]
    mark = place.sandbox.mark()
    ran = github.run(job)
    calls = place.sandbox.calls(mark)
    assert [call["action"] for call in calls if call["code"] in ("NoPermission", "Forbidden.RAM")] == [], ran.said
    # The identity token, the key, its secret and its token: hidden before a line could show them.
    assert len(ran.masked) == 4, ran.said
    assert not [secret for secret in ran.masked if secret in ran.said]
    if job != "deploy":
        assert [call["action"] for call in calls if call["write"] and call["action"] != "AssumeRole"] == []
    return ran


@pytest.mark.timeout(600)
def test_from_the_first_pull_request_to_drift(place: Place) -> None:
    assert TRUST["Statement"][0]["Condition"]["StringEquals"]["oidc:sub"] == [SUBJECT + "review"]
    (needed,) = json.loads(place.as_owner("pass-role", "--stack", "alibaba", "--format", "json"))
    review = place.role("review", SUBJECT + "review", READS)
    deploy = place.role("deploy", SUBJECT + "production", NETWORK, *needed["documents"])
    github = pipeline(place, review, deploy)
    outside, program = place.outside, place.project.folder / "stacks" / "alibaba.py"

    # Others have written before, more than a page; one of them knows our marker.
    outside.write("mallory", f"{MARKER}\nall is well")
    for number in range(PAGE):
        outside.write("somebody", f"comment {number}")
    before = [dict(comment) for comment in outside.comments]

    # The first run makes the comment.
    ran = run(place, github, "review")
    assert (ran.code, ran.failed) == (0, ""), ran.said
    assert "comment made" in ran.said
    (made,) = outside.comments[len(before) :]
    assert made["user"]["login"] == BOT and made["body"].startswith(f"{MARKER}\n")
    sarif = json.loads((place.project.folder / "review.sarif").read_text(encoding="utf-8"))
    assert sarif["version"] == "2.1.0"
    assert "</html>" in (place.project.folder / "review.html").read_text(encoding="utf-8")

    # A push with a finding brings it up to date, and stops at the verdict.
    written = program.read_text(encoding="utf-8")
    program.write_text(written + RISKY, encoding="utf-8")
    first = made["body"]
    ran = run(place, github, "review")
    assert (ran.code, ran.failed) == (2, "Verdict"), ran.said
    assert "comment brought up to date" in ran.said
    assert len(outside.comments) == len(before) + 1 and outside.comments[: len(before)] == before
    assert "administrator-access" not in first and "administrator-access" in made["body"]

    # The same on main is not deployed; without it, it is.
    ran = run(place, github, "deploy")
    assert (ran.code, ran.failed) == (2, "Review once more"), ran.said
    assert place.project.counts()["alibaba"]["instances"] == 0
    program.write_text(written, encoding="utf-8")
    ran = run(place, github, "deploy")
    assert (ran.code, ran.failed) == (0, ""), ran.said
    held = {item["InstanceName"]: item["RamRoleName"] for item in place.project.state()["instances"]}
    assert held["shop-web"] == held["shop-worker"] != held["shop-audit"]

    # Every morning: nothing, until somebody changes something by hand.
    ran = run(place, github, "drift")
    assert (ran.code, ran.failed) == (0, ""), ran.said
    place.sandbox.call(
        "Ram",
        "DetachPolicyFromRole",
        RoleName=held["shop-audit"],
        PolicyName="AliyunRAMReadOnlyAccess",
        PolicyType="System",
    )
    ran = run(place, github, "drift")
    assert (ran.code, ran.failed) == (2, "Drift"), ran.said
    assert "policy_detached" in ran.said or re.search(r"\bgone\b", ran.said)


@pytest.mark.timeout(300)
def test_who_may_not_sign_in_gets_a_line_and_no_token(place: Place) -> None:
    deploy = place.role("deploy", SUBJECT + "production", NETWORK)
    github = pipeline(place, review=deploy, deploy=deploy)  # the review's token for the deploy role
    place.outside.subject = SUBJECT + "review"
    ran = github.run("review")
    assert (ran.code, ran.failed) == (1, "Sign in")
    assert f"sign-in: no keys for {deploy} (does it trust this job's issuer, audience and subject?)" in ran.said
    assert "ConditionNotMatch" in ran.said
    token = place.outside.token("sts.aliyuncs.com")
    assert token not in ran.said and ran.masked == {token}

    # Nobody there: the SDK would log the address with the token in it.
    there = place.runner.environment
    place.runner.environment = {**there, "SIGN_IN_ENDPOINT": "127.0.0.1:1"}
    ran = github.run("review")
    assert (ran.code, ran.failed) == (1, "Sign in") and "sign-in: no keys for" in ran.said
    assert token not in ran.said
    place.runner.environment = there

    github = pipeline(place, review="", deploy=deploy)
    ran = github.run("review")
    assert (ran.code, ran.failed) == (1, "Sign in")
    assert "sign-in: set SIGN_IN_PROVIDER, and SIGN_IN_ROLE" in ran.said

    github.workflow["jobs"]["review"]["permissions"].pop("id-token")
    ran = github.run("review")
    assert (ran.code, ran.failed) == (1, "Sign in")
    assert "sign-in: the job has no identity token" in ran.said
