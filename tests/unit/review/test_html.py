"""The page without a browser: sound, closed to what a preview smuggles in, and complete."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.review.forms import NotInstalled, form
from pulumi_instance_role.review.forms.html import clean, render
from pulumi_instance_role.review.forms.html.diagram import (
    MOST_INSTANCES,
    MOST_POLICIES,
    MOST_ROLES,
    Diagram,
    Mark,
    draw,
)
from pulumi_instance_role.review.model import Review
from tests.unit.review.build import attach, bind, instance, policy, preview, role
from tests.unit.review.test_forms import ACCEPTED, BUSY, REVIEWS, reviewed

VOID = {"meta", "link", "input", "br"}
FAILED = json.dumps(
    {"diagnostics": [{"severity": "error", "message": "role web is missing\nSecurityToken=CAISabcdefgh1", "urn": ""}]}
)
LARGE = preview(
    *(role(f"r{n}") for n in range(30)),
    *(policy(f"p{n}", [allow("oss:GetObject", on=f"acs:oss:*:*:b{n}")], "create") for n in range(60)),
    *(attach(f"r{n % 30}", f"p{n}", "create") for n in range(60)),
    *(bind(f"b{n}", f"r{n}", [f"i-{n}-{m}" for m in range(40)], "create") for n in range(30)),
)
PAGES = {**REVIEWS, "failed": FAILED, "large": LARGE}
SMALL = reviewed(
    preview(
        role("web"),
        policy("shop", [allow("oss:PutObject", on="*")], "create"),
        attach("web", "shop", "create"),
        bind("b", "web", ["i-1"], "create"),
        diagnostics=[{"severity": "warning", "urn": "", "message": "careful"}],
    )
)


class Parsed(HTMLParser):
    """The tree as a list of what opens, closes and is said; refuses what does not close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.shape: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), (tag, names)
        fitted = {"textlength", "lengthadjust"}  # of long names only
        self.shape.append(f"<{tag} {' '.join(name for name in names if name not in fitted)}>")
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, (tag, self.open)
        self.shape.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.said.append(data)

    def values(self, name: str) -> list[str]:
        return [str(found[name]) for _, found in self.attributes if name in found]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


