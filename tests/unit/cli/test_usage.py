"""A misspelled value of an option is told with the one that may be meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pulumi_instance_role.cli.main import main

MISSPELLED = [
    (("inventory", "--cloud", "aliyun"), "'aliyun'; is 'alibaba' meant?"),
    (("policies", "--cloud", "tencentcloud"), "'tencentcloud'; is 'tencent' meant?"),
    (("policies", "OSSReadOnlyAccess"), "is AliyunOSSReadOnlyAccess meant?"),
    (("review", "p.json", "--fail-on", "hihg"), "is 'high' meant?"),
    (("review", "p.json", "--fail-on", "too-many-instance"), "is 'too-many-instances' meant?"),
    (
        ("drift", "--stack", "prd", "--engine", "embedded"),
        "in {here}; stacks here: prod; is 'prod' meant?",
    ),
    (("drfit",), "No such command 'drfit'. Is 'drift' meant?"),
]


@pytest.mark.parametrize(("words", "says"), MISSPELLED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_misspelled_value_is_told_with_the_one_that_may_be_meant(
    words: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / ".sandbox" / "stacks" / "shop"
    kept.mkdir(parents=True)
    (kept / "prod.json").write_text("{}")
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 1 and says.format(here=tmp_path) in " ".join(done.output.split()), done.output
