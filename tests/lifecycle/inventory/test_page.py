"""The page of an inventory in a real browser: wide and narrow, light and dark, by keyboard and without scripts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from pulumi_instance_role.inventory.html import render
from pulumi_instance_role.policy.build import allow
from tests.lifecycle.review.test_page import OVER_THE_BOX, STICKING_OUT, Tab, browser, pytestmark, tab, window
from tests.unit.inventory.build import document, found, instance, judged, key, large, role, unread

__all__ = ["browser", "pytestmark", "tab", "window"]  # fixtures, and why these tests may be skipped

EVIL = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>'
MIXED = found(
    [instance(n, "web", vpc=f"vpc-{n % 2}") for n in range(40)] + [instance(90, "admin"), instance(91), instance(92)],
    [role("web", "reads"), role("admin", "AdministratorAccess"), role("idle", "hidden")],
    {
        "reads": document(allow("oss:GetObject", "oss:Put*", on="acs:oss:*:*:shop/*"), allow("ecs:*", on="*")),
        "AdministratorAccess": document(allow("*", on="*")),
        "hidden": None,
    },
    keys=(key("ci", "2024-01-01", ""), key("", "2026-01-01", "2026-05-01")),
    unread=(unread("policies", "policy hidden"),),
)
LARGE = large(10_000, 500)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Name -> address of a page."""
    folder = tmp_path_factory.mktemp("pages")
    evil = found([replace(instance(1, EVIL), name=EVIL)], [role(EVIL, "p")], {"p": document(allow("oss:*", on="*"))})
    audits = {
        "mixed": judged(MIXED, fail_on=["high"]),
        "empty": judged(found()),
        "evil": judged(evil),
        "two": judged(MIXED, replace(MIXED, account_id="99", profile="prod")),
        "large": judged(LARGE),
    }
    for name, audit in audits.items():
        text = render(audit, verdict=name == "mixed")
        assert len(text) < 1_500_000
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in audits}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_by_everyone(tab: Any, scheme: str) -> None:
    page = tab("mixed", 360, scheme).page
    assert page.title().startswith("Inventory: Alibaba Cloud, account ")
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(STICKING_OUT) == []
        assert page.locator(".picture svg").is_visible() == (width > 360)
        faults = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in faults] == []


@pytest.mark.parametrize("name", ["empty", "evil", "two", pytest.param("large", marks=pytest.mark.soak)])
def test_every_kind_of_account_renders(tab: Any, name: str) -> None:
    assert tab(name, 1440).page.evaluate(OVER_THE_BOX) == []
    one = tab(name, 360)
    assert one.page.evaluate("document.documentElement.scrollWidth") == 360
    assert one.page.evaluate(STICKING_OUT) == []
    assert one.page.evaluate("window.owned") is None
    assert not one.page.locator(".verdict").is_visible()  # nobody asked
    assert one.status() == f"{one.shown()} of {one.shown()} shown"


def test_the_figures_come_first_and_the_worst_is_drawn(tab: Any) -> None:
    page = tab("mixed").page
    tiles = {one.inner_text().split("\n")[1]: one.inner_text().split("\n")[0] for one in page.locator(".tile").all()}
    assert (tiles["hold a role"], tiles["hold no role"], tiles["AccessKeys"]) == ("41", "2", "2")
    assert page.locator(".verdict").inner_text().startswith("Stop")
    names = page.evaluate("[...document.querySelectorAll('svg .box.role .name')].map((one) => one.textContent)")
    assert set(names) == {"admin", "web", "idle"}


def test_an_instance_is_found_among_ten_thousand(tab: Any) -> None:
    one = tab("large")
    everything = one.shown()
    assert everything == 501
    one.page.get_by_label("Text", exact=True).fill("i-4321")
    expect(one.page.locator("#shown")).to_have_text(f"1 of {everything} shown")
    card = one.page.locator("[data-item]:visible")
    assert card.locator("h3").inner_text() == "role-321"
    card.locator("summary").first.click()
    expect(card.get_by_text("Every permission")).to_be_visible()
    one.page.keyboard.press("Tab")
    assert one.page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_filter_narrows_by_severity_and_by_what_is_held(tab: Any) -> None:
    one = tab("mixed")
    one.page.get_by_label("Severity", exact=True).select_option(label="critical")
    titles = one.page.locator("[data-item]:visible h3").all_inner_texts()
    assert [title.split()[-1] for title in titles] == ["everything", "admin"]
    one.page.get_by_role("button", name="Clear").click()
    expect(one.page.locator("#text")).to_be_focused()
    one.page.get_by_label("Only what instances hold").check()
    assert "idle" not in " ".join(one.page.locator("#roles ~ [data-item]:visible h3").all_inner_texts())


def test_without_scripts_everything_is_there(browser: Browser, pages: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    one = Tab(context)
    one.open(pages["mixed"], 1440, "light")
    assert one.shown() == one.page.locator("[data-item]").count() > 5
    assert not one.page.locator("#filter").is_visible() and not one.page.locator("#theme").is_visible()
    context.close()