@pytest.mark.parametrize("name", PAGES)
def test_it_is_sound(name: str) -> None:
    page = render(reviewed(PAGES[name], ACCEPTED))
    found = Parsed(page)
    assert page.startswith("<!doctype html>\n") and page.endswith("</html>\n")
    ids = found.values("id")
    assert len(set(ids)) == len(ids)
    assert set(found.values("for")) | set(found.values("aria-labelledby")) <= set(ids)
    links = found.values("href")
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert all(link.startswith(("#", "https://")) or link == "data:," for link in links)
    headings = [int(tag[1]) for tag, _ in found.attributes if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1 and all(b <= a + 1 for a, b in pairwise(headings))


@pytest.mark.parametrize("name", PAGES)
def test_it_needs_nothing_but_itself(name: str) -> None:
    page = render(reviewed(PAGES[name]))
    found = Parsed(page)
    assert not {"src", "srcset", "style", "action", "xlink:href"} & {n for _, a in found.attributes for n in a}
    assert not [name for _, a in found.attributes for name in a if name.startswith("on")]
    assert {tag for tag, a in found.attributes if "href" in a} <= {"a", "link"}
    (rules,) = (str(a["content"]) for tag, a in found.attributes if tag == "meta" and "http-equiv" in a)
    assert "default-src 'none'" in rules and "unsafe" not in rules
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in rules
        assert "url(" not in text and "@import" not in text


def named(name: str) -> Review:
    """A review in which everything that a preview names has this name."""
    return replace(
        SMALL,
        stack=name,
        project=name,
        roles=tuple(replace(one, name=name) for one in SMALL.roles),
        policies=tuple(replace(one, name=name) for one in SMALL.policies),
        instances=tuple(replace(one, name=name, region=name, instance_id=f"{name}!") for one in SMALL.instances),
        findings=tuple(replace(one, message=name, location=name) for one in SMALL.findings),
        diagnostics=tuple(replace(one, message=name) for one in SMALL.diagnostics),
        changes=tuple(replace(one, properties=(name,), location=name) for one in SMALL.changes),
        notes=(name,),
    )


HARMLESS = Parsed(render(named("harmless"))).shape


@settings(deadline=None)  # on a loaded machine a page takes as long as it takes
@given(
    st.one_of(
        st.text(st.characters(exclude_categories=()), min_size=1, max_size=30),
        st.sampled_from(
            [
                "<script>alert(1)</script>",
                '"><img src=x onerror=alert(1)>',
                "'onfocus='alert(1)",
                "{{ 7*7 }}{% raw %}",
                "&lt;b&gt;&#0;",
                "</style></script></title>",
                "--><svg/onload=alert(1)>",
                "\u202egpj.exe\x00\x1b[31m\ud800",
            ]
        ),
    )
)
def test_what_a_preview_says_stays_text(name: str) -> None:
    page = render(named(name))
    found = Parsed(page)
    assert found.shape == HARMLESS
    assert " ".join(str(clean(name)).split()) in found.text
    assert all(one.isprintable() or one == "\n" for one in page)
    page.encode()


def test_it_says_what_the_others_say() -> None:
    text = Parsed(render(reviewed(BUSY, ACCEPTED))).text
    for said in (
        "findings must be dealt with",
        "An AccessKey in the program's inputs",
        "Inputs are kept in the state",  # why
        "Take it out, disable the key",  # fix
        "until 2026-12-31: the | reason",
        "oss:* on *",
        "if acs:SourceIp IpAddress 10.0.0.0/8",
        "what custom policy by-hand allows is not known here",
        "the document is not known before the update",
        "without credentials in between",
        "SecurityToken=*** is old",
        "update InstanceRole web",
    ):
        assert said in text, said


def test_a_preview_that_failed_is_said_to_be_no_whole_picture() -> None:
    found = Parsed(render(reviewed(FAILED)))
    assert "Error The preview failed: this is not the whole picture" in found.text
    assert "role web is missing 1 more line SecurityToken=***" in found.text
    assert found.text.count("Not known: the preview failed.") == 5  # the picture and four lists
    assert "gaining" not in found.text and "None." not in found.text


def test_a_large_one_draws_what_fits_and_lists_everything() -> None:
    review = reviewed(LARGE)
    picture = draw(review)
    kinds = [box.kind for box in picture.boxes]
    assert (kinds.count("role"), kinds.count("policy"), kinds.count("instance")) == (MOST_ROLES, MOST_POLICIES, 10)
    assert MOST_INSTANCES >= 10  # one box for all that do the same
    assert picture.left_out == "20 roles, 40 policies, 800 instances"
    text = Parsed(render(review)).text
    assert picture.left_out in text and "40 instances, as" in text
    assert all(f"i-{n}-{m}" in text for n in range(30) for m in range(40))
    assert all(f"acs:oss:*:*:b{n}" in text for n in range(60))


A, B = role("a"), role("b")
OLD, NEW, SAME = bind("x", "a", ["i-1"], "delete"), bind("y", "b", ["i-1"], "create"), bind("z", "a", ["i-1"])
STATEMENTS = [allow("oss:GetObject", on="acs:oss:*:*:shop")]
MORE = [allow("oss:GetObject", "oss:PutObject", on="acs:oss:*:*:shop")]


@pytest.mark.parametrize(
    ("steps", "boxes", "lines"),
    [
        ([A, SAME], {"a": "same", "i-1": "same"}, {"a i-1": "same"}),
        ([role("a", "create"), bind("z", "a", ["i-1"], "create")], {"a": "add", "i-1": "change"}, {"a i-1": "add"}),
        ([A, B, OLD, NEW], {"a": "same", "b": "same", "i-1": "change"}, {"a i-1": "del", "b i-1": "add"}),
        ([role("a", "delete"), OLD], {"a": "del", "i-1": "change"}, {"a i-1": "del"}),
        (
            [A, SAME, policy("p", STATEMENTS, "create"), attach("a", "p", "create")],
            {"a": "change", "p": "add", "i-1": "same"},
            {"a i-1": "same", "p a": "add"},
        ),
        (
            [A, policy("p", MORE, "update", was=STATEMENTS), attach("a", "p")],
            {"a": "change", "p": "change"},
            {"p a": "same"},
        ),
        (
            [A, policy("p", STATEMENTS, "delete"), attach("a", "p", "delete")],
            {"a": "change", "p": "del"},
            {"p a": "del"},
        ),
        (
            [A, instance("m", "i-1", "delete"), bind("z", "a", [], "update", was=("a", ["i-1"]))],
            {"a": "same", "m (i-1)": "del"},
            {"a m (i-1)": "del"},
        ),
    ],
)
def test_the_picture_marks_what_is_of_one_side(
    steps: list[dict[str, object]], boxes: dict[str, Mark], lines: dict[str, Mark]
) -> None:
    picture = draw(reviewed(preview(*steps)))
    assert {box.name: box.mark for box in picture.boxes} == boxes
    assert dict(_tied(picture)) == lines
    assert sorted(line.mark for line in picture.lines) == sorted(lines.values())
    # No two boxes lie on each other, and all are inside.
    places = sorted((box.x, box.y) for box in picture.boxes)
    assert all(a[0] != b[0] or b[1] - a[1] > 52 for a, b in pairwise(places))
    assert all(0 <= y <= picture.height - 52 and 0 <= x <= picture.width - 320 for x, y in places)


def _tied(picture: Diagram) -> Iterator[tuple[str, Mark]]:
    for branch in picture.branches:
        yield from ((f"{one.name} {branch.role.name}", one.mark) for one in branch.policies)
        yield from ((f"{branch.role.name} {one.name}", one.mark) for one in branch.instances)


def test_what_stops_the_change_is_drawn_first() -> None:
    quiet = [role(f"a{n:02}") for n in range(20)]
    quiet += [policy(f"p{n:02}", [allow("oss:GetObject", on=f"acs:oss:*:*:b{n}")], "create") for n in range(20)]
    quiet += [attach(f"a{n:02}", f"p{n:02}", "create") for n in range(20)]
    loud = [role("z1"), role("z2"), bind("b", "z1", ["i-1"])]
    loud += [attach(name, "AdministratorAccess", "create", kind="System") for name in ("z1", "z2")]
    picture = draw(reviewed(preview(*quiet, *loud)))
    assert [box.name for box in picture.boxes if box.kind == "role"][:2] == ["z1", "z2"]
    assert "AdministratorAccess" in [box.name for box in picture.boxes]
    assert "i-1" in [box.name for box in picture.boxes]


@pytest.mark.parametrize(("severity", "red"), [("warning", False), ("error", True)])
def test_a_warning_is_no_red_box(severity: str, red: bool) -> None:
    text = preview(role("web"), diagnostics=[{"severity": severity, "urn": "", "message": "careful"}])
    found = Parsed(render(reviewed(text)))
    classes = {str(one["class"]) for tag, one in found.attributes if one.get("aria-labelledby") == "diagnostics"}
    assert classes == {"card alert" if red else "card"}


def test_what_cannot_be_read_or_is_risky_has_a_sign_of_its_own() -> None:
    attached = attach("web", "AliyunOSSFullAccess", "create", kind="System")
    picture = draw(reviewed(preview(role("web"), attached)))
    badges = {box.name: [kind for kind, _, _ in box.badges] for box in picture.boxes}
    assert badges == {"web": ["change", "ask", "risk"], "AliyunOSSFullAccess": ["add", "ask", "risk"]}
    # The list that stands for the picture on narrow screens has the same signs.
    said = [(one.name, [kind for kind, _ in one.badges]) for b in picture.branches for one in (b.role, *b.policies)]
    assert said == [("web", ["ask", "risk"]), ("AliyunOSSFullAccess", ["ask", "risk"])]


def test_without_its_package_the_command_says_what_to_install(tmp_path: Path) -> None:
    file = tmp_path / "preview.json"
    file.write_text(BUSY, encoding="utf-8")
    program = "import sys; sys.modules['jinja2'] = None\nfrom pulumi_instance_role.cli.main import main; main()"
    command = [sys.executable, "-c", program, "review", str(file), "--format"]
    done = subprocess.run([*command, "html"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: the form html needs jinja2, which is not installed: pip install 'pulumi-instance-role[review]'\n"
    )
    assert subprocess.run([*command, "markdown"], capture_output=True, check=False).returncode == 2


def test_a_fault_of_our_own_is_not_called_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pulumi_instance_role.review.forms.html", None)
    with pytest.raises(ModuleNotFoundError) as raised:
        form("html")
    assert not isinstance(raised.value, NotInstalled)


def test_the_picture_of_the_documentation_is_small_and_as_wide_as_said() -> None:
    data = (Path(__file__).parents[3] / "docs" / "review.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) < 300_000
    assert int.from_bytes(data[16:20], "big") == 1280
