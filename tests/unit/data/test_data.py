"""The lists of words: in order, read when asked for, and honest about what they do not know."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pulumi_instance_role import data
from tests.support.words import FOLDER, problems


def test_the_lists_are_in_order() -> None:
    assert problems() == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for file in FOLDER.glob("*.json"):
        shutil.copy(file, tmp_path)
    return tmp_path


def change(folder: Path, name: str, edit: Any) -> None:
    found = json.loads((folder / name).read_text(encoding="utf-8"))
    edit(found)
    (folder / name).write_text(json.dumps(found), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "edit", "said"),
    [
        ("system_policies.json", lambda one: one["alibaba"].append(one["alibaba"][-1]), "is there twice"),
        ("system_policies.json", lambda one: one["alibaba"].reverse(), "not in alphabetical order"),
        ("system_policies.json", lambda one: one["tencent"][0].update(url=""), "says not where it is from"),
        ("system_policies.json", lambda one: one["tencent"][0].update(date="soon"), "'soon' is no date"),
        ("system_policies.json", lambda one: one["tencent"][0].update(name="A"), "is not among the names"),
        ("system_policies.json", lambda one: one["tencent"][0].update(more=1), "has ["),
        (
            "system_policies.json",
            lambda one: one["tencent"][0]["document"]["statement"][0].update(action="*"),
            "not in canonical form",
        ),
        (
            "system_policies.json",
            lambda one: one["tencent"][0]["document"]["statement"][0].update(effect="perhaps"),
            'must be "allow" or "deny"',
        ),
        ("policy_names.json", lambda one: one["alibaba"].update(mentioned="AdministratorAccess"), "is there twice"),
        ("policy_names.json", lambda one: one["alibaba"].update(mentioned="a  b"), "'' is no name"),
        ("actions_tencent.json", lambda one: one.update(cvm="A A"), "is there twice"),
        ("actions_alibaba.json", lambda one: one.update(ecs="Describe*"), "is no action"),
    ],
)
def test_the_check_finds_what_is_not(copy: Path, name: str, edit: Any, said: str) -> None:
    change(copy, name, edit)
    assert any(said in one for one in problems(copy)), problems(copy)


def test_documents_and_names() -> None:
    known = data.system_policy("alibaba", "aliyunossreadonlyaccess")
    assert known is not None and known.name == "AliyunOSSReadOnlyAccess" and known.dated == "policy"
    assert known.document["Statement"][0]["Action"] == ["oss:Get*", "oss:List*"]
    # Listed, and its document is printed nowhere: never guessed.
    assert "AliyunOSSFullAccess" in data.policy_names("alibaba")
    assert data.system_policy("alibaba", "AliyunOSSFullAccess") is None
    assert data.system_policy("alibaba", "nothing") is None
    assert len(data.system_policies("alibaba")) == 195 and len(data.system_policies("tencent")) == 36
    assert len(data.policy_names("alibaba")) == 730 and len(data.policy_names("tencent")) == 238


def test_actions() -> None:
    assert "AttachInstanceRamRole" in data.actions("alibaba")["ecs"]
    assert "ModifyInstancesAttribute" in data.actions("tencent")["cvm"]
    assert "PutObject" in data.known_actions("tencent")["cos"] and "PutObject" not in data.actions("tencent")["cos"]
    assert set(data.actions("alibaba")) < set(data.known_actions("alibaba"))


def test_a_cloud_that_there_is_not_has_no_words() -> None:
    assert not data.actions("aws") and not data.policy_names("aws") and not data.system_policies("aws")


def test_nothing_is_read_until_it_is_asked_for() -> None:
    asked = "data._load.cache_info().currsize, 'difflib' in sys.modules"
    script = f"import sys, pulumi_instance_role.data as data; print({asked})"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["0", "False"]


def test_the_check_runs_by_itself() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.support.words"], check=True, capture_output=True, text=True)
    assert done.stdout == "the lists are in order\n"
