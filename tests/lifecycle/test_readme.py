"""What the README tells a newcomer to type, typed."""

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
from tests.support.sandbox import clean_environment

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line.split("#")[0].strip() for line in BLOCKS[0][1].splitlines()]


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


def test_every_target_that_it_names_is_there(clone: Project) -> None:
    named = set(re.findall(r"`?\bmake ([a-z]+)\b`?", README))
    listed = set(re.findall(r"^  make (\w+)", make(clone, "help"), re.MULTILINE))
    assert {"up", "test", "preview", "refresh", "status", "destroy"} <= named
    assert named - listed <= {"it"}


def test_every_file_that_it_names_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (REPOSITORY / link).exists()] == []


def test_its_program_is_python_and_imports_what_there_is() -> None:
    programs = [text for language, text in BLOCKS if language == "python"]
    assert programs
    for program in programs:
        for node in ast.walk(ast.parse(program)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pulumi_instance_role"):
                package = importlib.import_module(node.module)
                assert [alias.name for alias in node.names if not hasattr(package, alias.name)] == []


def follow_the_review_section(clone: Project) -> None:
    """What the section says to type and to edit, after `make up`."""
    section = README.partition("## Review a change")[2].partition("\n## ")[0]
    first = re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)[0]
    commands = [line.split("#")[0].split() for line in first.splitlines() if line.startswith("make ")]
    assert commands == [["make", "up"], ["make", "review"], ["make", "review", "HTML=1"]]
    edit = re.search(r'edit (\S+): write ("[^"]+") in place of ("[^"]+")', first)
    assert edit is not None
    file = clone.folder / edit[1]
    text = file.read_text(encoding="utf-8")
    assert edit[3] in text
    file.write_text(text.replace(edit[3], edit[2]), encoding="utf-8")
    said = make(clone, *commands[1][1:], code=2)
    assert "wildcard-action" in said and "oss:*" in said
    page = clone.folder / ".sandbox/review.html"
    assert not page.exists()
    assert "written: .sandbox/review.html" in make(clone, *commands[2][1:], code=2)
    assert "wildcard-action" in page.read_text(encoding="utf-8")

    # The same without make, and with the cloud asked, in a shell that knows nothing of the sandbox.
    there = ("--stack", "alibaba", "--cwd", str(clone.folder))
    program = str(clone.folder / ".venv/bin/instance-role")
    reviewed = typed(clone, program, "review", *there, "--live", "--format", "json", "--output", "r.json", code=2)
    assert reviewed == ""
    reviewed = (clone.folder / "r.json").read_text(encoding="utf-8")
    found = json.loads(reviewed)
    assert found["live"] and not [one for one in found["notes"] if "did not tell" in one]
    assert re.fullmatch(r"stack alibaba: \d+ in_sync\n", typed(clone, program, "drift", *there))
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
    follow_the_review_section(clone)
    assert "checked: the emulator holds nothing of stack alibaba" in make(clone, "destroy")
