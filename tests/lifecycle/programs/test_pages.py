"""The pages for users against the code: docs/resources.md argument by argument, its examples and the README's run."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest

import pulumi_instance_role as ir
from pulumi_instance_role.drift.stack import PROVIDERS
from pulumi_instance_role.plan.drift import Drift
from pulumi_instance_role.program.resource import BaseResource
from tests.support.deployed import Deployed
from tests.support.sandbox import Sandbox

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs" / "resources.md").read_text(encoding="utf-8")
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
KINDS = [
    name for name in ir.__all__ if inspect.isclass(getattr(ir, name)) and issubclass(getattr(ir, name), BaseResource)
]
COMPONENTS = [name for name in ir.__all__ if name[0].isupper() and name not in KINDS]
EVERYWHERE = {"cloud", "region", "profile", "assume_role_arn"}
"""Outputs of every resource; a resource's own section need not have them."""


@dataclass
class Section:
    """What the page says of one export: its text, and its tables by the first column."""

    text: str
    arguments: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def examples(self) -> list[str]:
        return _examples(self.text)


def _examples(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def _tables(text: str) -> Iterator[tuple[str, dict[str, dict[str, str]]]]:
    """The tables of a text: the head of the first column, and the rows by it."""
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]
        heads, _, *lines = rows
        assert all(len(line) == len(heads) for line in lines), f"a row of the table {heads} has other columns"
        yield heads[0], {line[0].strip("`"): dict(zip(heads[1:], line[1:], strict=True)) for line in lines}


def _sections() -> dict[str, Section]:
    found = {}
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        section = found[title] = Section(text)
        for head, rows in _tables(text):
            (section.arguments if head == "Argument" else section.outputs).update(rows)
    return found


SECTIONS = _sections()


def test_every_export_has_a_section_and_an_example() -> None:
    assert sorted(SECTIONS.keys() - {"Every resource"}) == sorted(ir.__all__)
    assert [name for name, section in SECTIONS.items() if name != "Every resource" and not section.examples] == []
    missing = [name for name in ir.__all__ if name not in "".join(SECTIONS[name].examples)]
    assert missing == [], "their examples do not use them"


@pytest.mark.parametrize("name", ir.__all__)
def test_arguments_are_those_of_the_code(name: str) -> None:
    parameters = inspect.signature(getattr(ir, name)).parameters
    said = SECTIONS[name].arguments
    assert list(said) == list(parameters)
    for argument, parameter in parameters.items():
        assert said[argument]["Default"] == _default(parameter), argument
        assert said[argument]["Type"], argument


def _default(parameter: inspect.Parameter) -> str:
    if parameter.default is parameter.empty:
        return "required"
    return f"`{parameter.default!r}`".replace("'", '"')


@pytest.mark.parametrize("name", KINDS)
def test_changes_and_outputs_are_those_of_the_code(name: str) -> None:
    kind, section, provider = getattr(ir, name), SECTIONS[name], PROVIDERS[name]
    changes = {argument: row["Change"] for argument, row in section.arguments.items()}
    assert changes.pop("resource_name") == changes.pop("opts") == "-"
    replacing = {argument for argument, change in changes.items() if change == "replace"}
    assert replacing == set(provider.replaced_by) and set(changes.values()) <= {"replace", "update"}
    declared = [one.__annotations__.items() for one in kind.__mro__ if issubclass(one, BaseResource)]
    outputs = {key for some in declared for key, kind in some if "Output[" in str(kind)}
    assert outputs - section.outputs.keys() <= EVERYWHERE and section.outputs.keys() <= outputs
    unknown = {output for output, row in section.outputs.items() if row["Known at preview"] == "no"}
    assert unknown == {*kind.outputs, "drift"}


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_parts_of_a_component_are_those_of_the_code(name: str) -> None:
    component, section = getattr(ir, name), SECTIONS[name]
    assert issubclass(component, pulumi.ComponentResource)
    assert list(section.outputs) == list(component.__annotations__)
    assert {row["Change"] for row in section.arguments.values()} <= {"replace", "update", "-"}


