"""The page of a review in a real browser: it works by hand and by keyboard, wide and narrow, light and dark.

Chromium is Debian's (``apt-get install chromium``); without it these tests are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from pulumi_instance_role.policy.build import allow
from pulumi_instance_role.review.forms.html import render
from tests.unit.review.build import attach, bind, policy, preview, role
from tests.unit.review.test_forms import REVIEWS, reviewed
from tests.unit.review.test_html import FAILED, LARGE, named

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium: apt-get install chromium"),
    pytest.mark.xdist_group("browser"),
]

LONGEST = 120_000  # milliseconds for one step on a loaded machine
Scheme = Literal["light", "dark"]
EVIL = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>'
STAYS = preview(
    *(role(name) for name in ("web", "db")),
    policy("p", [allow("oss:GetObject", on="acs:oss:*:*:shop")], "create"),
    attach("web", "p", "create"),
    *(bind(name, name, [f"i-{name}-{n}" for n in range(14)]) for name in ("web", "db")),
)
# Whatever sticks out to the right of the window, or of the box that clips it.
STICKING_OUT = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width > 1 && !one.closest(".unseen, .skip, svg") && one.checkVisibility()
    && (box.right > innerWidth + 1 || box.left < -1);
}).map((one) => one.outerHTML.slice(0, 90))"""


# Text of the picture that is wider than its box: an id would be cut.
OVER_THE_BOX = """() => [...document.querySelectorAll("svg .box text:not(.badge text)")].filter(
  (one) => one.getBBox().x + one.getBBox().width > 318).map((one) => one.textContent)"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Name -> address of a page."""
    folder = tmp_path_factory.mktemp("pages")
    reviews = {name: reviewed(text) for name, text in {**REVIEWS, "failed": FAILED, "large": LARGE}.items()}
    reviews |= {"evil": named(EVIL), "stays": reviewed(STAYS)}
    for name, review in reviews.items():
        (folder / f"{name}.html").write_text(render(review), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in reviews}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--disable-gpu"])
        expect.set_options(timeout=LONGEST)
        yield found
        found.close()


class Tab:
    """A page, and what it did that it should not."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(LONGEST)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, address: str, width: int, scheme: Scheme) -> None:
        """Load the page anew."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme=scheme, media="screen", reduced_motion="reduce")
        self.page.goto(address)

    def shown(self) -> int:
        """How many items are to be seen."""
        return self.page.locator("[data-item]:visible").count()

    def status(self) -> str:
        """What the page says about that, also to a screen reader."""
        return self.page.locator("#shown").inner_text()

    def focused(self) -> str:
        """The element with the keyboard: its id, or what it says."""
        return str(self.page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))

    def colour(self) -> str:
        """The background."""
        return str(self.page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.fixture(scope="module")
def window(browser: Browser) -> Tab:
    return Tab(browser.new_context())


@pytest.fixture
def tab(window: Tab, pages: dict[str, str]) -> Iterator[Any]:
    """Opens a page; afterwards nothing was written to the console and nothing asked for but the page itself."""
    window.said.clear()
    window.asked.clear()

    def open_(name: str, width: int = 1440, scheme: Scheme = "light") -> Tab:
        window.open(pages[name], width, scheme)
        return window

    yield open_
    assert (window.said, foreign(window, pages)) == ([], [])


def foreign(one: Tab, pages: dict[str, str]) -> list[str]:
    """What was asked for beside the pages."""
    return [url for url in one.asked if url.partition("#")[0] not in (*pages.values(), "data:,")]


@pytest.mark.parametrize(("name", "scheme"), [("alibaba-change", "light"), ("busy", "dark"), ("busy", "light")])
def test_it_can_be_read_by_everyone(tab: Any, name: str, scheme: Scheme) -> None:
    page = tab(name, 360, scheme).page
    assert page.title().startswith("Change review of ")
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(STICKING_OUT) == []
        # The picture where it can be read, and a list of the same where it would be too small.
        assert page.locator(".picture svg").is_visible() == (width > 360)
        assert (page.locator(".outline").bounding_box()["width"] > 1) == (width == 360)
        faults = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in faults] == []


@pytest.mark.parametrize("name", ["alibaba-create", "alibaba-change", "empty", "failed", "evil", "large"])
def test_every_kind_of_review_renders(tab: Any, name: str) -> None:
    assert tab(name, 1440).page.evaluate(OVER_THE_BOX) == []
    one = tab(name, 360)
    assert one.page.evaluate("document.documentElement.scrollWidth") == 360
    assert one.page.evaluate(STICKING_OUT) == []
    assert one.page.evaluate("window.owned") is None
    assert one.page.locator(".verdict").is_visible()
    assert one.status() == f"{one.shown()} of {one.shown()} shown"


def test_the_check_for_faults_sees_one(tab: Any) -> None:
    page = tab("alibaba-change").page
    page.evaluate("document.querySelector('label[for=text]').replaceWith(document.querySelector('#text'))")
    page.evaluate("document.querySelector('#text').removeAttribute('placeholder')")
    assert "label" in {one["id"] for one in Axe().run(page).response["violations"]}


