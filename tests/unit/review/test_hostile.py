"""Whoever opens a pull request writes the preview: nothing in it hangs the review or ends it in a traceback.

The bound is processor time of the command's own process, so that a loaded machine fails nothing.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_instance_role.cli.main import main
from pulumi_instance_role.review.forms import FORMS, form
from pulumi_instance_role.review.judge import judge
from pulumi_instance_role.review.picture import Picture
from pulumi_instance_role.review.preview import UNKNOWN, NotAPreview, read
from tests.support.examples import examples
from tests.unit.review.build import OURS, attach, bind, change, instance, policy, preview, role

SECONDS = 5  # of processor time, for what is within the clouds' sizes
START = 3  # seconds to start Python and load everything, on a slow machine
LARGEST = 6144  # characters of a custom document on both clouds
CALM = [{"Effect": "Allow", "Action": "oss:GetObject", "Resource": "acs:oss:*:*:a/*"}]


def says(actions: Any, resources: Any = "*", effect: str = "Allow", key: str = "Action", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, key: actions, "Resource": resources, **more}


def edited(old: list[Any], new: list[Any], copies: int = 1, fill: Callable[[int], list[Any]] | None = None) -> str:
    """A role in use whose policies change from ``old`` to ``new``; further ones from nothing to ``fill``."""
    steps = [role("web"), bind("web", "web", ["i-1"])]
    for n in range(copies):
        base = {"cloud": "alibaba", "name": f"p{n}", "policy_type": "Custom"}
        before, after = (CALM, fill(n)) if fill else (old, new)
        texts = [json.dumps({"Version": "1", "Statement": one}, separators=(",", ":")) for one in (before, after)]
        assert all(len(text) <= LARGEST for text in texts)
        inputs = [{**base, "document": text} for text in texts]
        steps += [change("update", f"{OURS}:RolePolicy", f"p{n}", *inputs), attach("web", f"p{n}")]
    return preview(*steps)


QUESTION = [says("oss:*a" + "?" * 24)]
STARS = [says("oss:" + "*a" * 8 + "*")]
NOT_LISTS = [says([f"s{n}:*a{m}*" for m in range(12)], key="NotAction") for n in range(6)]
MORE_LISTS = [says([f"s*:*{n}a{m}*" for m in range(12)], key="NotAction") for n in range(20)]
DENIED = [says([f"o*:*{n}a{m}*" for m in range(12)], effect="Deny", key="NotAction") for n in range(20)]
PATTERNS = [says(f"oss:*{n}*", f"acs:*{n}*") for n in range(90)]
OTHER_PATTERNS = [says(f"oss:*{n}?*", f"acs:*{n}?*") for n in range(80)]
ADDRESSES = [f"10.{n}.{m}.0" for n in range(2) for m in range(150)]


def product(n: int) -> list[Any]:
    return [says([f"ecs:a{n}{m}" for m in range(250)], [f"acs:ecs:*:*:{n}{m}" for m in range(130)])]


def under(operator: str, *values: str) -> list[Any]:
    return [says("oss:*", Condition={operator: {"acs:x": list(values)}})]


HOSTILE: dict[str, tuple[str, bool]] = {
    "question marks against stars": (edited(QUESTION, STARS), True),
    "stars against question marks": (edited(STARS, QUESTION), True),
    "six lists of exceptions against everything": (edited(NOT_LISTS, [says("*")]), False),
    "twenty lists of exceptions against everything": (edited(MORE_LISTS, [says("*")]), True),
    "everything but twenty denials with exceptions": (edited(CALM, [says("*"), *DENIED]), True),
    "many actions on many resources": (edited(CALM, product(0)), True),
    "twenty policies of many actions on many resources": (edited([], [], 20, product), True),
    "patterns that overlap in part": (edited(OTHER_PATTERNS, PATTERNS), False),
    "many networks": (
        edited(
            under("IpAddress", *[f"{one}/25" for one in ADDRESSES]),
            under("IpAddress", *[f"{one}/24" for one in ADDRESSES]),
        ),
        True,
    ),
    "patterns in conditions": (
        edited(under("StringLike", "*a" + "?" * 20), under("StringLike", *["*a" * 4 + f"*{n}" for n in range(200)])),
        True,
    ),
    "a long text": (
        edited([says("oss:*", f"acs:oss:*{'a' * 2900}b")], [says("oss:*", f"acs:oss:*{'a' * 5000}")]),
        False,
    ),
}  # fmt: skip


def command(*words: str, text: str, seconds: int = SECONDS + START) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    return subprocess.run(
        [sys.executable, "-m", "pulumi_instance_role.cli", "review", "-", *words],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
        preexec_fn=limit,
    )


def test_a_trust_policy_of_very_many_is_answered() -> None:
    names = [f"acs:ram::{n:016d}:root" for n in range(20_000)]
    named = {"Action": "sts:AssumeRole", "Principal": {"Service": ["ecs.aliyuncs.com"], "RAM": names}}
    trust = {"Version": "1", "Statement": [{"Effect": "Allow", **named}]}
    done = command("--format", "json", text=preview(role("web", trust=trust), bind("web", "web", ["i-1"])))
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    (found,) = json.loads(done.stdout)["roles"]
    assert len(found["after"]["trust"]) == 20_001 and found["trust_gained"] == []


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", HOSTILE)
def test_every_policy_gets_an_answer(name: str) -> None:
    text, beyond = HOSTILE[name]
    done = command("--format", "json", text=text)
    assert done.returncode in (0, 2), (done.returncode, done.stderr[-2000:])
    found = json.loads(done.stdout)
    uncompared = [grant for one in found["roles"] for grant in one["gained"] if not grant["compared"]]
    assert bool(uncompared) is beyond
    if beyond:
        assert done.returncode == 2
        rules = {one["rule"]: one for one in found["findings"]}
        assert rules["not-compared"]["failing"] and "so all of it counts as gained" in rules["not-compared"]["message"]


def test_what_was_not_compared_is_said_to_people_too() -> None:
    found = Picture(read(edited(QUESTION, STARS))).review()
    for name in ("terminal", "markdown"):
        assert "not compared, which would take too long" in " ".join(form(name)(found).split())


HALF = "\ud800"
KEY = "LTAI" + "5tQ9wJexampleKEYvalue"
STEP = json.loads(preview(role("web")))["steps"][1]


def with_state(**state: Any) -> str:
    new = {**STEP["newState"], **state}
    return json.dumps({"steps": [{**STEP, "op": "update", "newState": new}], "diagnostics": []})


def deep(levels: int) -> str:
    return json.dumps({"steps": [], "diagnostics": []})[:-1] + ', "x": ' + "[" * levels + "]" * levels + "}"


ODD = {
    "dependencies that are no list": with_state(propertyDependencies={"name": 5}),
    "dependencies that are a list": with_state(propertyDependencies=[1]),
    "dependencies in dependencies": with_state(propertyDependencies={"name": [[1], {}]}),
    "a long number": with_state(inputs={"name": "web"}).replace('"web"', "9" * 5000),
    "a long number in the document": preview(
        role("web"),
        change(
            "create", f"{OURS}:RolePolicy", "p", {},
            {"cloud": "alibaba", "name": "p", "document": '{"Version": ' + "9" * 5000 + "}"},
        ),
        attach("web", "p", "create"),
    ),
    "half a character": preview(role(f"we{HALF}b", "create"), diagnostics=[{"severity": "warning", "message": HALF}]),
    "half a character in the document": preview(
        role("web"), policy("p", [says(f"oss:{HALF}x")], "create"), attach("web", "p", "create")
    ),
    "nested deeply": deep(900),
    "nested too deeply": deep(100_000),
    "reasons that are no list": json.dumps({"steps": [{**STEP, "diffReasons": 7, "replaceReasons": {"a": 1}}]}),
    "counts that are none": json.dumps({"steps": [STEP], "changeSummary": {"same": "x"}}),
    "not a number": with_state(inputs={"name": math.nan}),
    "a megabyte of colours": preview(role("web"), diagnostics=[{"severity": "error", "message": "\x1b[" * 500_000}]),
    "a megabyte in a name": preview(role("w" * 1_000_000, "create")),
    "many instances": preview(role("web"), bind("b", "web", [f"i-{n}" for n in range(5000)], "create")),
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("shape", ["json", "terminal", "markdown", "html", "sarif"])
def test_nothing_in_a_preview_ends_in_a_traceback(name: str, shape: str) -> None:
    done = CliRunner().invoke(main, ["review", "-", "--format", shape], input=ODD[name])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code in (0, 1, 2)
    if done.exit_code == 1 and not shape.startswith(("json", "sarif")):
        assert "Error: standard input: " in done.output or "preview failed" in done.output


@pytest.mark.parametrize("spelt", [KEY, KEY.replace("L", "\\u004c", 1), KEY.replace("L", "\\\\u004C", 1)])
def test_a_key_is_masked_however_it_is_spelt(spelt: str) -> None:
    """As an escape of the preview's own JSON, and of the JSON that a document is inside it."""
    document = '{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "oss:' + spelt + '", "Resource": "*"}]}'
    inputs = {"cloud": "alibaba", "name": "p", "policy_type": "Custom", "document": document}
    made = change("create", f"{OURS}:RolePolicy", "p", {}, inputs)
    for text in (preview(role("web"), made, attach("web", "p", "create")),):
        for name in sorted(FORMS):
            shown = form(name)(_judged(text))
            assert KEY not in shown and KEY[1:] not in shown, name
        assert "credential-text" in {one.rule for one in _judged(text).findings}
    direct = preview(role("web", "create")).replace('"web"', f'"{spelt}"')
    assert KEY[4:] not in form("json")(_judged(direct))