@pytest.mark.parametrize("name", ir.__all__)
def test_the_apis_and_pages_that_a_docstring_names_are_on_the_page(name: str) -> None:
    docstring = " ".join(str(inspect.getdoc(getattr(ir, name))).split())
    text = " ".join(SECTIONS[name].text.split())
    named = re.findall(r"https://[^\s);,]+", docstring)
    for operations in re.findall(r"Cloud: ([A-Z][A-Za-z, ()-]+?) of [A-Z]{3}", docstring):
        named += re.findall(r"\b[A-Z][A-Za-z]{5,}", operations)
    if issubclass(getattr(ir, name), BaseResource) if inspect.isclass(getattr(ir, name)) else name == "find_instances":
        assert named, "a docstring names the APIs that it maps to"
    assert [one for one in named if one.rstrip(".") not in text] == []


def test_the_page_of_drift_names_every_class() -> None:
    page = (REPOSITORY / "docs" / "drift.md").read_text(encoding="utf-8")
    classes: Mapping[str, Any] = next(rows for head, rows in _tables(page) if head == "Class")
    assert sorted(classes) == sorted(drift.value for drift in Drift)
    for name in KINDS:
        said = SECTIONS[name].outputs["drift"]["Meaning"]
        assert set(re.findall(r"`(\w+)`", said)) <= classes.keys()


@pytest.fixture
def shop(project: Deployed, sandbox: Sandbox) -> Deployed:
    """A project, and the instances that the examples speak of."""
    project.config(instance_role__cloud="alibaba", alicloud__region=sandbox.region)
    where = sandbox.make_vpc()
    sandbox.make_vpc_instance(2, where, InstanceName="web-1", Tag=[{"Key": "team", "Value": "shop"}])
    sandbox.make_vpc_instance(1, where, InstanceName="worker-1", Tag=[{"Key": "tier", "Value": "worker"}])
    sandbox.tencent.make_vpc_instance(1, InstanceName="web-1")
    sandbox.user("ci")
    (project.folder / "vpc").write_text(where["vpc"])
    return project


def _real(project: Deployed, sandbox: Sandbox, program: str) -> str:
    """The program with real ids in place of masked ones."""
    ids = iter(one["InstanceId"] for one in sandbox.state()["instances"])
    program = re.sub(r"vpc-\w+\*{4}", (project.folder / "vpc").read_text(), program)
    return re.sub(r"\bi-\w+\*{4}", lambda _: next(ids), program)


def test_the_examples_of_the_page_are_one_program(shop: Deployed, sandbox: Sandbox) -> None:
    shop.program(_real(shop, sandbox, "".join(_examples(PAGE))))
    shop.up()
    state = sandbox.state()
    held = {one["InstanceName"]: one["RamRoleName"] for one in state["instances"]}
    assert held["web-1"].startswith("proj-dev-reader-") and held["worker-1"].startswith("proj-dev-worker-")
    assert len(shop.outputs()["found"]) == 2
    (on_tencent,) = sandbox.tencent.state()["instances"]
    assert on_tencent["CamRoleName"].startswith("proj-dev-reports-")
    assert {one["urn"].split("::")[2].rpartition(":")[2] for one in shop.resources().values()} == set(KINDS)
    attached = sorted(one["PolicyName"][:15] for one in state["attachments"] if "worker" in one["Holder"])
    assert attached == ["AliyunLogFullAc", "proj-dev-assets", "proj-dev-worker"]


def test_the_programs_of_the_readme_run(shop: Deployed, sandbox: Sandbox) -> None:
    programs = _examples(README)
    assert programs
    for program in programs:
        shop.program(_real(shop, sandbox, program))
        shop.up()
        assert [one for one in sandbox.state()["instances"] if one["RamRoleName"]], program
