"""``instance-role policies``: what is known of system policies, with pages, and what is not."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pulumi_instance_role.cli.main import main


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["policies", *arguments])
    return done.exit_code, done.output


def test_lists_all_with_what_is_known() -> None:
    code, said = run()
    assert code == 0
    lines = said.splitlines()
    assert " ".join(lines[968:]) == (
        "968 policies; the documents of 231 are known, with the date shown beside the name "
        "(instance-role policies NAME prints one)"
    )
    assert len(lines) == 970 and max(map(len, lines)) <= 80
    line = next(one for one in lines if " AliyunOSSReadOnlyAccess " in one)
    assert line.split() == ["alibaba", "AliyunOSSReadOnlyAccess", "2017-08-17"]
    assert next(one for one in lines if " AliyunOSSFullAccess " in one).endswith("not known")
    assert all(one.startswith("tencent ") for one in run("--cloud", "tencent")[1].splitlines()[:-2])


def test_lists_as_json() -> None:
    code, said = run("--cloud", "alibaba", "--format", "json")
    rows = json.loads(said)
    assert code == 0 and len(rows) == 730
    assert {"cloud", "name", "url", "date", "dated"} == set(rows[0])


def test_prints_one_with_its_page() -> None:
    code, said = run("aliyunossreadonlyaccess")
    assert code == 0
    title, page, *document = said.splitlines()
    assert title == "AliyunOSSReadOnlyAccess (Alibaba Cloud), last changed 2017-08-17"
    assert page.startswith("https://")
    assert json.loads("\n".join(document))["Statement"][0]["Action"] == ["oss:Get*", "oss:List*"]
    (row,) = json.loads(run("AliyunOSSReadOnlyAccess", "--format", "json")[1])
    assert row["document"]["Version"] == "1" and row["url"] == page


def test_a_name_of_both_clouds_is_told_of_both() -> None:
    said = run("AdministratorAccess")[1]
    assert "AdministratorAccess (Alibaba Cloud)" in said and "AdministratorAccess (Tencent Cloud)" in said
    assert "Alibaba" not in run("AdministratorAccess", "--cloud", "tencent")[1]


def test_says_where_no_document_is_known() -> None:
    code, said = run("AliyunOSSFullAccess")
    assert code == 0 and "no page prints its document: what it grants is not known here" in " ".join(said.split())
    assert json.loads(run("AliyunOSSFullAccess", "--format", "json")[1])[0]["document"] is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("AliyunOSSReadonlyAcess", "is AliyunOSSReadOnlyAccess meant?"),
        ("OSSReadOnlyAccess", "is AliyunOSSReadOnlyAccess meant?"),
        ("QcloudCOSReadOnly", "is QcloudCOSReadOnlyAccess meant?"),
        ("quite-another", "the cloud may still know it"),
    ],
)
def test_a_name_in_no_list(name: str, says: str) -> None:
    code, said = run(name)
    assert code == 1 and f"{name} is in no list of system policies that is known here; {says}" in said