def _judged(text: str) -> Any:
    found = read(text)
    review = Picture(found).review()
    return judge(review, found, fail_on=frozenset(), today=date(2026, 1, 1), max_instances=1)


WEIRD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 3),
    st.sampled_from([10**400, 1.5, math.nan, "", "x", UNKNOWN, "[secret]", HALF, KEY, "*", "a\nb\x1b[31m|`<b>"]),
    st.recursive(st.sampled_from(["x", None, 1]), lambda one: st.lists(one, max_size=2), max_leaves=3),
    st.recursive(
        st.sampled_from(["x", None, UNKNOWN]), lambda one: st.dictionaries(st.sampled_from("ab"), one), max_leaves=3
    ),
)  # fmt: skip
BASE = [
    json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).with_name("previews").glob("*.json"))
] + [
    json.loads(
        preview(
            role("web", "update"),
            role("db", "create"),
            policy("p", [says("oss:*")], "update", was=CALM),
            attach("web", "p", "create"),
            attach("db", "AliyunOSSFullAccess", "create", kind="System"),
            bind("b", "db", ["i-1", UNKNOWN], "update", was=("web", ["i-1"])),
            instance("m", "i-2", "update", role_="web"),
        )
    )
]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(one for key, inner in items for one in _places(inner, (*path, key)))]


PLACES = [[one for one in _places(base) if one] for base in BASE]


@settings(
    max_examples=examples(50), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.data())
def test_anything_anywhere_in_a_preview_is_answered(data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(BASE) - 1))
    changed = json.loads(json.dumps(BASE[which]))
    for path in data.draw(st.lists(st.sampled_from(PLACES[which]), min_size=1, max_size=4)):
        inner = changed
        try:
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = data.draw(WEIRD)
        except (KeyError, IndexError, TypeError):
            continue
    name = data.draw(st.sampled_from(sorted(FORMS)))
    try:
        shown = form(name)(_judged(json.dumps(changed)))
    except NotAPreview as error:
        assert str(error)
    else:
        assert KEY not in shown
        shown.encode()
