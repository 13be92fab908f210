"""The first line through the house, in Chromium: every login lands on its own place and drills down to a person."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser.conftest import CHROMIUM, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium fonts-wqy-zenhei)"
    ),
]

ARTICLE = {
    "F01": "4,064",
    "F06": "4,707",
    "F07": "115.8%",
    "F08": "1.33",
    "F09": "211",
    "F10": "76.93",
    "F11": "14",
    "F12": "33",
    "F13": "30.5",
    "F28": "100.0%",
}
LANDINGS = {
    "leader": "延津县",
    "clerk": "延津县",
    "approver": "延津县",
    "finance": "延津县",
    "auditor": "延津县",
    "township": "马庄乡",
    "village": "村",
    "second": "示范县",
}


def settled(visitor: Visitor) -> None:
    assert visitor.complaints == []
    assert visitor.foreign == []


def test_chinese_is_drawn_with_real_glyphs(visit: Callable[..., Visitor]) -> None:
    page = visit("leader").go("/login/")
    widths = page.evaluate(
        "() => { const c = document.createElement('canvas').getContext('2d'); c.font = '40px sans-serif';"
        " return ['延', '津', '县'].map(t => { c.clearRect(0, 0, 60, 60); c.fillText(t, 0, 45);"
        " return Array.from(c.getImageData(0, 0, 60, 60).data).filter((v, i) => i % 4 == 3 && v > 0).length; }); }"
    )
    assert len(set(widths)) == 3, "every character looks the same: no Chinese font is installed"


@pytest.mark.parametrize("name", LANDINGS)
def test_each_login_lands_on_its_own_place(name: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit(name)
    page = visitor.login()
    assert LANDINGS[name] in page.inner_text("h1")
    visitor.picture(f"landing-{name}")
    settled(visitor)


@pytest.mark.parametrize("name", ["system", "security", "logkeeper"])
def test_administrators_land_on_the_ledger(name: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit(name)
    page = visitor.login()
    assert "/admin/" in page.url
    assert page.locator("a[href*='/admin/labour/']").count() == 0
    visitor.picture(f"landing-{name}")
    settled(visitor)


def test_the_dashboard_equals_the_report(visit: Callable[..., Visitor]) -> None:
    visitor = visit("leader")
    page = visitor.login()
    for code, text in ARTICLE.items():
        assert text in page.inner_text(f"[data-testid=fig-{code}]"), code
    assert "2019" in page.inner_text(".meta")
    visitor.picture("county")
    settled(visitor)


def test_drill_down_from_county_to_person(visit: Callable[..., Visitor]) -> None:
    visitor = visit("leader")
    page = visitor.login()
    page.get_by_role("link", name="马庄乡").last.click()
    assert "马庄乡" in page.inner_text("h1")
    visitor.picture("township")
    page.locator("main table a[href*='/d/410726205']:visible").first.click()
    assert re.search(r"/d/410726205\d{3}/", page.url)
    visitor.picture("village")
    page.get_by_role("link", name="名册").last.click()
    page.locator("main table a[href^='/p/']:visible").first.click()
    assert "证件号码" in page.inner_text("main")
    assert not re.search(r"\d{17}[\dX]", page.inner_text("body"))
    visitor.picture("person")
    settled(visitor)


def test_children_add_up_to_the_parent(visit: Callable[..., Visitor]) -> None:
    visitor = visit("leader")
    page = visitor.login()
    column = page.locator("main table").last.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert sum(int(text.replace(",", "")) for text in column) == 4064


def test_a_figure_opens_to_its_rows(visit: Callable[..., Visitor]) -> None:
    visitor = visit("leader")
    visitor.login()
    page = visitor.go("/d/410726000000/figures/F07/?year=2019")
    assert "4,707 人次 ÷ 4,064 人 = 115.8%（人次口径，可超过 100%）" in page.inner_text("main")
    assert "4,707" in page.inner_text("[data-testid=rows-total]")
    visitor.picture("figure")
    settled(visitor)


@pytest.mark.parametrize(
    ("name", "path"), [("village", "/"), ("village", "/labour/"), ("leader", "/"), ("township", "/labour/")]
)
def test_phone_pages_have_no_sideways_scroll(name: str, path: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit(name, phone=True)
    visitor.login()
    visitor.go(path)
    assert visitor.width_overflow() <= 0
    visitor.picture(f"phone-{name}-{path.strip('/') or 'home'}")
    settled(visitor)


@pytest.mark.parametrize("path", ["/d/410726000000/", "/d/410799000000/", "/d/410726101000/", "/d/999999999999/"])
def test_a_village_finds_nothing_outside(path: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit("village")
    visitor.login()
    page = visitor.go(path)
    assert "没有找到，或不在您的管辖范围" in page.inner_text("body")


def test_the_second_county_sees_no_row_of_yanjin(visit: Callable[..., Visitor]) -> None:
    visitor = visit("second")
    page = visitor.login()
    assert "11" in page.inner_text("[data-testid=fig-F01]")
    roster = visitor.go("/labour/?state=all")
    assert "延津" not in roster.inner_text("main")
    visitor.picture("second-county")


def test_the_swagger_page_draws_under_the_strict_policy(visit: Callable[..., Visitor]) -> None:
    visitor = visit("clerk")
    visitor.login()
    page = visitor.go("/api/docs/")
    page.wait_for_selector(".opblock", timeout=20000)
    visitor.picture("api-docs")
    settled(visitor)


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/labour/person/", "/admin/labour/employmentspell/", "/admin/subsidies/terms/"]
)
def test_the_ledger_is_chinese_and_quiet(path: str, visit: Callable[..., Visitor]) -> None:
    visitor = visit("clerk")
    visitor.login()
    page = visitor.go(path)
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    visitor.picture("ledger" + path.replace("/", "-").rstrip("-"))
    settled(visitor)


def test_english_is_a_choice(visit: Callable[..., Visitor]) -> None:
    visitor = visit("leader")
    page = visitor.go("/login/")
    page.get_by_role("button", name="English").first.click()
    page.wait_for_load_state()
    page = visitor.login()
    assert page.locator("html").get_attribute("lang") == "en"
    assert "overview" in page.inner_text("h1")
    visitor.picture("english")
    settled(visitor)
