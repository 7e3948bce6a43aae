"""The examples' jobs, run as the CI runs them: the commands of the file, in its order, in real shells.

:class:`GitHub` gives every `run:` a shell of its own and carries GITHUB_ENV and GITHUB_PATH from step to step;
:class:`GitLab` runs `before_script` and `script` in one shell. What the runner brings (`uses:`, images) is not run, and
the environment under test stands in for what `pip install` would bring. An expression that the runner would not know
is an error here.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax, https://docs.gitlab.com/ci/yaml/
"""

from __future__ import annotations

import re
import string
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.lifecycle.stack.project import LONGEST, REPOSITORY

EXAMPLES = REPOSITORY / "docs" / "pipelines"
_BROUGHT = re.compile(r"-m venv |pip install ")
_MASK = "::add-mask::"


def load(name: str) -> dict[str, Any]:
    """An example as data."""
    # BaseLoader: `on:` stays a word, and every value the text that it is.
    found: dict[str, Any] = yaml.load((EXAMPLES / name).read_text(encoding="utf-8"), yaml.BaseLoader)
    return found


@dataclass
class Ran:
    """One job: its exit code, the step that failed, all that it said, and what it told the runner to hide."""

    code: int = 0
    failed: str = ""
    said: str = ""
    masked: set[str] = field(default_factory=set)


@dataclass
class Runner:
    """Where jobs run: a project's folder, and the machine's environment."""

    folder: Path
    environment: Mapping[str, str]

    def clean(self) -> None:
        """Begin a job as every runner does: without what the last one left in the working copy."""
        for file in (*self.folder.glob("review.*"), *self.folder.glob("preview.json")):
            file.unlink()

    def shell(self, flags: list[str], script: str, environment: Mapping[str, str]) -> tuple[int, str]:
        """Run a script in a bash of its own; exit code and output."""
        lines = [line for line in script.splitlines() if not _BROUGHT.search(line)]
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", *flags, "-c", "\n".join(lines)],
            cwd=self.folder,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        return done.returncode, done.stdout


@dataclass
class GitHub:
    """The workflow; ``values`` are those of its expressions, ``token`` the variables that `id-token: write` brings."""

    runner: Runner
    values: Mapping[str, str]
    token: Mapping[str, str]
    workflow: dict[str, Any] = field(default_factory=lambda: load("github-actions.yml"))

    def run(self, name: str) -> Ran:
        """Run a job to its end or its first failing step."""
        self.runner.clean()
        job = self.workflow["jobs"][name]
        ran = Ran()
        told = {kind: self.runner.folder / f".{kind}" for kind in ("env", "path")}
        carried: dict[str, str] = {}
        paths: list[str] = []
        permissions = {**self.workflow["permissions"], **job["permissions"]}
        for step in job["steps"]:
            if "run" not in step:
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]), step
                continue
            for file in told.values():
                file.write_text("", encoding="utf-8")
            environment = {
                **self.runner.environment,
                **(self.token if permissions.get("id-token") == "write" else {}),
                **carried,
                **self._filled({**self.workflow["env"], **job["env"], **step.get("env", {})}),
                "GITHUB_ENV": str(told["env"]),
                "GITHUB_PATH": str(told["path"]),
                "PATH": ":".join([*reversed(paths), self.runner.environment["PATH"]]),
            }
            assert "${{" not in step["run"], "an expression in a script is text of strangers in a script"
            # What `shell: bash` means to the runner.
            assert self.workflow["defaults"]["run"]["shell"] == "bash"
            code, said = self.runner.shell(["-eo", "pipefail"], step["run"], environment)
            ran.masked |= {line.removeprefix(_MASK) for line in said.splitlines() if line.startswith(_MASK)}
            ran.said += "".join(line for line in said.splitlines(keepends=True) if not line.startswith(_MASK))
            if code:
                ran.code, ran.failed = code, step["name"]
                break
            carried |= dict(line.split("=", 1) for line in told["env"].read_text(encoding="utf-8").splitlines())
            paths += told["path"].read_text(encoding="utf-8").splitlines()
        for file in told.values():
            file.unlink()
        return ran

    def _filled(self, values: Mapping[str, str]) -> dict[str, str]:
        return {
            name: re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: self.values[found[1]], value)
            for name, value in values.items()
        }


@dataclass
class GitLab:
    """The pipeline; ``values`` are the CI/CD variables of the project, and the predefined ones."""

    runner: Runner
    values: Mapping[str, str]
    pipeline: dict[str, Any] = field(default_factory=lambda: load("gitlab-ci.yml"))

    def run(self, name: str, tokens: Mapping[str, str]) -> Ran:
        """Run a job; ``tokens`` are the identity tokens of that job by audience."""
        self.runner.clean()
        job = self.pipeline[name]
        base = self.pipeline[job["extends"]]
        given = {**self.pipeline["variables"], **job.get("variables", {})}
        # A variable of the project comes before one of the file, and is known to it.
        variables = {key: string.Template(value).substitute(self.values) for key, value in given.items()}
        issued = {key: tokens[each["aud"]] for key, each in base["id_tokens"].items()}
        environment = {**self.runner.environment, **variables, **self.values, **issued}
        lines = [*base["before_script"], *job["script"]]
        code, said = self.runner.shell(["-eo", "pipefail"], "\n".join(lines), environment)
        return Ran(code, name if code else "", said)
