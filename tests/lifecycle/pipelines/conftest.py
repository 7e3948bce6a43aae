from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lifecycle.pipelines.ci import EXAMPLES, Runner
from tests.lifecycle.pipelines.outside import Outside, Trust
from tests.lifecycle.stack.project import LONGEST, REPOSITORY, Project, copy_of_the_repository
from tests.support import forks, pulumi
from tests.support.sandbox import Sandbox, Server, clean_environment

PAGE = (REPOSITORY / "docs" / "pipelines.md").read_text(encoding="utf-8")
TRUST, READS, NETWORK, TENCENT_TRUST = (
    json.loads(each) for each in re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
)
_CLOUD_KEYS = re.compile(r"ENGINE|AWS_.*|(ALICLOUD|ALIBABA_CLOUD)_(ACCESS_KEY.*|SECRET_KEY|SECURITY_TOKEN|ROLE_ARN)")
_SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


@dataclass
class Place:
    """A project with the examples in it, a cloud, and all that is around: what a repository with a pipeline has."""

    project: Project
    sandbox: Sandbox
    outside: Outside
    runner: Runner

    def role(self, name: str, subject: str, *policies: dict[str, Any]) -> str:
        """A role with these policies, that trusts the identity tokens of a subject; its ARN."""
        account, call = self.sandbox.account_id, self.sandbox.call
        statement = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"RAM": [f"acs:ram::{account}:root"]}}
        trust = json.dumps({"Version": "1", "Statement": [statement]})
        call("Ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=trust)
        for number, policy in enumerate(policies):
            policy_name = f"{name}-{number}"
            call("Ram", "CreatePolicy", PolicyName=policy_name, PolicyDocument=json.dumps(policy))
            call("Ram", "AttachPolicyToRole", RoleName=name, PolicyName=policy_name, PolicyType="Custom")
        arn = f"acs:ram::{account}:role/{name}"
        assumer: Any = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
        keys = self.sandbox.user(f"sts-for-{name}", {"Version": "1", "Statement": [assumer]})

        def assume(session: str) -> dict[str, Any]:
            return dict(call("Sts", "AssumeRole", keys, RoleArn=arn, RoleSessionName=session)["Credentials"])

        self.outside.trusts[arn] = Trust(self.provider, subject, assume)
        return arn

    @property
    def provider(self) -> str:
        """The ARN of the forge's OIDC provider."""
        return f"acs:ram::{self.sandbox.account_id}:oidc-provider/forge"

    def as_owner(self, *words: str) -> str:
        """The account's owner runs `instance-role` in the project; what it wrote."""
        command = [*self.project.command[:1], *words]
        done = subprocess.run(
            [
                *self.project.command,
                "run",
                "--stack",
                self.project.stack,
                "--engine",
                self.project.engine,
                "--",
                *command,
            ],
            cwd=self.project.folder,
            env=self.project.environment,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """This repository's project with the examples copied in as their first lines say; nothing is deployed."""
    folder = tmp_path / "project"
    folder.mkdir()
    copy_of_the_repository(folder, forks.environment())
    (folder / ".ci").mkdir()
    for name in ("sign-in.sh", "comment.py"):
        shutil.copy(EXAMPLES / name, folder / ".ci" / name)
    shutil.copy(EXAMPLES / "identity-baseline.yaml", folder)
    environment = clean_environment()
    # The embedded engine under the command's name, also beside a Pulumi CLI: that one's state would be elsewhere.
    environment["PATH"] = f"{pulumi.put_on_path(tmp_path / 'bin', forks.python())}:{environment['PATH']}"
    project = Project(folder, environment=environment, engine="embedded")
    outside = Outside(tmp_path / "outside")
    serving = Server(folder / ".sandbox" / "emulator")  # a cloud is there before anything is deployed to it
    try:
        engine = ["--engine", project.engine, "--cwd", str(folder)]
        shown = subprocess.run(
            [*project.command, "run", "--stack", project.stack, *engine, "--", forks.python(), "-c", _SHOW],
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=LONGEST,
        )
        deployed_from: dict[str, str] = json.loads(shown.stdout)
        bundle = tmp_path / "trusted.pem"
        trusted = [Path(deployed_from["SSL_CERT_FILE"]), outside.ca_file]
        bundle.write_text("".join(file.read_text(encoding="utf-8") for file in trusted), encoding="utf-8")
        # Tencent Cloud's SDK trusts what certifi has, whatever the environment says.
        trust = tmp_path / "trust"
        trust.mkdir()
        (trust / "sitecustomize.py").write_text(f"import certifi\n\ncertifi.where = lambda: {str(bundle)!r}\n")
        path = [str(trust), *filter(None, [deployed_from.get("PYTHONPATH")])]
        machine = {
            **{name: value for name, value in deployed_from.items() if not _CLOUD_KEYS.fullmatch(name)},
            "SSL_CERT_FILE": str(bundle),
            "PYTHONPATH": ":".join(path),
            "SIGN_IN_ENDPOINT": outside.sts,
        }
        yield Place(project, project.account.server.first_account(), outside, Runner(folder, machine))
    finally:
        serving.stop()
        outside.close()
        project.close()
