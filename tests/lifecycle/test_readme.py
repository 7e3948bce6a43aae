"""What the README and docs/review.md tell a newcomer to type, typed; and that what the pages name is there."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lifecycle.stack.project import LONGEST, REPOSITORY, Project, copy_of_the_repository
from tests.support.pages import blocks, page
from tests.support.sandbox import clean_environment

PAGES = ["README.md", *(f"docs/{path.name}" for path in sorted((REPOSITORY / "docs").glob("*.md")))]
COMMANDS = [
    line.split("#")[0].strip()
    for line in next(block.text for block in blocks("README.md") if not block.language).splitlines()
]


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Project]:
    """A clone that is set up: this environment stands for the one that `make setup` makes."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy2(REPOSITORY / name, tmp_path / name)
    project = Project(copy_of_the_repository(tmp_path))
    yield project
    project.close()


def make(clone: Project, *goals: str, code: int = 0) -> str:
    """`make` as a newcomer has it; set-up counts as done, and no outer make shines through."""
    return typed(clone, "make", "--old-file", ".venv/.installed", *goals, code=code)


def typed(clone: Project, *words: str, code: int = 0) -> str:
    """A command that a newcomer types in the clone, in a shell that knows of no cloud and no sandbox; what it says."""
    environment = {name: value for name, value in clean_environment().items() if not name.startswith("MAKE")}
    done = subprocess.run(
        words,
        cwd=clone.folder,
        env={
            **environment,
            "ENGINE": "embedded",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_the_two_commands_come_first() -> None:
    assert COMMANDS == ["make up", "make test"]


STACKS = " ".join(sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in REPOSITORY.glob("Pulumi.*.yaml")))
WRONG = {
    "CLOUD=aws": "it is one of alibaba tencent",
    "CLOUD=": "it is one of alibaba tencent",
    "CLOUD=Alibaba": "it is one of alibaba tencent",
    "STACK=nope": f"it is one of {STACKS}",
    "STACK=../alibaba": f"it is one of {STACKS}",
    "STACK=alibaba tencent": f"it is one of {STACKS}",
    "STACK=%": f"it is one of {STACKS}",
    "ENGINE=terraform": "it is one of pulumi embedded",
    "HTML=yes": "it is 1, or left out",
    "PYTHON=python2.x": "there is no such command; set PYTHON=python3.x",
}
OF_STACKS = ("preview", "refresh", "destroy", "status", "drift", "review")


@pytest.mark.parametrize(
    ("target", "variable"), [*(("up", wrong) for wrong in WRONG), *((target, "CLOUD=aws") for target in OF_STACKS)]
)
def test_a_variable_of_make_with_a_wrong_value(tmp_path: Path, target: str, variable: str) -> None:
    """One line that names what there is, before any set-up; and nothing is left behind in a fresh clone."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "Pulumi.yaml"):
        shutil.copy2(REPOSITORY / name, tmp_path / name)
    for path in REPOSITORY.glob("Pulumi.*.yaml"):
        shutil.copy2(path, tmp_path)
    (tmp_path / "sandbox").mkdir()
    shutil.copy2(REPOSITORY / "sandbox" / "pyproject.toml", tmp_path / "sandbox")
    before = sorted(tmp_path.rglob("*"))
    environment = {name: value for name, value in clean_environment().items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", target, variable],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.returncode == 2
    assert f"{variable}: {WRONG[variable]}" in done.stderr and not done.stdout
    assert sorted(tmp_path.rglob("*")) == before


def test_every_target_that_the_pages_name_is_there(clone: Project) -> None:
    listed = set(re.findall(r"^  make (\w+)", make(clone, "help"), re.MULTILINE))
    named = {(name, target) for name in PAGES for target in re.findall(r"`make ([a-z]+)\b", page(name))}
    for name in PAGES:
        commands = "".join(block.text for block in blocks(name))
        named |= {(name, target) for target in re.findall(r"^make ([a-z]+)\b", commands, re.MULTILINE)}
    assert {target for _, target in named} >= {"up", "test", "help", "wheel", "review", "drift", "stop"}
    assert [one for one in named if one[1] not in listed] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_file_and_heading_that_a_page_links_to_is_there(name: str) -> None:
    for link, heading in re.findall(r"\]\((?!\w+://)([^)#]*)(?:#([^)]+))?\)", page(name)):
        target = (REPOSITORY / name).parent / link if link else REPOSITORY / name
        assert target.exists(), link
        if heading:
            assert heading in map(anchor, re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.M)), heading


def anchor(heading: str) -> str:
    """How a forge names a heading in a link."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_its_program_is_python_and_imports_what_there_is() -> None:
    programs = [block.text for block in blocks("README.md") if block.language == "python"]
    assert programs
    for program in programs:
        for node in ast.walk(ast.parse(program)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pulumi_instance_role"):
                package = importlib.import_module(node.module)
                assert [alias.name for alias in node.names if not hasattr(package, alias.name)] == []


def follow_the_page_of_the_review(clone: Project) -> None:
    """What its section says to type and to edit, after `make up`."""
    section = page("docs/review.md").partition("### In the sandbox")[2]
    first = re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)[0]
    commands = [line.split("#")[0].split() for line in first.splitlines() if line.startswith("make ")]
    assert commands == [["make", "up"], ["make", "review"], ["make", "review", "HTML=1"]]
    edit = re.search(r'edit (\S+): write ("[^"]+") in place of ("[^"]+")', first)
    assert edit is not None
    file = clone.folder / edit[1]
    text = file.read_text(encoding="utf-8")
    assert edit[3] in text
    file.write_text(text.replace(edit[3], edit[2]), encoding="utf-8")
    page_of_it = clone.folder / ".sandbox/review.html"
    assert not page_of_it.exists()
    assert "written: .sandbox/review.html" in make(clone, *commands[2][1:], code=2)
    assert "wildcard-action" in page_of_it.read_text(encoding="utf-8")

    # The same without make, and with the cloud asked, in a shell that knows nothing of the sandbox.
    there = ("--stack", "alibaba", "--cwd", str(clone.folder))
    program = str(clone.folder / ".venv/bin/instance-role")
    reviewed = typed(clone, program, "review", *there, "--live", "--format", "json", "--output", "r.json", code=2)
    assert reviewed == ""
    reviewed = (clone.folder / "r.json").read_text(encoding="utf-8")
    found = json.loads(reviewed)
    assert found["live"] and not [one for one in found["notes"] if "did not tell" in one]
    file.write_text(text, encoding="utf-8")


@pytest.mark.timeout(900)
def test_make_up_twice_changes_nothing_the_second_time(clone: Project) -> None:
    first = make(clone, *COMMANDS[0].split()[1:])
    assert first.startswith("engine: embedded")
    assert "proved: each instance acts as its role" in first
    second = make(clone, *COMMANDS[0].split()[1:])
    assert "no changes (" in second
    assert "0 of them writing" in second
    assert re.fullmatch(r"stack alibaba: \d+ in_sync\n", make(clone, "drift"))
    follow_the_page_of_the_review(clone)
    assert "checked: the emulator holds nothing of stack alibaba" in make(clone, "destroy")
