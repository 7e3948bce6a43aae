"""The files to copy are what their readers expect: schemas, a security linter, shells that parse, fields that exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lifecycle.pipelines.ci import EXAMPLES, load
from tests.support.sandbox import clean_environment

BIN = Path(sys.executable).parent
WORKFLOW, PIPELINE = EXAMPLES / "github-actions.yml", EXAMPLES / "gitlab-ci.yml"
SCHEMAS = {WORKFLOW: "vendor.github-workflows", PIPELINE: "vendor.gitlab-ci"}
ZIZMOR = (str(BIN / "zizmor"), "--offline", "--no-config", "--no-progress", "--persona", "pedantic")


def check(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("file", SCHEMAS, ids=lambda file: file.name)
def test_the_ci_would_take_the_file(file: Path, tmp_path: Path) -> None:
    linter: tuple[str | Path, ...] = (BIN / "check-jsonschema", "--builtin-schema", SCHEMAS[file])
    done = check(*linter, file)
    assert done.returncode == 0, done.stdout + done.stderr
    broken = tmp_path / file.name
    wrong = {"runs-on: ubuntu-24.04": "run-on: ubuntu-24.04", "interruptible: true": "interruptible: perhaps"}
    text = file.read_text(encoding="utf-8")
    for good, bad in wrong.items():
        text = text.replace(good, bad)
    broken.write_text(text, encoding="utf-8")
    assert check(*linter, broken).returncode == 1


def test_the_workflow_has_no_known_weakness(tmp_path: Path) -> None:
    done = check(*ZIZMOR, WORKFLOW)
    assert done.returncode == 0, done.stdout + done.stderr
    # The linter sees what it is there for: the title of a pull request in a script, and an action by its tag.
    text = WORKFLOW.read_text(encoding="utf-8")
    for good, bad, weakness in (
        ('"$STACK" --yes', '"${{ github.event.pull_request.title }}" --yes', "template-injection"),
        ("actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "actions/checkout@v7", "unpinned-uses"),
        ("permissions: {}", "permissions: write-all", "excessive-permissions"),
    ):
        assert good in text
        worse = tmp_path / "worse.yml"
        worse.write_text(text.replace(good, bad), encoding="utf-8")
        done = check(*ZIZMOR, worse)
        assert done.returncode != 0 and weakness in done.stdout, weakness


def scripts() -> dict[str, str]:
    """Every shell text of the examples by where it stands."""
    found = {"sign-in.sh": (EXAMPLES / "sign-in.sh").read_text(encoding="utf-8")}
    for name, job in load("github-actions.yml")["jobs"].items():
        found |= {f"{name}: {step['name']}": step["run"] for step in job["steps"] if "run" in step}
    pipeline = load("gitlab-ci.yml")
    for name in (".signed-in", "review", "deploy", "drift"):
        job = pipeline[name]
        found[f"gitlab {name}"] = "\n".join([*job.get("before_script", []), *job.get("script", [])])
    return found


def test_every_script_is_a_script() -> None:
    for where, text in scripts().items():
        done = check("bash", "-n", "-c", text)
        assert done.returncode == 0, f"{where}: {done.stderr}"
        assert "${{" not in text, where
        # Without unchanged resources nobody can tell whom a change reaches: the review refuses such a preview.
        assert text.count("pulumi preview") == text.count(" --json --show-sames --non-interactive > "), where
    assert check("bash", "-n", "-c", "if true; then").returncode != 0


def test_each_job_has_the_rights_it_needs_and_no_more() -> None:
    workflow = load("github-actions.yml")
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {}
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "review": {
            "contents": "read",
            "id-token": "write",
            "pull-requests": "write",
            "security-events": "write",
        },
        "deploy": {"contents": "read", "id-token": "write"},
        "drift": {"contents": "read", "id-token": "write"},
    }
    assert "pull_request_target" not in workflow["on"]
    assert "head.repo.full_name == github.repository" in jobs["review"]["if"]
    assert [job["environment"] for job in jobs.values()] == ["review", "production", "review"]
    assert "REVIEW_ROLE" in jobs["review"]["env"]["SIGN_IN_ROLE"] and "DEPLOY" in jobs["deploy"]["env"]["SIGN_IN_ROLE"]
    # What waits for the deploy job's turn may be dropped for something newer: nothing but deploys may wait there.
    groups = [job["concurrency"]["group"] for job in jobs.values()]
    assert len(set(groups)) == 3 and jobs["deploy"]["concurrency"]["cancel-in-progress"] == "false"
    # Keys of an hour: no job may run longer than they last.
    assert all(int(job["timeout-minutes"]) < 60 for job in jobs.values())


# What the operator's definitions ask for and know (deploy/crds of pulumi/pulumi-kubernetes-operator, v2).
STACK_FIELDS = {
    *("backend", "branch", "config", "continueResyncOnCommitMatch", "destroyOnFinalize", "envRefs", "gitAuth"),
    *("prerequisites", "preview", "projectRepo", "refresh", "repoDir", "resyncFrequencySeconds", "secretsProvider"),
    *("serviceAccountName", "shallow", "stack", "useLocalStackOnly", "workspaceReclaimPolicy", "workspaceTemplate"),
}
WORKSPACE_FIELDS = {"env", "envFrom", "image", "podTemplate", "resources", "securityProfile", "serviceAccountName"}


def test_the_operators_manifest_has_what_its_definitions_ask_for() -> None:
    text = (EXAMPLES / "operator.yaml").read_text(encoding="utf-8")
    kinds: dict[str, list[dict[str, Any]]] = {}
    for each in yaml.safe_load_all(text):
        assert each["apiVersion"] and each["metadata"]["name"]
        kinds.setdefault(each["kind"], []).append(each)
    accounts = {each["metadata"]["name"]: each for each in kinds["ServiceAccount"]}
    assert "Namespace" not in kinds  # deleted with its stacks in it, it would keep them from ending
    (namespace,) = {each["metadata"]["namespace"] for each in accounts.values()}
    stacks = kinds["Stack"]
    assert len(stacks) > 1 and len({each["spec"]["stack"] for each in stacks}) == len(stacks)
    for each in stacks:
        spec = each["spec"]
        assert each["apiVersion"] == "pulumi.com/v1" and each["metadata"]["namespace"] == namespace
        assert set(spec) <= STACK_FIELDS, set(spec) - STACK_FIELDS
        assert spec["serviceAccountName"] in accounts
        assert set(spec["workspaceTemplate"]["spec"]) <= WORKSPACE_FIELDS
        for reference in spec["envRefs"].values():
            assert reference["type"] in {"Literal", "Secret"}
            body = reference[reference["type"].lower()]
            assert set(body) == ({"value"} if reference["type"] == "Literal" else {"name", "key"})
        assert not [name for name in spec["envRefs"] if "ACCESS_KEY" in name or "SECRET_" in name]
    # The operator's agent asks the API server who its caller is.
    bound = {subject["name"] for each in kinds["ClusterRoleBinding"] for subject in each["subjects"]}
    assert bound == set(accounts)
