"""What the import linter cannot see: no package above the port asks for a cloud's name, and CONTRIBUTING.md is true.

A cloud joins by an adapter and its tables. So the packages that plan and carry out hold no text that is the name of a
cloud, of its services or of its dialect, except where a person reads it: docstrings.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import instance_role_sandbox
import pulumi_instance_role
from pulumi_instance_role.clouds import NAMES, limits_of

PACKAGE = Path(pulumi_instance_role.__file__).parent
PACKAGES = ("resources", "program", "host", "plan", "drift", "transport")
WORDS = (*NAMES, *(limits_of(name).service for name in NAMES))


def names_of_clouds(source: str) -> list[tuple[int, str]]:
    """Line and text of every literal, and of every name, that is or holds the name of a cloud."""
    tree = ast.parse(source)
    # A text that stands by itself is a docstring, of what it stands in or under.
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}

    def texts(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""

    return [
        (getattr(node, "lineno", 0), text)
        for node in ast.walk(tree)
        for text in texts(node)
        if any(word in text.lower() for word in WORDS)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_above_the_port_knows_a_cloud_by_name(package: str) -> None:
    files = sorted((PACKAGE / package).rglob("*.py"))
    assert files
    found = {str(path): names for path in files if (names := names_of_clouds(path.read_text(encoding="utf-8")))}
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        'if cloud == "tencent":\n    pass',
        'def f(c):\n    """About alibaba."""\n    return c.name.startswith("alibaba")',
        "from pulumi_instance_role.clouds.tencent import limits",
        "from pulumi_instance_role.policy.dialect import TENCENT",
        'SERVICE = "ecs.aliyuncs.com"',
        "match cloud:\n    case 'alibaba':\n        pass",
    ],
)
def test_the_look_would_find_one(source: str) -> None:
    assert len(names_of_clouds(source)) == 1


def test_people_may_be_told() -> None:
    assert not names_of_clouds('"""Tencent Cloud: CreateRole."""\nX = 1\n"""As alibaba has it."""\n')


def test_the_house_is_as_the_page_for_contributors_draws_it() -> None:
    root = PACKAGE.parents[1]
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    sandbox = Path(instance_role_sandbox.__file__).parent
    there = {each.name for top in (PACKAGE, sandbox) for each in top.iterdir() if (each / "__init__.py").exists()}
    assert set(re.findall(r"^\| `([a-z]+)/` \|", page, re.MULTILINE)) == there
    files = re.findall(r"`([a-z]+/[a-z_/]+\.py)`", page)
    assert len(files) > 10
    assert [each for each in files if not ((PACKAGE / each).exists() or (root / each).exists())] == []