def test_the_filter_narrows_by_text_severity_and_change(tab: Any) -> None:
    one = tab("busy")
    page, everything = one.page, one.shown()
    page.get_by_label("Text", exact=True).fill("CREDENTIAL-text")
    assert one.shown() == 1 and one.status() == f"1 of {everything} shown"
    page.fill("#text", "nothing has this")
    assert one.shown() == 0 and one.status() == f"0 of {everything} shown"
    page.fill("#text", "accesskey key")  # both words, in any order
    assert page.locator(".finding:visible").count() == 1
    page.fill("#text", "")
    assert one.shown() == everything
    page.get_by_label("Severity", exact=True).select_option("critical")
    assert page.locator(".finding:visible h3 .severity").all_inner_texts() == ["critical"]
    page.get_by_label("Severity", exact=True).select_option("medium and worse")
    assert set(page.locator(".finding:visible h3 .severity").all_inner_texts()) == {"critical", "high", "medium"}
    assert 0 < one.shown() < everything
    # Roles that such a finding is about stay as well, and no others.
    page.get_by_label("Severity", exact=True).select_option("high and worse")
    assert [one.split()[-1] for one in page.locator("#roles ~ article:visible h3").all_inner_texts()] == ["db", "web"]
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#text")).to_be_focused()
    assert one.shown() == everything


def test_only_changes_hides_what_stays(tab: Any) -> None:
    one = tab("stays")
    assert one.page.locator("#roles ~ article:visible").count() == 2
    one.page.get_by_label("Only changes").check()
    (left,) = one.page.locator("#roles ~ article:visible h3").all_inner_texts()
    assert left.split() == ["~", "changed:", "web"]


def test_all_of_it_works_by_keyboard(tab: Any) -> None:
    one = tab("alibaba-change")
    page = one.page
    page.keyboard.press("Tab")
    assert one.focused() == "Skip to the findings"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    stops = []
    for _ in range(10):
        page.keyboard.press("Tab")
        stops.append(one.focused())
        style = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "none" not in style and "0px" not in style, (stops[-1], style)
    unfold = ["Every permission"] * 3
    assert stops == ["theme", *unfold, "view-both", "text", "severity", "changed", "Clear", "full-access-policy"]
    page.focus("#view-both")
    page.keyboard.press("ArrowRight")
    assert one.focused() == "view-before" and page.is_checked("#view-before")
    page.focus("#theme")
    colour = one.colour()
    page.keyboard.press("Enter")
    assert one.colour() != colour and page.inner_text("#theme") == "Light colours"
    page.focus("#text")
    page.keyboard.type("putobject")
    assert one.status().startswith("3 of ")  # what instances gain, the finding, the role
    page.keyboard.press("Enter")  # sends no form away
    assert page.input_value("#text") == "putobject"
    page.focus("#changed")
    page.keyboard.press("Space")
    assert page.is_checked("#changed")
    page.focus(".skip")
    page.keyboard.press("Enter")
    assert one.focused() == "findings"


def test_before_and_after_can_be_seen_alone(tab: Any) -> None:
    page = tab("alibaba-change").page

    def seen() -> tuple[int, int]:
        return page.locator("svg .line.add:visible").count(), page.locator("svg .line.del:visible").count()

    assert seen() == (2, 2)
    page.get_by_label("Before", exact=True).check()
    assert seen() == (0, 2)
    page.get_by_label("After", exact=True).check()
    assert seen() == (2, 0)


def test_light_and_dark_follow_the_system_until_somebody_chooses(tab: Any) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        one = tab("alibaba-change", scheme=scheme)
        colours[scheme] = one.colour()
        one.page.click("#theme")
        colours[f"not {scheme}"] = one.colour()
        one.page.click("#theme")
        assert one.colour() == colours[scheme]
    assert (colours["not light"], colours["not dark"]) == (colours["dark"], colours["light"])
    assert colours["light"] != colours["dark"]
    one = tab("alibaba-change")
    one.page.emulate_media(color_scheme="dark")
    expect(one.page.locator("#theme")).to_have_text("Light colours")  # the browser tells the page with its next frame
    assert one.colour() == colours["dark"]


def test_without_scripts_everything_is_shown(browser: Browser, pages: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    one = Tab(context)
    one.open(pages["busy"], 1440, "light")
    assert one.shown() == one.page.locator("[data-item]").count() > 10
    assert not one.page.locator("#filter").is_visible() and not one.page.locator("#theme").is_visible()
    assert one.page.locator("#view-before").is_visible()  # needs none
    context.close()


def test_nothing_leaves_the_page(browser: Browser, pages: dict[str, str]) -> None:
    """What got in all the same could neither run nor call home: the policy of the page is in force."""
    context = browser.new_context()
    one = Tab(context)
    one.open(pages["alibaba-change"], 1440, "light")
    one.page.evaluate(
        """async () => {
          window.broken = [];
          document.addEventListener("securitypolicyviolation", (event) => window.broken.push(event.effectiveDirective));
          const add = (text) => document.body.append(document.createRange().createContextualFragment(text));
          add("<script>window.owned = 1</script><img src='http://127.0.0.1:9/x.png'><i style='color:red'>x</i>");
          await fetch("http://127.0.0.1:9/").catch(() => {});
          while (window.broken.length < 4) await new Promise((done) => setTimeout(done, 20));
        }"""
    )
    kinds = set(one.page.evaluate("window.broken"))
    assert kinds == {"script-src-elem", "img-src", "style-src-attr", "connect-src"}
    assert one.page.evaluate("window.owned") is None
    context.close()


def test_it_prints_all_and_no_controls(tab: Any) -> None:
    one = tab("stays")
    assert one.page.locator("details[open]").count() == 0 < one.page.locator("details").count()
    assert one.page.pdf()[:5] == b"%PDF-"
    assert one.page.locator("details:not([open])").count() == 0
    one.page.set_viewport_size({"width": 718, "height": 900})  # what A4 leaves between margins
    one.page.emulate_media(media="print")
    assert not one.page.locator("#filter").is_visible() and one.page.locator(".picture svg").is_visible()
