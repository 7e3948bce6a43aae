"""What the README tells a newcomer to type, typed."""

from __future__ import annotations

import ast
import importlib
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


def make(clone: Project, *goals: str) -> str:
    """`make` as a newcomer has it; set-up counts as done, and no outer make shines through."""
    environment = {name: value for name, value in clean_environment().items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "--old-file", ".venv/.installed", *goals],
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
    assert done.returncode == 0, done.stdout + done.stderr
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


@pytest.mark.timeout(500)
def test_make_up_twice_changes_nothing_the_second_time(clone: Project) -> None:
    first = make(clone, *COMMANDS[0].split()[1:])
    assert first.startswith("engine: embedded")
    assert "proved: each instance acts as its role" in first
    second = make(clone, *COMMANDS[0].split()[1:])
    assert "no changes (" in second
    assert "0 of them writing" in second
    assert re.fullmatch(r"stack alibaba: \d+ in_sync\n", make(clone, "drift"))
    assert "checked: the emulator holds nothing of stack alibaba" in make(clone, "destroy")
